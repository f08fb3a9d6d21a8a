"""The command line: it parses and dispatches, nothing else. Rooms are imported only by the verb that needs them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

EXIT_DONE, EXIT_REFUSED, EXIT_WRONG_USE, EXIT_STOPPED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 when a check said no, 2 for wrong use or an error to mend."""
    options = parser().parse_args(arguments)
    from features.errors import RefusedError, SanzaoError
    from features.terminal import as_json, as_table

    try:
        result = options.run(options)
    except SanzaoError as error:
        problems: list[dict[str, object]] = getattr(error, "problems", [])
        if options.json:
            print(as_json({"error": str(error), "problems": problems}))
        print(f"sanzao: {error}", file=sys.stderr)
        for problem in problems:
            print("  - " + ", ".join(f"{key}: {value}" for key, value in problem.items()), file=sys.stderr)
        return EXIT_REFUSED if isinstance(error, RefusedError) else EXIT_WRONG_USE
    except KeyboardInterrupt:
        return EXIT_STOPPED
    if result is not None:
        rows = result if isinstance(result, list) else [result]
        print(as_json(result) if options.json else as_table(rows, options.columns or list(rows[0]) if rows else []))
    refused = isinstance(result, list) and any(row.get("promoted") is False or row.get("ok") is False for row in result)
    return EXIT_REFUSED if refused else EXIT_DONE


def parser() -> argparse.ArgumentParser:
    """Return the parser of every verb."""
    top = argparse.ArgumentParser(
        prog="sanzao", description="Early screening, early intervention, early treatment, for a whole city at once."
    )
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    _data_verbs(verbs)
    _model_verbs(verbs)
    _serving_verbs(verbs)
    return top


def _data_verbs(verbs: Any) -> None:
    data = _group(verbs, "data", "records: build and describe the lake")
    _verb(data, "build", _data_build, "check records against their contracts and write the lake", source=True)
    simulate = _verb(data, "simulate", _data_simulate, "simulate the city of Taizhou and write its records")
    simulate.add_argument("--residents", type=int, default=50_000, help="people at the census of 2020 (default: 50000)")
    simulate.add_argument("--seed", type=int, help="another city of the same kind")
    columns = ["where", "table", "column", "rule", "cells", "example", "allowed", "ok"]
    text = "hold a built lake against its contracts again"
    check = _verb(data, "check", _data_check, text, source=True, columns=columns)
    check.add_argument("--facts", action="store_true", help="hold a simulated city against published figures instead")
    check.add_argument("--residents", type=int, default=200_000, help="with --facts: size of the city (200000)")
    check.add_argument("--seed", type=int, help="with --facts: another city of the same kind")
    columns = ["table", "column", "dtype", "meaning", "unit", "low", "high", "allowed", "nullable", "key", "references"]
    columns += ["code_system", "owner", "origin", "sensitivity"]
    _verb(data, "catalogue", _data_catalogue, "print the table contracts", columns=columns)
    _import_verbs(_group(data, "import", "take a city's own records in"))
    features = _group(verbs, "features", "the feature store")
    _verb(features, "build", _features_build, "build states, register them with Feast, fill online rows", source=True)
    columns = ["view", "feature", "unit", "direction", "window_days", "description"]
    _verb(features, "list", _features_list, "print every feature with unit, range and meaning", columns=columns)
    show = _verb(features, "show", _features_show, "print one resident's features now", source=True)
    show.add_argument("resident", type=int, help="resident number")
    snapshot = _verb(
        features, "snapshot", _features_snapshot, "write every feature of everybody at one moment", source=True
    )
    snapshot.add_argument(
        "--at", metavar="DATE", help="the moment, for instance 2023-07-01 (default: the source's now)"
    )
    history = _verb(features, "history", _features_history, "write a cohort's features at its index dates", source=True)
    history.add_argument("--index", required=True, metavar="FILE", help="CSV or Parquet with person_id and index_date")
    history.add_argument("--output", default="features.parquet", help="Parquet file (default: features.parquet)")


