"""The part of a bulletin that tells what screening did: the programmes of the month, and coverage by county."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.sources import Source
from models.area.rates import proportion
from models.disclosure import safe_count
from training.bulletin.cells import shown
from training.bulletin.counting import STAGES, Floats
from training.bulletin.coverage import YEARS, coverage
from training.bulletin.months import YEAR, Month
from training.bulletin.places import estimate
from training.bulletin.told import Told, number
from training.burden import DISEASES
from training.burden.diseases import SCREENED_BY

LABELS = {one.name: {"label": one.label, "label_zh": one.label_zh} for one in DISEASES}


def programmes(told: Told, burden: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the programmes: the month by stage, and what the burden's years say of found and missed.

    Parameters
    ----------
    burden
        The released diseases of the same area.
    """
    by_disease = {row["disease"]: row for row in burden}
    return [
        {
            "programme": programme, "disease": disease, **LABELS[disease],
            "month": {stage: told.row(f"{programme}.{stage}")["count"] for stage in STAGES},
            "tested": told.row(f"{programme}.tested"),
            "years": by_disease.get(disease, {}).get("screening"),
            "missed_years": _missed(told, programme),
        }
        for programme, disease in SCREENED_BY.items()
        if f"{programme}.tested" in told.ledger.series
    ]  # fmt: skip


def _missed(told: Told, programme: str) -> int | None:
    """Return the cases of the burden's years, at the programme's ages, that showed without a test."""
    start = told.ledger.span.first.index
    period = told.ledger.span.burden_period(told.month)
    first, last = Month(period.first, 1).index - start, Month(period.last, YEAR).index - start
    counts = told.ledger.counts[told.area, first : last + 1, told.ledger.series.index(f"{programme}.missed")]
    return safe_count(float(counts.sum())) or None


def covered(source: Source, month: Month) -> dict[str, Any]:
    """Return screening coverage by county and disease at the end of a month; the city is the sum of shown cells."""
    exact = coverage(source, month)
    eligible, tested = shown(exact.eligible), shown(exact.tested)
    both = np.isfinite(eligible) & np.isfinite(tested)
    whole = [np.where(both, table, 0.0).sum(axis=0) for table in (eligible, tested)]
    return {
        "years": YEARS,
        "diseases": [
            {"disease": name, **LABELS[name], "tests": list(exact.tests[name]), "ages": list(exact.ages[name])}
            for name in exact.diseases
        ],
        "areas": [
            {"code": code, "name": source.area_names.get(code, (code, code))[0],
             "name_zh": source.area_names.get(code, (code, code))[1],
             "cells": _cells(exact.diseases, eligible[at], tested[at])}
            for at, code in enumerate(exact.areas)
        ],
        "city": _cells(exact.diseases, *(np.where(table > 0, table, np.nan) for table in whole)),
    }  # fmt: skip


def _cells(diseases: tuple[str, ...], eligible: Floats, tested: Floats) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "eligible": number(eligible[at]),
            "tested": number(tested[at]),
            "share": estimate(proportion(min(tested[at], eligible[at]), eligible[at]))
            if np.isfinite(tested[at]) and eligible[at] > 0
            else None,
        }
        for at, name in enumerate(diseases)
    }
