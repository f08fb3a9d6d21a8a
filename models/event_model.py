"""The declaration of an event model: what will become of one service request, seen when it is created."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from features.folder import load_folder
from features.sources import Source


@dataclass(frozen=True)
class EventModel:
    """Whether a request will be closed late, and how many hours it will take: median and 90 % quantile.

    Late is closed after it was due; a request that is open and overdue is late already. A request that is open at the
    moment of learning is censored.

    Attributes
    ----------
    features
        Names in `features.events.requests.REQUEST_FEATURES`, in the order in which they are trained and served.
    longest_hours
        Hours beyond which it no longer matters how long: whoever was open so long counts as followed to the end.
    test_share
        Share of the requests, the latest, on which the model is judged.
    """

    name: str
    title: str
    title_zh: str
    features: tuple[str, ...]
    longest_hours: float = 2 * 365.25 * 24
    test_share: float = 0.3
    entity: str = "event"
    kind: str = "event"


@cache
def event_models() -> dict[str, EventModel]:
    """Return every declared event model by name."""
    declared: dict[str, EventModel] = {}
    for module, model in load_folder("models.event", "MODEL").items():
        if module != model.name:
            raise ValueError(f"models/event/{module}.py declares '{model.name}': the file must bear the model's name")
        declared[model.name] = model
    return declared


def event_models_for(source: Source) -> dict[str, EventModel]:
    """Return the event models that learn from a source."""
    return {name: model for name, model in event_models().items() if name in source.events}