def _import_verbs(importing: Any) -> None:
    columns = ["table", "read", "kept", "corrected", "already_there", "set_aside", "findings", "next"]
    omop = _verb(importing, "omop", _data_import_omop, "import OMOP CDM 5.4 tables", columns=columns)
    omop.add_argument("path", help="folder of Parquet or CSV files, a zip of such a folder, or a DuckDB file")
    omop.add_argument("--known-at", metavar="COLUMN", help="column that says when a record became known")
    table = _verb(importing, "table", _data_import_table, "import one CSV or Parquet file", columns=columns)
    table.add_argument("path", help="CSV or Parquet file")
    table.add_argument("--contract", required=True, metavar="NAME", help="lake table whose rows these are")
    table.add_argument("--map", required=True, metavar="FILE", help="TOML: contract column = source column")
    for verb in (omop, table):
        verb.add_argument("--source", default="own", help="name under which the records are kept (default: own)")
        verb.add_argument("--as-of", metavar="DAY", help="day that counts as now (default: after the newest record)")


def _model_verbs(verbs: Any) -> None:
    train = _verb(verbs, "train", _train, "train, register and, if the gate lets them, promote models", source=True)
    _model_names(train)
    train.add_argument("--seed", type=int, help="seed of folds and trees")
    train.add_argument(
        "--tune", type=int, default=0, metavar="N", help="search N trials for how trees are grown; can be continued"
    )
    columns = [
        "model", "n", "events", "c_index", "c_index_refit", "c_index_published", "calibration_slope",
        "observed_expected", "ici",
    ]  # fmt: skip
    evaluate = _verb(
        verbs, "evaluate", _evaluate, "print how good models are on people they never saw", source=True, columns=columns
    )
    _model_names(evaluate)
    evaluate.add_argument("--seed", type=int, help="repeat the nested validation with this seed (minutes)")
    evaluate.add_argument(
        "--on", metavar="SOURCE", help="judge champions on the people of another source, before and after recalibration"
    )
    promote = _verb(verbs, "promote", _promote, "make a version the champion, if it is not worse")
    promote.add_argument("model", help="name of the model")
    promote.add_argument("--version", type=int, help="version number (default: the newest)")
    text = "score everybody now with a challenger beside the champion; nothing is served or changed"
    columns = [
        "model", "champion", "challenger", "people", "mean_risk", "mean_risk_challenger", "rank_correlation",
        "difference_95", "listed_by_both",
    ]  # fmt: skip
    shadow = _verb(verbs, "shadow", _shadow, text, source=True, columns=columns)
    shadow.add_argument("model", help="name of the model")
    shadow.add_argument("--version", type=int, help="the challenger (default: the newest after the champion)")
    columns = ["model", "column", "psi", "ks", "missing_then", "missing_now", "psi_against_cohort", "verdict"]
    text = "compare champions with the people and outcomes of now; exit code 1 says retrain"
    drift = _verb(verbs, "drift", _drift, text, source=True, columns=columns)
    _model_names(drift)
    drift.add_argument("--report", metavar="FILE", help="also write Evidently's report of a sample, an HTML file")
    drift.add_argument("--retrain", action="store_true", help="train anew what has drifted; the promotion gate decides")
    rollback = _verb(verbs, "rollback", _rollback, "give the alias back to the version before")
    rollback.add_argument("model", help="name of the model")


def _serving_verbs(verbs: Any) -> None:
    columns = ["resident", "model", "risk", "tier", "reasons"]
    score = _verb(verbs, "score", _score, "print residents' risks with reasons", source=True, columns=columns)
    score.add_argument("residents", type=int, nargs="*", metavar="RESIDENT", help="resident numbers")
    score.add_argument("--all", action="store_true", help="everybody: risks, ranked lists and area totals as Parquet")
    served = _verb(verbs, "serve", _serve, "serve the API and the risk list", source=True)
    served.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that share the work (default: 1)"
    )
    up = _verb(verbs, "up", _up, "build what is missing, then serve", source=True)
    up.add_argument("--model", action="append", default=[], metavar="NAME", help="only this model (may be repeated)")
    up.add_argument("--no-serve", action="store_true", help="stop before serving")

    report = _verb(verbs, "report", _report, "print a report, or write it as a page", source=True)
    report.add_argument(
        "name",
        metavar="NAME",
        help="a model: all there is to know of it, as one page; burden: which disease next; audit: who saw whom",
    )
    report.add_argument("--version", type=int, help="of a model (default: the champion)")
    report.add_argument("--county", metavar="CODE", help="burden: this county only, by its six-digit code")
    report.add_argument("--years", type=int, help="burden: whole calendar years (default: 5)")
    report.add_argument(
        "--standard", metavar="NAME", help="burden: standard population, china2000 (default), segi or who"
    )
    report.add_argument("--output", metavar="FILE", help="HTML page to write, in English and Chinese")

    report.add_argument("--verify", action="store_true", help="audit: check that the log is whole; exit code 1 if not")
    _user_verbs(_group(verbs, "user", "accounts: who may come in"))

    columns = ["bench", "unit", "ours", "peer", "peer_name", "ratio", "equal", "rows"]
    bench = _verb(verbs, "bench", _bench, "measure ours and a named peer on the same work", columns=columns)
    bench.add_argument("name", nargs="?", help="name of the benchmark")
    bench.add_argument("--all", action="store_true", help="every benchmark")
    bench.add_argument("--rows", type=int, metavar="N", help="rows to work on, where that can be chosen (drift)")


