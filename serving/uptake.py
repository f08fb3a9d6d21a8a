"""Who is likely to come when invited: estimated from the source's own invitations, drawn towards a published figure.

People are grouped by sex, decade of age and way to the clinic. A group's share is shrunk towards the share of
everybody, and that towards the programme's published figure, each with the weight of `PRIOR` invitations (our choice;
the mean of a beta distribution with that many prior observations).

An order by uptake alone would leave out those who come least, again and again: the floor of `serving.selection` is
there for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.last_days import invitations
from models.screening_programme import Programme
from serving.population import Population

Floats = NDArray[np.float64]

CAME_WITHIN_DAYS = 90  # our choice, as long as training allows between a test and its diagnosis
LOOKED_BACK_DAYS = 3 * 365
PRIOR = 50.0
DECADES, KILOMETRES = np.arange(30, 90, 10), np.array([1.0, 3.0, 10.0])


@dataclass(frozen=True)
class Uptake:
    """How likely people are to come when they are invited.

    Attributes
    ----------
    shares
        float64 (GROUPS,): the chance in each group.
    source
        A sentence that says where it is from.
    """

    shares: Floats
    source: str

    def of(self, features: pd.DataFrame) -> Floats:
        """Return the chance of each person (n,) to come."""
        return self.shares[groups(features)]


def expected_uptake(programme: Programme, population: Population) -> Uptake:
    """Return how likely the people of each group are to come to a programme now."""
    published = programme.uptake
    nothing = Uptake(np.full(GROUPS, published.value), published.source)
    past = invitations(
        population.source.name, programme.invited_as, programme.test.name, programme.test.streams, CAME_WITHIN_DAYS,
        population.now - timedelta(days=LOOKED_BACK_DAYS), population.now,
    )  # fmt: skip
    if past.empty:
        return nothing
    with population.lock:
        rows = population.residents.index.get_indexer(pd.Index(past["person_id"]))
        known = rows >= 0
        group = groups(population.features.iloc[rows[known]])
    return Uptake(
        shrunk(group, past["came"].to_numpy()[known], published.value),
        f"estimated from {len(past):,} invitations of this data source by sex, age and way to the clinic, drawn "
        f"towards: {published.source}",
    )


def groups(features: pd.DataFrame) -> NDArray[np.int64]:
    """Return the group of each person (n,), from 0."""
    age, way = features["age"].to_numpy(), features["clinic_distance"].to_numpy()
    far = np.where(np.isnan(way), len(KILOMETRES) + 1, np.searchsorted(KILOMETRES, way, side="right"))
    woman = (features["female"].to_numpy() == 1).astype(np.int64)
    decade = np.searchsorted(DECADES, age, side="right")
    return np.asarray((woman * (len(DECADES) + 1) + decade) * (len(KILOMETRES) + 2) + far, dtype=np.int64)


GROUPS = 2 * (len(DECADES) + 1) * (len(KILOMETRES) + 2)


def shrunk(group: NDArray[np.int64], came: Floats, published: float) -> Floats:
    """Return the share of each group (GROUPS,) that comes.

    Parameters
    ----------
    group, came
        One entry an invitation, (m,).
    """
    invited = np.bincount(group, minlength=GROUPS).astype(np.float64)
    attended = np.bincount(group, weights=came, minlength=GROUPS)
    overall = (attended.sum() + PRIOR * published) / (invited.sum() + PRIOR)
    return np.asarray((attended + PRIOR * overall) / (invited + PRIOR))
