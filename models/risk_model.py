"""The declaration of a risk model: what it predicts, for whom, from what, and which published score it must beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from features.errors import UnknownNameError
from features.folder import load_folder

Direction = Literal["rises", "falls"]


@dataclass(frozen=True)
class CohortRule:
    """Who is at risk at an index date.

    Attributes
    ----------
    free_of
        Conditions (names of condition features) that must not have occurred by the index date.
    age
        Lowest and highest age in years, both included.
    """

    free_of: tuple[str, ...]
    age: tuple[float, float]


@dataclass(frozen=True)
class RiskModel:
    """P(outcome within the horizon | free of it at the index date), with death as competing event.

    Attributes
    ----------
    outcome
        Name of the code set in `features.concepts.CONDITIONS` whose first record after the index date is the event.
    features
        Names of the features used, in the order in which they are trained and served.
    directions
        Where medicine knows it: the risk rises or falls with the feature, all else equal, and never turns.
    published_score
        Name of the score in `models/scores/` that a clinician would otherwise use.
    thresholds
        Risks at which a decision is taken; net benefit is reported there.
    """

    name: str
    title: str
    title_zh: str
    cohort: CohortRule
    outcome: str
    horizon_years: float
    features: tuple[str, ...]
    published_score: str
    thresholds: tuple[float, ...]
    directions: Mapping[str, Direction] = field(default_factory=dict)
    entity: str = "resident"


@cache
def risk_models() -> dict[str, RiskModel]:
    """Return every declared model by name."""
    declared: dict[str, RiskModel] = {}
    for module, model in load_folder("models.disease", "MODEL").items():
        if module != model.name:
            raise ValueError(f"models/disease/{module}.py declares '{model.name}': the file must bear the model's name")
        declared[model.name] = model
    return declared


def get_model(name: str) -> RiskModel:
    """Return the declaration called `name`.

    Raises
    ------
    UnknownNameError
        If there is none; the message offers close matches.
    """
    if name not in risk_models():
        raise UnknownNameError("model", name, risk_models())
    return risk_models()[name]
