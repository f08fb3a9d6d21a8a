"""Which deaths and contacts are put down to which disease, where the records name no cause.

In a cell of person-time (sex, age, known diseases) the rate is taken to be that of people of the same sex and age with
none of the diseases known, plus an excess for each disease that is known. The excesses may differ between broad ages
and are never below zero; all are estimated together by maximum likelihood (Poisson, identity link; Breslow NE, Day NE,
Statistical Methods in Cancer Research, vol. II, IARC 1987, section 4.6, additive excess). So each event is shared out,
in proportion to the rates, between the background and the diseases that its person was known to have: nothing counts
twice, and with a single disease the result is the observed number less that expected from the undiagnosed of the same
age and sex.

It is a conservative rule: deaths of people whose disease nobody knew stay in the background, and so does what a
disease does through another one that is known (high blood pressure through stroke). It is not proof of cause: what
else the diagnosed have in common, such as smoking, is part of the excess.

The likelihood is concave; its maximum is found by the EM algorithm of Shepp LA, Vardi Y (Maximum likelihood
reconstruction for emission tomography, IEEE Transactions on Medical Imaging 1982;1:113-122), for which any sum of
non-negative rates will do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtri

from models.area.rates import LEVEL, Estimate

Floats = NDArray[np.float64]

BROAD_AGES = (0, 12, 15)
"""First five-year group of each broad age: under 60, 60–74, 75 and over."""
ITERATIONS, TOLERANCE = 5_000, 1e-7
LEAST = 1e-9  # events


@dataclass(frozen=True)
class Attribution:
    """Events shared out.

    Attributes
    ----------
    shares : float64 (cells, diseases)
        Which part of each event in a cell is put down to each disease; the rest of one is background.
    error : float64 (diseases,)
        Standard error of the number of events put down to each disease.
    """

    shares: Floats
    error: Floats

    def events(self, events: Floats) -> Floats:
        """Return the events put down to each disease, (diseases,), of `events` (cells,)."""
        return np.asarray(events @ self.shares)

    def interval(self, events: Floats, level: float = LEVEL) -> list[Estimate]:
        """Return the events put down to each disease with intervals."""
        z = float(ndtri(0.5 + level / 2))
        return [
            Estimate(float(value), max(float(value - z * error), 0.0), float(value + z * error))
            for value, error in zip(self.events(events), self.error, strict=True)
        ]


def attribute(
    events: Floats, person_years: Floats, stratum: NDArray[np.int64], age: NDArray[np.int64], known: NDArray[np.bool_]
) -> Attribution:
    """Share out the events of cells.

    Parameters
    ----------
    events, person_years : float64 (cells,)
    stratum : int64 (cells,)
        Which cells have one background rate: sex and age.
    age : int64 (cells,)
        Five-year group, which says which excess holds.
    known : bool (cells, diseases)
    """
    rates = _Rates(person_years, stratum, age, known)
    level = rates.fit(events)
    mean = np.asarray(rates.design @ level)
    diseases = known.shape[1]
    shares = np.zeros(known.shape)
    for disease in range(diseases):
        excess = level[rates.position[disease, rates.broad]] * known[:, disease]
        shares[:, disease] = np.divide(excess, mean, out=np.zeros_like(mean), where=mean > 0)
    return Attribution(shares, rates.error_of_totals(mean))


class _Rates:
    """The additive model: which rates add up to the rate of each cell."""

    def __init__(
        self, person_years: Floats, stratum: NDArray[np.int64], age: NDArray[np.int64], known: NDArray[np.bool_]
    ) -> None:
        self.person_years, self.known = person_years, known
        self.broad = np.searchsorted(BROAD_AGES, age, side="right") - 1
        _, base = np.unique(stratum, return_inverse=True)
        diseases, bases = known.shape[1], int(base.max()) + 1
        self.position = bases + np.arange(diseases * len(BROAD_AGES)).reshape(diseases, len(BROAD_AGES))
        cell, disease = np.nonzero(known)
        rows = np.concatenate([np.arange(len(base)), cell])
        columns = np.concatenate([base, self.position[disease, self.broad[cell]]])
        self.design = sparse.csr_matrix(
            (np.ones(len(rows)), (rows, columns)), shape=(len(base), bases + self.position.size)
        )

    def fit(self, events: Floats) -> Floats:
        """Return the rates at the maximum of the likelihood, none below zero."""
        turned = self.design.T.tocsr()
        exposure = np.asarray(turned @ self.person_years)
        start = events.sum() / self.person_years.sum()
        level = np.where(exposure > 0, start, 0.0)
        for _ in range(ITERATIONS):
            mean = np.asarray(self.design @ level) * self.person_years
            ratio = np.divide(events, mean, out=np.zeros_like(mean), where=mean > 0)
            pull = np.divide(
                np.asarray(turned @ (ratio * self.person_years)), exposure, out=np.zeros_like(level), where=exposure > 0
            )
            change = level * (pull - 1) * exposure
            level = level * pull
            if np.abs(change).max() < TOLERANCE * events.sum():
                break
        return level

    def error_of_totals(self, mean: Floats) -> Floats:
        """Return the standard error of each disease's total, from the expected information on the rates.

        Cells in which next to nothing is expected, such as those of children, tell nothing of any disease.
        """
        weight = np.divide(self.person_years, mean, out=np.zeros_like(mean), where=mean * self.person_years > LEAST)
        information = (self.design.T @ sparse.diags_array(weight) @ self.design).toarray()
        covariance = np.linalg.pinv(information, hermitian=True)
        errors = []
        for disease in range(self.known.shape[1]):
            total = np.zeros(self.design.shape[1])
            np.add.at(total, self.position[disease, self.broad], self.person_years * self.known[:, disease])
            errors.append(max(float(total @ covariance @ total), 0.0) ** 0.5)
        return np.array(errors)