def _user_verbs(user: Any) -> None:
    text = "make an account; the password is asked for, or read from standard input; an app is given a key"
    add = _verb(user, "add", _user_add, text, source=True)
    add.add_argument("name", help="user name")
    add.add_argument("--role", required=True, metavar="ROLE", help="one of serving/access/roles.py, such as clinician")
    text = "whose residents: code of a county or township, or * (may be repeated)"
    add.add_argument("--catchment", action="append", default=[], metavar="CODE", help=text)
    add.add_argument("--resident", type=int, metavar="NUMBER", help="whose own account it is, for the role resident")
    _verb(user, "list", _user_list, "print every account", source=True)
    disable = _verb(user, "disable", _user_disable, "let an account in no more", source=True)
    disable.add_argument("name", help="user name")
    consent = _verb(user, "consent", _user_consent, "keep a resident's consent that an app may see them", source=True)
    consent.add_argument("app", help="account of the app")
    consent.add_argument("resident", type=int, help="resident number")
    consent.add_argument("--withdraw", action="store_true", help="withdraw it instead")
    _verb(user, "demo", _user_demo, "print the demo log-ins that `sanzao up` has made", source=True)


def _group(verbs: Any, name: str, text: str) -> Any:
    return verbs.add_parser(name, help=text, description=text).add_subparsers(metavar="ACTION", required=True)


def _verb(
    parent: Any, name: str, run: Callable[[argparse.Namespace], Any], text: str, *,
    source: bool = False, columns: Sequence[str] = (),
) -> argparse.ArgumentParser:  # fmt: skip
    made: argparse.ArgumentParser = parent.add_parser(name, help=text, description=text)
    made.add_argument("--json", action="store_true", help="print JSON for machines")
    if source:
        made.add_argument("--source", help="data source (default: SANZAO_SOURCE, else city)")
    made.set_defaults(run=run, columns=list(columns))
    return made


