"""The declaration of a screening programme: who is offered which test how often, and what an early finding averts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import UnknownNameError
from features.feature import DAYS_PER_YEAR
from features.folder import load_folder
from models.risk_model import Sex, get_model

Floats = NDArray[np.float64]

OWN_CHOICE = "own choice"


@dataclass(frozen=True)
class Figure:
    """A number and where it comes from: a guideline, a trial, or our own choice, then said so."""

    value: float
    source: str


@dataclass(frozen=True)
class Criterion:
    """A feature that reaches a value; whoever was never measured does not meet it."""

    feature: str
    at_least: float = 1.0


@dataclass(frozen=True)
class Positive:
    """A result that counts as positive, in the canonical unit: the threshold or more, or less than it if `below`."""

    measurement: str
    threshold: float
    below: bool = False


@dataclass(frozen=True)
class Test:
    """A test that a programme offers.

    Attributes
    ----------
    name
        As `screening_invitation` calls it, and `procedure_occurrence` where it does.
    streams
        Records that show that it was done (names in `features.streams.streams`), any of them.
    positive
        The results that count as positive, any of them. Empty: only a diagnosis shows it.
    """

    name: str
    label: str
    label_zh: str
    streams: tuple[str, ...]
    positive: tuple[Positive, ...] = ()


@dataclass(frozen=True)
class FollowUp:
    """Who has a positive first test, and has not had `test` since, is offered it at once instead of the first test.

    `settles_years`: so long after it, the first test is not offered.
    """

    after: Criterion
    test: Test
    settles_years: Figure


@dataclass(frozen=True)
class Contraindication:
    """A diagnosis so recent that the test has to wait.

    Attributes
    ----------
    codes
        ICD-10 prefixes.
    """

    codes: tuple[str, ...]
    within_days: Figure
    label: str
    label_zh: str


@dataclass(frozen=True)
class Programme:
    """One programme.

    Attributes
    ----------
    disease
        Name of the code set in `features.concepts.CONDITIONS` that it looks for.
    model
        The model that ranks (name in `models/disease/`).
    invited_as
        The programme's name in `screening_invitation`.
    age
        Lowest and highest age in years, both included.
    any_of
        One of these must be met: the group at risk. Empty: everybody.
    free_of
        Conditions (condition features) of people who are not screened but cared for.
    interval_years
        The test is due so long after the last one.
    slots_per_week
        People whom one clinic (the township's own) can take in a week.
    reach_km
        Whoever lives farther from the clinic is shown as out of its reach, and offered transport.
    uptake
        Share of those invited who come, where the records show nothing better.
    sensitivity
        Share of cases that the test finds.
    averts, averted
        Share of a bad end (named by `averted`) that early detection averts; None where no figure could be traced,
        and the order is then by risk times uptake. Such shares are of different ends in different programmes, so
        expected benefits are compared within a programme only.
    treated_by
        Drugs (name in `features.concepts.DRUGS`) whose record shows that a case found is treated.
    missing
        What a programme ought to know and for which no figure could be traced, or no record exists.
    """

    name: str
    title: str
    title_zh: str
    disease: str
    model: str
    invited_as: str
    test: Test
    age: tuple[float, float]
    age_source: str
    interval_years: Figure
    slots_per_week: Figure
    reach_km: Figure
    uptake: Figure
    sensitivity: Figure
    averts: Figure | None
    averted: str
    averted_zh: str
    sex: Sex | None = None
    any_of: tuple[Criterion, ...] = ()
    any_of_source: str = ""
    free_of: tuple[str, ...] = ()
    contraindications: tuple[Contraindication, ...] = ()
    follow_up: FollowUp | None = None
    treated_by: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def tests(self) -> tuple[Test, ...]:
        """The tests that the programme may offer, the first one first."""
        return (self.test, self.follow_up.test) if self.follow_up else (self.test,)

    @property
    def diagnoses(self) -> bool:
        """Whether the test is what diagnoses the disease, so that a positive result is a case."""
        return self.sensitivity.value == 1.0

    def benefit(self, risk: Floats, uptake: Floats) -> Floats:
        """Return the expected benefit (n,): risk in this round × uptake × what early treatment averts."""
        averts = self.averts.value if self.averts else 1.0
        return np.asarray(self.risk_in_round(risk) * uptake * averts)

    def risk_in_round(self, risk: Floats) -> Floats:
        """Return the chance (n,) that there is a case for this round to find.

        A screening model says just that. A risk model says what shows up over its whole horizon; a round answers for
        the part of it until the next test, at a constant hazard (our choice): 1 - (1 - risk)^(interval / horizon).
        """
        model = get_model(self.model)
        if model.kind == "screening":
            return risk
        share = min(self.interval_years.value / model.horizon_years, 1.0)
        return np.asarray(-np.expm1(share * np.log1p(-np.minimum(risk, 1 - 1e-12))))

    def aimed_at(self, features: Mapping[str, Any] | pd.DataFrame) -> NDArray[np.bool_]:
        """Return whom the programme is for (n,), by age, sex, group at risk and conditions; dates are not looked at.

        Parameters
        ----------
        features
            Columns (n,) by name; a data frame does as well.
        """
        age = np.asarray(features["age"])
        who: NDArray[np.bool_] = (age >= self.age[0]) & (age <= self.age[1])
        if self.sex:
            who &= np.asarray(features["female"]) == (self.sex == "women")
        if self.any_of:
            who &= np.logical_or.reduce([np.asarray(features[c.feature]) >= c.at_least for c in self.any_of])
        for condition in self.free_of:
            who &= np.asarray(features[condition]) == 0
        return who

    def due(self, days_since: Mapping[str, Floats], positive: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return by how many days the offer is overdue, and to whom the follow-up is offered.

        Parameters
        ----------
        days_since
            Days since the last test of each name, (n,), NaN where it was never done.
        positive
            Whose last first test was positive, (n,).

        Returns
        -------
        overdue : numpy.ndarray
            float64 (n,): days since the offer became due, negative while it is not; infinite for those never tested.
        second : numpy.ndarray
            bool (n,): to whom the follow-up test is offered.
        """
        first = days_since[self.test.name]
        overdue = np.where(np.isnan(first), np.inf, first - self.interval_years.value * DAYS_PER_YEAR)
        if self.follow_up is None:
            return overdue, np.zeros(len(overdue), dtype=bool)
        then = days_since[self.follow_up.test.name]
        second = positive & ~(then <= first)
        settled = then - self.follow_up.settles_years.value * DAYS_PER_YEAR
        overdue = np.where(np.isnan(settled), overdue, np.minimum(overdue, settled))
        return np.where(second, first, overdue), second


Status = Literal["never_tested", "not_due", "due", "overdue"]
OVERDUE_FROM_DAYS = 90.0  # our choice: a quarter after an offer became due it counts as overdue


def status_of(overdue: float) -> Status:
    """Return how an offer stands that is overdue by so many days, as `Programme.due` gives them.

    >>> status_of(np.inf), status_of(-3.0), status_of(0.0), status_of(90.0)
    ('never_tested', 'not_due', 'due', 'overdue')
    """
    if np.isinf(overdue):
        return "never_tested"
    if overdue < 0:
        return "not_due"
    return "due" if overdue < OVERDUE_FROM_DAYS else "overdue"


@cache
def programmes() -> dict[str, Programme]:
    """Return every declared programme by name."""
    declared: dict[str, Programme] = {}
    for module, programme in load_folder("models.programme", "PROGRAMME").items():
        if module != programme.name:
            raise ValueError(f"models/programme/{module}.py declares '{programme.name}': the file must bear its name")
        declared[programme.name] = programme
    return declared


def get_programme(name: str) -> Programme:
    """Return the programme called `name`.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name not in programmes():
        raise UnknownNameError("programme", name, programmes())
    return programmes()[name]
