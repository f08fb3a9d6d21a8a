"""The kinds of model that one layer trains, registers, gates and serves: of residents, of events.

A kind is told by the `entity` of its declarations and of its bundles.
"""

from __future__ import annotations

from pathlib import Path

from features.errors import UnknownNameError
from models.bundle import Bundle, read_content
from models.event_bundle import EventBundle
from models.event_model import EventModel, event_models
from models.risk_model import RiskModel, risk_models

AnyModel = RiskModel | EventModel
AnyBundle = Bundle | EventBundle


def declared_models() -> dict[str, AnyModel]:
    """Return every declared model of every kind by name."""
    return {**risk_models(), **event_models()}


def get_declared(name: str) -> AnyModel:
    """Return the declaration called `name`, of whatever kind.

    Raises
    ------
    UnknownNameError
        If there is none; the message offers close matches.
    """
    if name not in declared_models():
        raise UnknownNameError("model", name, declared_models())
    return declared_models()[name]


def load_bundle(folder: Path) -> AnyBundle:
    """Read the bundle in `folder`, of whatever kind it is.

    Raises
    ------
    DamagedBundleError
        If a file is missing, does not match its checksum, or is of another format.
    """
    content = read_content(folder)
    return (EventBundle if content.get("entity") == "event" else Bundle).from_content(content)
