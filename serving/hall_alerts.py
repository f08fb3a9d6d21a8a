"""What the operations hall points at: rules over what it shows, each with its threshold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Our own choices: low enough to be seen in time, high enough that the list stays short.
OVERDUE_SHARE = 0.10  # of a county's open requests
SET_ASIDE_SHARE = 0.01  # of a table's rows


def alerts(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what to look at, the most pressing first.

    Parameters
    ----------
    state
        As `serving.hall.Board.state` returns it: only what is shown is looked at.
    """
    return [
        *_models(state["models"]),
        *_requests(state["requests"]),
        *_programmes(state["screening"]),
        *_tables(state["quality"]),
    ]


def _models(models: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for model in models["unavailable"]:
        yield _alert("model_down", model["title"], model["title_zh"], detail=model["problem"])
    for model in models["drifted"]:
        yield _alert("drift", model["title"], model["title_zh"])


def _requests(requests: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    for county in requests["counties"] if requests else ():
        if county["open"] and county["overdue"] and county["overdue"] >= OVERDUE_SHARE * county["open"]:
            share = county["overdue"] / county["open"]
            yield _alert("overdue", county["name"], county["name_zh"], share=share)


def _programmes(screening: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for programme in screening["programmes"]:
        if programme["slots"] and programme["places"] > programme["slots"]:
            share = programme["places"] / programme["slots"]
            yield _alert("over_capacity", programme["title"], programme["title_zh"], share=share)


def _tables(quality: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for table in quality["tables"]:
        whole = table["rows"] + (table["set_aside"] or 0)
        if table["set_aside"] and table["set_aside"] >= SET_ASIDE_SHARE * whole:
            yield _alert("set_aside", table["table"], table["table"], share=table["set_aside"] / whole)


def _alert(kind: str, subject: str, subject_zh: str, share: float | None = None, detail: str = "") -> dict[str, Any]:
    shown = None if share is None else round(share, 3)
    return {"kind": kind, "subject": subject, "subject_zh": subject_zh, "share": shown, "detail": detail}
