"""The report as one self-contained page in English and Chinese: no script, no font, no request to anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from features.errors import NotReadyError
from features.sources import Source
from features.views import all_features
from models.bundle import Bundle
from models.disclosure import RULE, safe_count
from models.kept import FIGURES, PROFILE, read_kept, write_kept
from models.purified import as_read, purify
from models.risk_model import DEATH, RiskModel
from models.scores import PublishedScore, published_scores
from models.tables import Curve
from training.profile import rounded, to_step
from training.report import charts, curves
from training.report.figures import at_least_eight, figures, shown
from training.report.formats import count, interval, plain, ratio, share, shortened, spread, value
from training.report.tripod import Known, items
from training.report.words import (
    WORDS,
    Words,
    candidate_words,
    feature_words,
    group_words,
    outcome_words,
    say,
    step_words,
    unit_words,
)  # fmt: skip
from training.subgroups import JUDGED_EVENTS

FILE = "report.html"
HERE = Path(__file__).parent
SECTIONS = (
    "glance", "people", "features", "discrimination", "calibration", "use", "time", "drivers", "model", "published",
    "fairness", "limits", "tripod", "provenance",
)  # fmt: skip
FEW_EVENTS_A_FEATURE = 10
TURN = 1e-6  # log odds; less is the rounding of sums


@dataclass(frozen=True)
class Origin:
    """What the bundle does not know of itself.

    Attributes
    ----------
    version
        Its number in the registry; None while it is not registered.
    result, code
        Fingerprint of the training result, and revision of the code that made it.
    written
        When it was trained.
    oracle
        What `training.oracle.oracle_figures` says; empty where nobody asked.
    """

    version: int | None
    result: str
    code: str
    written: datetime = field(default_factory=lambda: datetime.now(UTC))
    oracle: Mapping[str, Any] = field(default_factory=dict)


def write_report(folder: Path, model: RiskModel, source: Source, manifest: Mapping[str, Any]) -> None:
    """Write `report.html` into a bundle's folder as training leaves it, and what it draws into `figures.json`."""
    origin = Origin(None, str(manifest["fingerprint"]), str(manifest["code"]))
    drawn = figures(model, validation_of(folder, model, source))
    write_kept(folder / FIGURES, _shortened(drawn))
    html = render(model, source, Bundle.load(folder), drawn, read_kept(folder / PROFILE), origin)
    (folder / FILE).write_text(html, encoding="utf-8")


def page(folder: Path, model: RiskModel, source: Source, origin: Origin) -> str:
    """Return the report on the bundle in `folder` as HTML; raises as `validation_of`."""
    drawn = figures(model, validation_of(folder, model, source))
    return render(model, source, Bundle.load(folder), drawn, read_kept(folder / PROFILE), origin)


def validation_of(folder: Path, model: RiskModel, source: Source) -> pd.DataFrame:
    """Return the validation of the version in `folder`.

    Raises
    ------
    NotReadyError
        If the version is so old that it lacks what the figures are worked out from.
    """
    validation = pd.read_parquet(folder / "validation.parquet")
    if lacking := {"weight", "risk", "age", "female"} - set(validation):
        raise NotReadyError(
            f"This version of '{model.name}' keeps no {', '.join(sorted(lacking))} of its validation, so it is too old "
            f"for a report. Train it again: `sanzao train {model.name} --source {source.name}`."
        )
    return validation


def _shortened(drawn: Any) -> Any:
    """Return figures cut to three significant digits, as every figure of people that leaves is; None where NaN."""
    if isinstance(drawn, dict):
        return {name: _shortened(entry) for name, entry in drawn.items()}
    if isinstance(drawn, list | tuple):
        return [_shortened(entry) for entry in drawn]
    return rounded(drawn, 3) if isinstance(drawn, float) else drawn


