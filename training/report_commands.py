"""What `sanzao report` does: one entry of `REPORTS` a report, and one report a declared model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from features.commands import chosen_source
from features.errors import InvalidInputError, UnknownNameError
from features.sources import Source
from features.terminal import progress
from models.risk_model import risk_models
from training.report.command import report as model_report

STEPS_AFTER_COUNTING = 2


def report(
    *, name: str, source: str | None, output: str | None, as_json: bool, chosen: Mapping[str, Any]
) -> Any:  # fmt: skip
    """Return a report: everything for machines, else the rows that people read; write the page if a file is named.

    Parameters
    ----------
    chosen
        Options that belong to some reports only, None where not given: see `OPTIONS`.

    Raises
    ------
    UnknownNameError
        If there is no such report, county, language or standard population.
    InvalidInputError
        If the file cannot be written, time is asked for that the records do not hold, or an option belongs to another
        report.
    """
    if name not in REPORTS and name not in risk_models():
        raise UnknownNameError("report", name, [*REPORTS, *risk_models()])
    own = OPTIONS.get(name, OF_MODELS)
    for option, value in chosen.items():
        if value is not None and option not in own:
            theirs = [f"`sanzao report {other}`" for other, options in OPTIONS.items() if option in options]
            raise InvalidInputError(
                f"--{option} belongs to {' and '.join(theirs) or 'the report of a model'}: leave it out."
            )
    if name in risk_models():
        return model_report(model=name, source=source, version=chosen["version"], output=output, quiet=as_json)
    return REPORTS[name](chosen_source(source), chosen, output, as_json)


def _burden(source: Source, chosen: Mapping[str, Any], output: str | None, as_json: bool) -> Any:
    from features.lake import lake_buckets
    from training.burden import measure_burden, release
    from training.burden.measure import STANDARD, YEARS
    from training.burden.page import page
    from training.burden.publishing import publish

    county, years = chosen["county"], chosen["years"]
    with progress("burden", lake_buckets(source.name) + STEPS_AFTER_COUNTING, quiet=as_json) as step:
        burden = measure_burden(source, YEARS if years is None else years, chosen["standard"] or STANDARD, step)
    released = release(burden)
    if (burden.period.years, burden.standard.name) == (YEARS, STANDARD):
        publish(source, released)
    if county is not None:
        areas = {area["code"]: area for area in released["areas"] if area["code"]}
        if county not in areas:
            raise UnknownNameError("county", county, areas)
        released["areas"] = [areas[county]]
    if output is not None:
        try:
            Path(output).write_text(page(released), encoding="utf-8")
        except OSError as error:
            raise InvalidInputError(f"The page cannot be written to {output}: {error}. Name another file.") from error
        released["file"] = output
    if as_json:
        return released
    _heading(released)
    return [_row(disease) for disease in released["areas"][0]["diseases"]]


def publish_burden(*, source: str | None, quiet: bool) -> None:
    """Leave the burden where serving reads it, unless it is there; where it cannot be measured, say why and go on."""
    from features.lake import lake_buckets
    from training.burden.publishing import publish_if_new

    chosen = chosen_source(source)
    try:
        with progress("burden", lake_buckets(chosen.name) + STEPS_AFTER_COUNTING, quiet=quiet) as step:
            publish_if_new(chosen, step)
    except InvalidInputError as error:  # fewer years under observation than are reported
        print(f"The burden of diseases is not measured: {error}", file=sys.stderr)


def _bulletin(source: Source, chosen: Mapping[str, Any], output: str | None, as_json: bool) -> Any:
    from training.bulletin.command import bulletin

    return bulletin(
        source, month=chosen["month"], county=chosen["county"], language=chosen["lang"], output=output, quiet=as_json
    )


REPORTS: dict[str, Callable[[Source, Mapping[str, Any], str | None, bool], Any]] = {
    "burden": _burden,
    "bulletin": _bulletin,
}
OPTIONS: dict[str, frozenset[str]] = {
    "burden": frozenset({"county", "years", "standard"}),
    "bulletin": frozenset({"county", "month", "lang"}),
}
OF_MODELS = frozenset({"version"})


def _heading(released: dict[str, Any]) -> None:
    """Print what the rows are about: a table must never be taken for another source's."""
    area, period = released["areas"][0], released["period"]
    print(f"Burden of diseases · {area['name']} {area['name_zh']} · {period['first']}–{period['last']}")
    print(f"{released['notice']}")
    print(
        f"Order: years of life lost. Per 100,000 person-years; age-standardised to {released['standard']['label']}. "
        f"Brackets: 95 % intervals. Counts up to {released['disclosure']['suppress_up_to']} are not shown, others are "
        f"rounded to {released['disclosure']['round_to']}."
    )
    if "file" in released:
        print(f"Page: {released['file']}")


def _row(disease: dict[str, Any]) -> dict[str, Any]:
    """Return one disease as people read it on a terminal."""
    ranks = disease["ranks"]
    cases, poor, trend = disease["cases"], disease["poor"], disease["trend"]
    return {
        "disease": disease["label"] if disease["ranked"] else f"({disease['label']})",
        "harm": ranks.get("harm"),
        "incidence": ranks.get("incidence"),
        "burden": ranks.get("burden"),
        "cases": "≤7" if cases is None else cases,
        "rate": _figure(disease["incidence"]),
        "standardised": _value(disease["incidence_standardised"]),
        "% a year": None if trend is None else f"{trend['value']:+.1f} ({trend['low']:.1f}, {trend['high']:.1f})",
        "years lost": _figure(disease["years_lost_rate"]),
        "stays": _figure(disease["stays_rate"]),
        "poor %": None if poor is None else f"{100 * poor['value']:.0f}",
        "avertable": _figure(disease["avertable"]),
    }


def _value(figure: dict[str, float | None] | None) -> str | None:
    return None if figure is None or figure["value"] is None else f"{figure['value']:,.0f}"


def _figure(figure: dict[str, float | None] | None) -> str | None:
    if figure is None or figure["low"] is None or figure["high"] is None:
        return _value(figure)
    return f"{_value(figure)} ({figure['low']:,.0f}–{figure['high']:,.0f})"
