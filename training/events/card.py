"""The card of an event model, in words, for the registry."""

from __future__ import annotations

from models.event_bundle import EventBundle
from models.event_model import EventModel


def event_card(model: EventModel, bundle: EventBundle) -> str:
    """Return the card as Markdown."""
    figures = bundle.metrics

    def written(name: str, form: str) -> str:
        value = figures[name]
        return "–" if value is None else format(value, form)

    rows = [
        ("Late: AUC", "late_auc", ".3f"),
        ("Hours: median absolute error", "hours_median_abs_error", ".1f"),
        ("Hours: mean absolute error of log(1 + hours)", "hours_log_error", ".3f"),
    ]
    lines = [
        f"# {model.title} · {model.title_zh}",
        "",
        f"**{bundle.notice}**",
        "",
        "For one service request at the moment of its creation: P(closed late), and the median and the 90 % quantile "
        "of the hours until it is closed. Only what was known before that moment is looked at; open requests are "
        "censored.",
        "",
        f"Chosen by later requests: {bundle.chosen}. All forms but deep are sums of one- and two-feature tables.",
        "",
        f"Judged on the latest {figures['n']:,} requests ({figures['events']:,} late) by a model that learned from "
        "what was known before the first of them:",
        "",
        "| | model | the past of type and department |",
        "|---|---|---|",
        *(f"| {title} | {written(name, form)} | {written(f'{name}_baseline', form)} |" for title, name, form in rows),
        "",
        f"Closed within the 90 % quantile: {written('coverage_90', '.1%')}. "
        f"Late, observed / expected: {written('late_observed_expected', '.2f')}.",
        "",
        "Deep trees, which nobody can read, serve only where they win clearly. Their loss on later requests beside "
        "that of the best tables: "
        + "; ".join(
            f"{name} {deep:.4f} ({min(figures['losses'][name].values()):.4f})"
            for name, deep in figures["losses_deep"].items()
        )
        + f". AUC for late there: {written('later_auc_deep', '.3f')} ({written('later_auc', '.3f')}).",
        "",
    ]
    return "\n".join(lines)
