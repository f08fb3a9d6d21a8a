"""Cases of one disease by small area beside those expected from the whole city's rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import UnknownNameError
from features.sources import Source
from features.standard_populations import GROUPS
from models.area.rates import expected_events
from training.burden.diseases import DISEASES
from training.burden.measure import TREND_YEARS, YEARS
from training.burden.person_time import NOWHERE, TOWNSHIP, count, period_of


@dataclass(frozen=True)
class AreaCases:
    """First diagnoses in small areas; all arrays (areas,).

    Attributes
    ----------
    codes
        Nine digits a township.
    cases
        Exact counts: they must pass disclosure control before they leave.
    expected
        What the area's person-years at risk would have had at the city's rates by age and sex.
    person_years
        Free of the known disease.
    """

    codes: tuple[str, ...]
    cases: NDArray[np.float64]
    expected: NDArray[np.float64]
    person_years: NDArray[np.float64]


def area_cases(
    source: Source, disease: str, years: int = YEARS, digits: int = TOWNSHIP,
    progress: Callable[[str], None] = lambda _: None,
) -> AreaCases:  # fmt: skip
    """Return the cases of a disease by township (nine digits of the area code) or county (six).

    Raises
    ------
    UnknownNameError
        If no disease is called so.
    InvalidInputError
        If so many years are not under observation.
    """
    names = [one.name for one in DISEASES]
    if disease not in names:
        raise UnknownNameError("disease", disease, names)
    position = names.index(disease)
    period = period_of(source, years, TREND_YEARS)
    counts = count(source, period, progress, digits)
    free = (counts.cells["known"].to_numpy(dtype=np.int64) >> position) & 1 == 0
    cells = counts.cells[free & (counts.cells["year"] >= period.first)]
    new = counts.cases[(counts.cases["disease"] == position) & (counts.cases["year"] >= period.first)]
    codes = sorted(set(cells["area"]) - {NOWHERE})
    at_risk, cases = _table(cells, "person_years", codes), _table(new, "cases", codes)
    return AreaCases(tuple(codes), cases.sum(axis=1), expected_events(cases, at_risk), at_risk.sum(axis=1))


def _table(rows: pd.DataFrame, column: str, codes: list[str]) -> NDArray[np.float64]:
    """Return sums by area and group of age and sex, (areas, 2 * GROUPS)."""
    rows = rows[rows["area"].isin(codes)]
    place = np.searchsorted(codes, rows["area"].to_numpy(dtype=str)) * 2 * GROUPS
    group = place + 2 * rows["age"].to_numpy(dtype=np.int64) + rows["female"].to_numpy(dtype=np.int64)
    sums = np.bincount(group, rows[column].to_numpy(dtype=np.float64), len(codes) * 2 * GROUPS)
    return np.asarray(sums.reshape(len(codes), 2 * GROUPS), dtype=np.float64)
