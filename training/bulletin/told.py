"""The series of one area as a bulletin tells them: the month against its season, the year against those before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from features.sources import Source
from training.bulletin.cells import shown
from training.bulletin.changes import Change, change, season, verdicts, years_before
from training.bulletin.counting import Floats, Ledger
from training.bulletin.months import YEAR, Month
from training.bulletin.places import estimate, figure
from training.burden import DISEASES

SHOWN_MONTHS, SHOWN_YEARS = 36, 15


@dataclass(frozen=True)
class Told:
    """What a bulletin is drawn from: exact counts beside their shown cells, and the position of its month and area."""

    source: Source
    month: Month
    ledger: Ledger
    cells: Floats
    area: int

    @cached_property
    def at(self) -> int:
        """Return the position of the month."""
        return self.month.index - self.ledger.span.first.index

    @cached_property
    def year(self) -> int:
        """Return the last calendar year that is over at the end of the month."""
        return self.ledger.span.burden_period(self.month).last

    @property
    def months(self) -> list[str]:
        """Return the months of the charts, oldest first."""
        return [str(self.month.plus(-back)) for back in range(min(SHOWN_MONTHS, self.at + 1) - 1, -1, -1)]

    @property
    def years(self) -> list[int]:
        """Return the years of the charts, oldest first."""
        return list(range(max(self.ledger.span.first.year, self.year - SHOWN_YEARS + 1), self.year + 1))

    @cached_property
    def people(self) -> Floats:
        """Return the shown people of the area by month, NaN where not told."""
        return shown(self.ledger.people[self.area])

    @cached_property
    def exposure(self) -> Floats:
        """Return people times days by month."""
        first = self.ledger.span.first
        days = np.array([first.plus(at).days for at in range(self.ledger.span.months)])
        return np.where(np.isfinite(self.people), self.people * days, 0.0)

    def known(self, month: Month) -> float:
        """Return which share of a month's diagnoses is known."""
        return self.ledger.completeness(month, self.source.as_of.date().toordinal())

    def by_month(self, name: str) -> Floats:
        """Return the shown counts of a series by month, NaN where not told."""
        return np.asarray(self.cells[self.area, :, self.ledger.series.index(name)])

    def by_year(self, name: str) -> Floats:
        """Return the shown counts of a series by calendar year, each rounded by itself, NaN where not told.

        `cells.protect` holds the months against these, so they tell no month.
        """
        exact = self.ledger.counts[self.area, : len(self.years_there) * YEAR, self.ledger.series.index(name)]
        return shown(exact.reshape(-1, YEAR).sum(axis=1))

    @cached_property
    def years_there(self) -> range:
        """Return the calendar years that the records hold, up to the one before the month's end."""
        return range(self.ledger.span.first.year, self.year + 1)

    def month_change(self, name: str) -> Change:
        """Return how the month differs from its season."""
        return change(self.by_month(name), self.exposure, self.at, season(self.at), self.known(self.month))

    def year_change(self, name: str) -> Change:
        """Return how the last whole year differs from the five before."""
        months = len(self.years_there) * YEAR
        exposure = self.exposure[:months].reshape(-1, YEAR).sum(axis=1)
        known = float(np.mean([self.known(Month(self.year, month)) for month in range(1, YEAR + 1)]))
        at = len(self.years_there) - 1
        return change(self.by_year(name), exposure, at, years_before(at), known)

    def row(self, name: str) -> dict[str, Any]:
        """Return a series as it is printed."""
        counts, years, back = self.by_month(name), self.by_year(name), self.at - YEAR
        one, whole = self.month_change(name), self.year_change(name)
        return {
            "count": number(counts[self.at]),
            "year_before": number(counts[back]) if back >= 0 else None,
            "expected": figure(one.expected),
            "ratio": estimate(one.ratio),
            "series": [number(n) for n in counts[self.at + 1 - len(self.months) : self.at + 1]],
            "year": {"count": number(years[-1]), "expected": figure(whole.expected), "ratio": estimate(whole.ratio)},
            "yearly": [number(n) for n in years[-len(self.years) :]],
        }


def disease_rows(told: Told, burden: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the month and year of every disease that occurs, in the order of the burden."""
    there = [disease for disease in DISEASES if disease.name in burden]
    by_month = verdicts([told.month_change(disease.name) for disease in there])
    by_year = verdicts([told.year_change(disease.name) for disease in there])
    rows = [
        told.row(disease.name)
        | {
            "disease": disease.name, "label": disease.label, "label_zh": disease.label_zh, "ranked": disease.ranked,
            "verdict": month, "year_verdict": year, "highest": _highest(told, disease.name),
            "trend": burden[disease.name]["trend"],
        }
        for disease, month, year in zip(there, by_month, by_year, strict=True)
    ]  # fmt: skip
    order = list(burden)
    return sorted(rows, key=lambda row: order.index(row["disease"]))


def _highest(told: Told, name: str) -> bool:
    """Return whether no month of the five years before, most of them told, shows as many."""
    counts = told.by_month(name)
    before = counts[max(told.at - 5 * YEAR, 0) : told.at]
    there = before[np.isfinite(before)]
    return bool(np.isfinite(counts[told.at]) and len(there) >= 2 * YEAR and counts[told.at] > there.max())


def number(value: float) -> int | None:
    """Return a shown count; None where it is not told."""
    return int(value) if np.isfinite(value) else None
