"""The part of a bulletin that tells where: counties of every disease, and maps of those that deserve one."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.area.funnel import FAR, NEAR, funnel_limits
from training.bulletin.cells import protect_small_areas
from training.bulletin.counting import Floats, SmallAreas
from training.bulletin.places import TOLD_AT_LEAST, as_row, figure, places
from training.bulletin.told import Told
from training.burden import DISEASES

MAPS = 2
FUNNEL_POINTS = 40
POSITION = {disease.name: at for at, disease in enumerate(DISEASES)}


def regions(told: Told, small: SmallAreas, burden: dict[str, Any]) -> dict[str, Any]:
    """Return counties beside chance, those beyond it, and the maps.

    Parameters
    ----------
    burden
        As released: the counties' cases are those that it shows.
    """
    counties = [area for area in burden["areas"] if area["code"]]
    if not counties:
        return {"counties": [], "maps": [], "high": [], "funnel": []}
    codes = tuple(area["code"] for area in counties)
    whole = small.by_county()
    scale = _shown_over_exact(small, burden["areas"][0])
    table = whole.expected() * scale
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in (row["disease"] for row in burden["areas"][0]["diseases"] if row["ranked"]):
        expected = np.array([table[whole.codes.index(c), POSITION[name]] if c in whole.codes else 0.0 for c in codes])
        listed = places(codes, np.array([_cases(area, name) for area in counties]), expected)
        if any(place.cases for place in listed):
            rows[name] = [as_row(place, _names(told, place.code)) for place in listed]
    chosen = _mapped(rows)
    return {
        "counties": [{"disease": name, "areas": areas} for name, areas in rows.items()],
        "funnel": _funnel([row["expected"] for name in chosen for row in rows[name]]),
        "maps": [_map(told, small, small.expected() * scale, name, rows[name]) for name in chosen],
        "high": [{"disease": name} | row for name, areas in rows.items() for row in areas if row["beyond"]],
    }


def _cases(area: dict[str, Any], disease: str) -> float:
    """Return the shown cases of a released area; NaN where not told, and nobody is not told here."""
    found = next((row["cases"] for row in area["diseases"] if row["disease"] == disease), None)
    return float(found) if found else float("nan")


def _shown_over_exact(small: SmallAreas, city: dict[str, Any]) -> Floats:
    """Return by disease what makes expected cases add up to the city's shown ones: their sum would tell the exact."""
    exact = small.cases.sum(axis=(0, 2))
    shown = np.array([np.nan_to_num(_cases(city, disease.name)) for disease in DISEASES])
    return np.asarray(np.divide(shown, exact, out=np.zeros(len(exact)), where=exact > 0))


def _mapped(rows: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the diseases that get a map, of those told in every county: the most harmful, and the most uneven one."""
    full = [name for name, areas in rows.items() if all(row["ratio"] for row in areas)]

    def unevenness(name: str) -> float:
        """Return the sum of squared distances from what is expected, in units of chance."""
        return float(sum((row["cases"] - row["expected"]) ** 2 / row["expected"] for row in rows[name]))

    return list(dict.fromkeys([*full[:1], *sorted(full, key=unevenness, reverse=True)]))[:MAPS]


def _map(
    told: Told, small: SmallAreas, expected: Floats, disease: str, counties: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the areas of a map: townships where enough of them are told, else counties."""
    cases = protect_small_areas(small)[:, POSITION[disease]]
    county = told.ledger.areas[told.area]
    inside = np.array([code.startswith(county) for code in small.codes], dtype=bool)
    if not inside.any() or np.isfinite(cases[inside]).mean() < TOLD_AT_LEAST:
        return {"disease": disease, "level": "county", "areas": counties}
    listed = places(small.codes, cases, expected[:, POSITION[disease]], told.source.area_shapes())
    rows = [as_row(place, _names(told, place.code)) for place in listed if place.code.startswith(county)]
    return {"disease": disease, "level": "township", "areas": rows}


def _names(told: Told, code: str) -> tuple[str, str]:
    return told.source.area_names.get(code, (code, code))


def _funnel(expected: list[float | None]) -> list[dict[str, float | None]]:
    """Return the limits of chance over the range of expected cases, as ratios."""
    there = [one for one in expected if one]
    if not there:
        return []
    along = np.geomspace(min(there) * 0.8, max(there) * 1.3, FUNNEL_POINTS)
    (near_low, near_high), (far_low, far_high) = funnel_limits(along, NEAR), funnel_limits(along, FAR)
    named = {"near_low": near_low, "near_high": near_high, "far_low": far_low, "far_high": far_high}
    return [
        {"expected": figure(x)} | {name: figure(limit[at] / x) for name, limit in named.items()}
        for at, x in enumerate(along)
    ]