def _model_names(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("models", nargs="*", metavar="MODEL", help="names of models")
    verb.add_argument("--all", action="store_true", help="every declared model")


def _data_build(options: argparse.Namespace) -> Any:
    from features.data_commands import data_build

    return data_build(source=options.source, quiet=options.json)


def _data_simulate(options: argparse.Namespace) -> Any:
    from features.data_commands import data_simulate

    return data_simulate(residents=options.residents, seed=options.seed, quiet=options.json)


def _data_check(options: argparse.Namespace) -> Any:
    from features.data_commands import data_check, data_check_facts

    if options.facts:
        options.columns = ["fact", "target", "got", "tolerance", "unit", "kind", "ok"]
        return data_check_facts(residents=options.residents, seed=options.seed, quiet=options.json)
    return data_check(source=options.source, quiet=options.json)


def _data_import_omop(options: argparse.Namespace) -> Any:
    from features.data_commands import data_import_omop

    return data_import_omop(
        path=options.path, source=options.source, known_at=options.known_at, as_of=options.as_of, quiet=options.json
    )


def _data_import_table(options: argparse.Namespace) -> Any:
    from features.data_commands import data_import_table

    return data_import_table(
        path=options.path, contract=options.contract, mapping=options.map, source=options.source, as_of=options.as_of,
        quiet=options.json,
    )  # fmt: skip


def _data_catalogue(_: argparse.Namespace) -> Any:
    from features.data_commands import data_catalogue

    return data_catalogue()


def _features_build(options: argparse.Namespace) -> Any:
    from features.commands import features_build

    return features_build(source=options.source, quiet=options.json)


def _features_list(_: argparse.Namespace) -> Any:
    from features.commands import features_list

    return features_list()


def _features_show(options: argparse.Namespace) -> Any:
    from features.commands import features_show

    return features_show(source=options.source, resident=options.resident)


def _features_snapshot(options: argparse.Namespace) -> Any:
    from features.commands import features_snapshot

    return features_snapshot(source=options.source, at=options.at, quiet=options.json)


def _features_history(options: argparse.Namespace) -> Any:
    from features.commands import features_history

    return features_history(source=options.source, index=options.index, output=options.output, quiet=options.json)


def _train(options: argparse.Namespace) -> Any:
    from training.commands import train

    return train(
        source=options.source,
        models=options.models,
        every=options.all,
        seed=options.seed,
        quiet=options.json,
        tune=options.tune,
    )


def _evaluate(options: argparse.Namespace) -> Any:
    from training.commands import evaluate

    figures = evaluate(
        source=options.source,
        models=options.models,
        every=options.all,
        seed=options.seed,
        quiet=options.json,
        on=options.on,
    )
    if figures and all(row.get("kind") == "event" for row in figures):
        options.columns = [
            "model", "n", "events", "late_auc", "late_auc_baseline", "hours_median_abs_error",
            "hours_median_abs_error_baseline", "hours_log_error", "hours_log_error_baseline", "coverage_90",
        ]  # fmt: skip
    if figures and "mode" in figures[0]:  # of cells of tables, not of residents
        options.columns = ["model", "table", "mode", "precision", "recall", "f1", "average_precision", "cells", "wrong"]
    return figures


def _shadow(options: argparse.Namespace) -> Any:
    from training.commands import shadow

    return shadow(source=options.source, model=options.model, version=options.version, quiet=options.json)


def _promote(options: argparse.Namespace) -> Any:
    from training.commands import promote

    return promote(model=options.model, version=options.version)


def _rollback(options: argparse.Namespace) -> Any:
    from training.commands import rollback

    return rollback(model=options.model)


def _drift(options: argparse.Namespace) -> Any:
    from training.drift.commands import as_rows, drift

    answers = drift(
        source=options.source, models=options.models, every=options.all, report=options.report, retrain=options.retrain,
        quiet=options.json,
    )  # fmt: skip
    return answers if options.json else as_rows(answers)


def _score(options: argparse.Namespace) -> Any:
    from serving.commands import score

    if options.all:
        options.columns = ["model", "version", "residents", "people", "expected", "listed", "data_source", "synthetic"]
    return score(source=options.source, residents=options.residents, every=options.all, quiet=options.json)


def _serve(options: argparse.Namespace) -> None:
    from serving.commands import serve

    serve(source=options.source, workers=options.workers)


def _bench(options: argparse.Namespace) -> Any:
    import benchmarks
    from features.errors import InvalidInputError

    if options.all == bool(options.name):
        raise InvalidInputError(f"Name one benchmark, or say --all. Benchmarks: {', '.join(benchmarks.names())}.")
    if options.name:
        return benchmarks.run(options.name, options.rows)
    return [benchmarks.run(name) for name in benchmarks.names()]


def _user_add(options: argparse.Namespace) -> Any:
    from serving.access.commands import user_add

    return user_add(
        source=options.source, name=options.name, role=options.role, catchment=options.catchment,
        resident=options.resident,
    )  # fmt: skip


def _user_list(options: argparse.Namespace) -> Any:
    from serving.access.commands import user_list

    return user_list(source=options.source)


def _user_disable(options: argparse.Namespace) -> Any:
    from serving.access.commands import user_disable

    return user_disable(source=options.source, name=options.name)


def _user_consent(options: argparse.Namespace) -> Any:
    from serving.access.commands import user_consent

    return user_consent(source=options.source, app=options.app, resident=options.resident, withdraw=options.withdraw)


def _user_demo(options: argparse.Namespace) -> Any:
    from serving.access.commands import user_demo

    return user_demo(source=options.source)


def _report(options: argparse.Namespace) -> Any:
    if options.name == "audit":
        from serving.access.commands import report_audit

        return report_audit(source=options.source, check=options.verify)
    from training.report_commands import report

    return report(
        name=options.name, source=options.source, county=options.county, years=options.years,
        standard=options.standard, output=options.output, as_json=options.json, version=options.version,
    )  # fmt: skip


def _up(options: argparse.Namespace) -> Any:
    from serving.commands import require_free_port, serve
    from training.commands import train

    if not options.no_serve:
        require_free_port()  # better known before minutes of training than after
    verdicts = train(
        source=options.source, models=options.model, every=not options.model, seed=None, quiet=options.json
    )
    if options.no_serve:
        return verdicts
    serve(source=options.source, started_by_up=True)
    return None


if __name__ == "__main__":
    sys.exit(main())