def render(
    model: RiskModel, source: Source, bundle: Bundle, drawn: Mapping[str, Any], profile: dict[str, Any] | None,
    origin: Origin,
) -> str:  # fmt: skip
    """Return the page; `drawn` is what `training.report.figures.figures` gives."""
    metrics = bundle.metrics
    score = published_scores()[model.published_score] if model.published_score else None
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "count": count, "share": share, "plain": plain, "interval": interval, "value": value, "ratio": ratio,
        "spread": spread,
    }  # fmt: skip
    capacity = at_least_eight(metrics.get("capacity") or [], int(metrics["n"]))
    known = Known(
        synthetic=bundle.synthetic,
        temporal=shown(metrics.get("temporal_observed_expected")) is not None,
        published=shown(metrics.get("c_index_published")) is not None,
        profile=profile is not None,
        tested_only=bool(model.found_by),
    )
    return environment.get_template("report.html.j2").render(
        model=model, source=source, bundle=bundle, metrics=metrics, drawn=drawn, profile=profile, origin=origin,
        known=known, score=score, sections=SECTIONS, words=WORDS, rule=RULE,
        both=both, say=lambda key, **values: both(say(key, **values)), feature=lambda name: both(feature_words(name)),
        group=lambda name: both(group_words(name)), candidate=lambda name: both(candidate_words(name)), unit=unit_words,
        charts=charts, curves=curves,
        predicts=both(_predicts(model)), whom=both(_whom(model)), glance=both(_glance(metrics, capacity)),
        flow=charts.flow_chart(
            [(step_words(step), safe_count(left)) for step, left in metrics["flow"].items()],
            safe_count(int(metrics["events"])),
        ),
        ranking=charts.ranking_chart(_rankings(metrics, score)), forest=_forest(metrics), capacity=capacity,
        by_share=_by_share(capacity), uptakes=_uptakes(capacity), any=any,
        temporal_forest=_temporal_forest(metrics), **_whole(bundle, profile),
        table_one=_table_one(bundle, profile), inputs=_inputs(model, bundle, profile),
        fairness=_fairness(metrics, drawn["fairness"]), limits=[both(words) for words in _limits(model, bundle, known)],
        published_words=both(_published(score, metrics)), tripod=items(known),
        form_words=candidate_words(bundle.chosen), candidate_pair=candidate_words, judged=JUDGED_EVENTS,
        worst=[group_words(part) for part in str(metrics.get("worst_subgroup") or ": ").split(": ", 1)],
    )  # fmt: skip


def both(words: Words) -> Markup:
    """Return a text in both languages, of which the page shows one."""
    english, chinese = (_with_commands(part) for part in words)
    if english == chinese:
        return english
    return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(english, chinese)


def _with_commands(text: str) -> Markup:
    """Return a text with what stands between backticks set as a command."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _predicts(model: RiskModel) -> Words:
    years = f"{model.horizon_years:g}"
    outcome = outcome_words(model.outcome)
    if model.outcome == DEATH:
        return say("predicts_death", years=years)
    return say("predicts_now" if model.kind == "screening" else "predicts_risk", outcome=outcome, years=years)


def _whom(model: RiskModel) -> Words:
    low, high = model.cohort.age
    free = [outcome_words(name) for name in model.cohort.free_of]
    sex = WORDS[model.cohort.sex] if model.cohort.sex else ("", "")
    return say(
        "for_whom" if free else "for_whom_all", low=f"{low:g}", high=f"{high:g}", sex=sex,
        free=(" and ".join(name[0] for name in free), "、".join(name[1] for name in free)),
    )  # fmt: skip


def _glance(metrics: Mapping[str, Any], capacity: list[dict[str, Any]]) -> Words:
    observed, expected = shown(metrics.get("observed")), shown(metrics.get("expected"))
    told = {"observed": plain(_times(observed, 1000)), "expected": plain(_times(expected, 1000))}
    tenth = [row for row in capacity if row["share"] == 0.10 and row["uptake"] == 1.0]
    if not tenth:
        return say("glance_short", **told)
    screen = plain(shown(tenth[0]["number_needed_to_screen"]), 1)
    return say("glance", **told, found=share(shown(tenth[0]["sensitivity"])), screen=screen)


def _uptakes(capacity: list[dict[str, Any]]) -> list[float]:
    return sorted({row["uptake"] for row in capacity}, reverse=True)


def _by_share(capacity: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a share invited, with a cell for each uptake; None where a cell is not shown."""
    rows: dict[float, dict[str, Any]] = {}
    for row in capacity:
        rows.setdefault(row["share"], dict(row) | {"of": {}})["of"][row["uptake"]] = row
    return [row | {"cells": [row["of"].get(uptake) for uptake in _uptakes(capacity)]} for row in rows.values()]


