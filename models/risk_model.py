"""The declaration of a risk model: what it predicts, for whom, from what, and which published score it must beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from features.errors import UnknownNameError
from features.folder import load_folder
from features.sources import Source

Direction = Literal["rises", "falls"]
Kind = Literal["risk", "screening"]
Sex = Literal["men", "women"]

DEATH = "death"
# A programme's test and the diagnosis that it leads to lie at most so far apart: invitation, biopsy, report.
SCREENED_WITHIN_DAYS = 90


@dataclass(frozen=True)
class CohortRule:
    """Who is at risk at an index date.

    Attributes
    ----------
    free_of
        Conditions (names of condition features) that must not have occurred by the index date.
    age
        Lowest and highest age in years, both included.
    sex
        The sex that can have the outcome; None: both.
    """

    free_of: tuple[str, ...]
    age: tuple[float, float]
    sex: Sex | None = None


@dataclass(frozen=True)
class PositiveTest:
    """A test result that shows a disease: the measurement reaches `at_least`, in its canonical unit."""

    measurement: str
    at_least: float


@dataclass(frozen=True)
class RiskModel:
    """What is predicted, for whom and from what.

    A risk model gives P(outcome within the horizon | free of it at the index date), with death as competing event. A
    screening model gives P(has it at the index date, undetected): what was there shows within the horizon, which is
    therefore short, by a diagnosis or, with `found_by`, in the first test that is done.

    Attributes
    ----------
    outcome
        Name of the code set in `features.concepts.CONDITIONS` whose first record after the index date is the event,
        or `death`.
    features
        Names of the features used, in the order in which they are trained and served.
    directions
        Where medicine knows it: the risk rises or falls with the feature, all else equal, and never turns.
    published_score
        Name of the score in `models/scores/` that a clinician would otherwise use; None where none could be traced.
    thresholds
        Risks at which a decision is taken; net benefit is reported there.
    found_by
        Tests that show the outcome, any of them. Then only those who are tested within the horizon can teach the
        model, each weighted by the inverse of the chance of being tested.
    blackout_days
        Events that come so soon after the index date are not learned from: before a diagnosis people are worked up,
        and a model that learns the work-up only repeats what the doctor suspects. They count in every figure.
    trusted
        Features that may rank people better than risk factors do (see `training.leaks`), because somebody has made
        sure that they were known at the index date.
    screening_tests
        Procedures (`procedure_source_value`) by which a programme finds the outcome: an event with one of them in
        the 90 days before counts as detected by screening, any other as symptomatic.
    """

    name: str
    title: str
    title_zh: str
    cohort: CohortRule
    outcome: str
    horizon_years: float
    features: tuple[str, ...]
    thresholds: tuple[float, ...]
    published_score: str | None = None
    directions: Mapping[str, Direction] = field(default_factory=dict)
    entity: str = "resident"
    kind: Kind = "risk"
    found_by: tuple[PositiveTest, ...] = ()
    blackout_days: int = 0
    screening_tests: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()


@cache
def risk_models() -> dict[str, RiskModel]:
    """Return every declared model by name."""
    declared: dict[str, RiskModel] = {}
    for module, model in load_folder("models.disease", "MODEL").items():
        if module != model.name:
            raise ValueError(f"models/disease/{module}.py declares '{model.name}': the file must bear the model's name")
        declared[model.name] = model
    return declared


def models_for(source: Source) -> dict[str, RiskModel]:
    """Return the models whose outcome and horizon a source can show."""
    return {
        name: model
        for name, model in risk_models().items()
        if (source.outcomes is None or model.outcome in source.outcomes)
        and (source.horizons is None or model.horizon_years in source.horizons)
        and name not in source.left_out
    }


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
