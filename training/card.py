"""The model card: what a clinician, an epidemiologist and an auditor need to know of one model version."""

from __future__ import annotations

from typing import Any

from models.bundle import Bundle
from models.disclosure import SUPPRESSED_MARK, safe_count
from models.risk_model import RiskModel
from models.scores import PublishedScore, published_scores
from training.loop_labels import card_words


def model_card(model: RiskModel, bundle: Bundle) -> str:
    """Return the card as Markdown."""
    score = published_scores()[model.published_score] if model.published_score else None
    figures = bundle.metrics
    kind = "Simulated people." if bundle.synthetic else "Real people."
    lines = [
        f"# {model.title} · {model.title_zh}",
        "",
        f"**Data: {bundle.data_source}.** {kind} {bundle.notice}",
        "",
        f"**数据：{bundle.data_source}。** {bundle.notice_zh}",
        "",
        "## What it predicts",
        "",
        f"Probability of `{model.outcome}` within {model.horizon_years:g} years of the index date, among residents "
        f"aged {model.cohort.age[0]:g} to {model.cohort.age[1]:g} who are free of "
        f"{' and '.join(model.cohort.free_of) or 'nothing in particular'}. Death without the outcome is a competing "
        "event: the probability is the share of people who will have had the outcome, the dead included.",
        "",
        "## How it was selected",
        "",
        f"Nested validation, whole persons in each fold. Chosen on everybody: **{bundle.chosen}**; in the outer folds: "
        f"{', '.join(figures['chosen_in_folds'])}.",
        "",
        "| candidate | C-index, inner loop |",
        "|---|---|",
        *(f"| {name} | {value:.4f} |" for name, value in figures["candidates"].items()),
        "",
        "## Study flow",
        "",
        "| step | index dates |",
        "|---|---|",
        *(f"| {step} | {_shown(count)} |" for step, count in figures["flow"].items()),
        "",
        *card_words(figures.get("loop_labels")),
        "## How good it is (people it never saw)",
        "",
        "| figure | value | 95 % interval |",
        "|---|---|---|",
        *_figure_rows(figures),
        f"| C-index, refitted Cox | {figures['c_index_refit']:.4f} | |",
        *(
            [f"| C-index, {score.title} | {figures['c_index_published']:.4f} | |"]
            if score and figures["c_index_published"]
            else []
        ),
        *(
            [f"| C-index, deep trees (reference, not served) | {figures['c_index_deep']:.4f} | |"]
            if figures["c_index_deep"] is not None
            else []
        ),
        "",
        *published_words(score, figures),
        "",
        "### Net benefit",
        "",
        "| threshold | model | treat all | treat none |",
        "|---|---|---|---|",
        *(
            f"| {row['threshold']:.0%} | {row['model']:.4f} | {row['treat_all']:.4f} | 0 |"
            for row in figures["net_benefit"]
        ),
        "",
        "## What it looks at",
        "",
        "| feature | unit | missing | median |",
        "|---|---|---|---|",
        *(f"| {i.name} | {i.unit} | {i.missing_share:.1%} | {i.median:.4g} |" for i in bundle.inputs),
        "",
        f"The whole model is {len(bundle.form.curves)} curves and {len(bundle.form.surfaces)} pair maps.",
        "",
        "## Limits",
        "",
        "Validated inside one source only. Predictions are associations: they do not say what an intervention does.",
        "",
    ]
    return "\n".join(lines)


def published_words(score: PublishedScore | None, figures: dict[str, Any]) -> list[str]:
    """Return what the card says of the published score: how its risk compares, or why it has none."""
    if score is None:
        return ["There is no published score whose coefficients could be traced to compare with."]
    if figures["c_index_published"] is None:
        return [f"{score.title} cannot be computed from these records. Source: {score.citation}"]
    if figures["published_expected"] is None:
        return [f"{score.title} gives points and no risk, so it can only rank. Source: {score.citation}"]
    return [
        f"The published score predicts {figures['published_expected']:.1%} on average where "
        f"{figures['observed']:.1%} was observed. Source: {score.citation}"
    ]


def _figure_rows(figures: dict[str, Any]) -> list[str]:
    names = {
        "c_index": "C-index",
        "auc": "AUC at the horizon",
        "brier": "Brier score",
        "calibration_slope": "calibration slope",
        "calibration_intercept": "calibration in the large",
        "observed_expected": "observed / expected",
        "ici": "integrated calibration index",
    }
    rows = []
    for key, title in names.items():
        low, high = figures.get(f"{key}_low"), figures.get(f"{key}_high")
        interval = f"{low:.4f} to {high:.4f}" if low is not None and high is not None else ""
        rows.append(f"| {title} | {figures[key]:.4f} | {interval} |")
    counts = {"index dates": "n", "events by the horizon": "events"}
    return [*(f"| {title} | {_shown(figures[key])} | |" for title, key in counts.items()), *rows]


def _shown(count: float) -> str:
    """Return a count of people as it may be shown: the card goes to the registry, where everybody reads it."""
    shown = safe_count(count)
    return SUPPRESSED_MARK if shown is None else f"{shown:,}"