def _rankings(metrics: Mapping[str, Any], score: PublishedScore | None) -> list[dict[str, Any]]:
    rows = [{"name": "risk", "words": WORDS["line_risk"], "value": shown(metrics.get("c_index")),
             "low": metrics.get("c_index_low"), "high": metrics.get("c_index_high")}]  # fmt: skip
    for name in ("refit", "published", "deep"):
        words = (score.title, score.title_zh) if name == "published" and score else WORDS["line_" + name]
        words = shortened(words[0], 29), shortened(words[1], 15)
        rows.append({"name": name, "words": words, "value": shown(metrics.get(f"c_index_{name}")),
                     "low": None, "high": None})  # fmt: skip
    return [row for row in rows if row["value"] is not None]


def _forest(metrics: Mapping[str, Any]) -> Markup:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in metrics.get("subgroups") or []:
        groups.setdefault(row["group"], []).append(
            {"words": group_words(row["level"]), "value": shown(row["observed_expected"]),
             "low": shown(row["observed_expected_low"]), "high": shown(row["observed_expected_high"]),
             "strong": row["judged"]}
        )  # fmt: skip
    middle, low, high = (shown(metrics.get(f"observed_expected{end}")) for end in ("", "_low", "_high"))
    whole = {"words": WORDS["everybody"], "value": middle, "low": low, "high": high, "strong": True}
    listed = [(("", ""), [whole]), *((group_words(name), rows) for name, rows in groups.items())]
    return charts.forest_chart(listed, WORDS["subgroups"], WORDS["observed_expected"])


TEMPORAL = (("", "as_predicted"), ("_recalibrated_in_the_large", "in_the_large"), ("_recalibrated", "in_both"))


def _temporal_forest(metrics: Mapping[str, Any]) -> Markup | None:
    groups = []
    for key, heading in (("observed_expected", "temporal_ratio"), ("calibration_slope", "temporal_slope")):
        nothing = {"low": None, "high": None, "strong": True}
        rows = [
            {"words": WORDS[words], "value": shown(metrics.get(f"temporal_{key}{suffix}"))} | nothing
            for suffix, words in TEMPORAL
        ]
        if any(row["value"] is not None for row in rows):
            groups.append((WORDS[heading], rows))
    return charts.forest_chart(groups, WORDS["temporal"], ("", "")) if groups else None


def _whole(bundle: Bundle, profile: dict[str, Any] | None) -> dict[str, Any]:
    """Return every curve and pair map, strongest first, the swarm, and the base that they add to."""
    effects = as_read(bundle.form, bundle.attribution, profile["effects"] if profile else None)
    told = profile["features"] if profile else {}
    by_curve = profile["effects"]["curves"] if profile else {}
    by_pair = profile["effects"]["surfaces"] if profile else []
    lines = [
        {
            "name": curve.feature,
            "spread": by_curve[curve.feature]["spread"] if profile else bundle.slope * float(np.std(curve.values[:-1])),
            "folds": len(by_curve.get(curve.feature, {}).get("folds", [])),
            "chart": curves.curve_chart(
                curve, bundle.slope, told.get(curve.feature, {}), by_curve.get(curve.feature, {}),
                feature_words(curve.feature),
            ),
        }
        for curve in effects.curves
    ]  # fmt: skip
    bound = curves.pair_bound([bundle.slope * surface.values for surface in effects.surfaces])
    maps = [
        {
            "names": surface.features,
            "spread": by_pair[place]["spread"] if profile else bundle.slope * float(np.std(surface.values)),
            "chart": curves.pair_chart(
                surface, bundle.slope, (told.get(surface.features[0], {}), told.get(surface.features[1], {})), bound,
                (_short(feature_words(surface.features[0])), _short(feature_words(surface.features[1]))),
            ),
        }
        for place, surface in enumerate(effects.surfaces)
    ]  # fmt: skip
    moved = profile["contributions"] if profile else {}
    swarm = [(_short(feature_words(name)), entry) for name, entry in moved.items() if entry.get("cells")]
    return {
        "base": f"{effects.base:.3f}",
        "lines": sorted(lines, key=_by_spread),
        "maps": sorted(maps, key=_by_spread),
        "colour_key": curves.colour_key(bound) if maps else None,
        "swarm": curves.swarm_chart(swarm) if swarm else None,
        "swarm_each": share(1 / curves.DOTS),
        "swarm_key": curves.swarm_key(),
    }


def _short(words: Words) -> Words:
    return shortened(words[0], 34), shortened(words[1], 18)


def _by_spread(entry: Mapping[str, Any]) -> float:
    return -(entry["spread"] or 0.0)


def _table_one(bundle: Bundle, profile: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the cohort's features by outcome, those that differ most first."""
    if profile is None:
        return []
    names = [entry.name for entry in bundle.inputs if entry.name in profile["features"]]
    rows = [{"name": name, "unit": unit_words(name)} | profile["features"][name] for name in names]
    return sorted(rows, key=lambda row: (row["name"] not in ("age", "female"), -abs(row["smd"] or 0.0)))


def _inputs(model: RiskModel, bundle: Bundle, profile: dict[str, Any] | None) -> list[dict[str, Any]]:
    by_name = {curve.feature: curve for curve in purify(bundle.form, bundle.attribution).curves}
    spreads = {name: entry["spread"] for name, entry in profile["contributions"].items()} if profile else {}
    used = set(bundle.form.features)
    told = all_features()
    rows = [
        {
            "name": entry.name, "unit": unit_words(entry.name), "low": entry.low, "high": entry.high,
            "missing": missing_share(entry.missing_share, int(bundle.metrics["n"])),
            "median": to_step(entry.median, told[entry.name].step) if entry.name in told else entry.median,
            "turned": turned(by_name.get(entry.name), model.directions.get(entry.name)),
            "spread": spreads.get(entry.name), "used": entry.name in used,
            "direction": model.directions.get(entry.name, "free"),
            "description": told[entry.name].description if entry.name in told else "",
        }
        for entry in bundle.inputs
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (not row["used"], -(row["spread"] or 0.0)))


def turned(curve: Curve | None, direction: str | None) -> bool:
    """Return whether a curve goes somewhere against the direction that is declared for it; missing values aside.

    >>> turned(Curve("x", np.array([1.0]), np.array([0.0, -1.0, 0.0])), "rises")
    True
    """
    if curve is None or direction is None:
        return False
    steps = np.diff(curve.values[:-1]) * (1 if direction == "rises" else -1)
    return bool((steps < -TURN).any())


def missing_share(found: float, rows: int) -> float | None:
    """Return a share of rows as it may be shown: neither a few that are missing nor a few that are not.

    >>> missing_share(0.25, 1000), missing_share(0.003, 1000)
    (0.25, None)
    """
    missing = safe_count(round(found * rows))
    seen = safe_count(round((1 - found) * rows))
    return None if missing is None or seen is None else missing / max(missing + seen, 1)


def _fairness(metrics: Mapping[str, Any], invited: list[dict[str, Any]]) -> list[dict[str, Any]]:
    called = {(row["group"], row["level"]): row for row in invited}
    nothing = {"invited": None, "found": None, "ppv": None}
    return [
        dict(row) | {name: called.get((row["group"], row["level"]), nothing)[name] for name in nothing}
        for row in metrics.get("subgroups") or []
    ]


def _published(score: PublishedScore | None, metrics: Mapping[str, Any]) -> Words:
    if score is None:
        return WORDS["no_published"]
    title = (score.title, score.title_zh)
    if shown(metrics.get("c_index_published")) is None:
        return say("published_uncomputable", title=title)
    expected = shown(metrics.get("published_expected"))
    if expected is None:
        return say("published_points", title=title)
    observed = share(shown(metrics.get("observed")))
    return say("published_told", title=title, population=score.population, expected=share(expected), observed=observed)


def _limits(model: RiskModel, bundle: Bundle, known: Known) -> list[Words]:
    metrics = bundle.metrics
    found = [WORDS["limit_synthetic" if bundle.synthetic else "limit_real"], WORDS["limit_one_source"]]
    used = [entry for entry in bundle.inputs if entry.name in bundle.form.features]
    if used:
        most = max(used, key=lambda entry: entry.missing_share)
        often = [entry for entry in used if entry.missing_share > 0.5]
        found.append(
            say(
                "limit_missing" if often else "limit_missing_none", count=len(often), total=len(used),
                worst=feature_words(most.name), share=share(missing_share(most.missing_share, int(metrics["n"]))),
            )
        )  # fmt: skip
    if known.temporal:
        found.append(say("limit_temporal", ratio=plain(shown(metrics["temporal_observed_expected"]), 2)))
    else:
        found.append(WORDS["limit_no_temporal"])
    if metrics["events"] < FEW_EVENTS_A_FEATURE * len(model.features):
        found.append(say("limit_events", events=count(metrics["events"]), features=len(model.features)))
    if model.outcome != DEATH:
        found.append(WORDS["limit_selected" if model.found_by else "limit_detection"])
    return [*found, WORDS["limit_association"]]


def _times(number: float | None, factor: float) -> float | None:
    return None if number is None else number * factor
