"""What of a burden may leave the house: counts under disclosure control, and figures that tell no more than they.

Every figure hangs on a count of people or events (`_COUNT_BEHIND`). Where that count is suppressed so is the figure;
elsewhere it is moved as the count was by rounding, and intervals of plain counts are worked out anew from the rounded
ones, because their width would tell the true one. City and counties are treated alike. The city's figures
are rounded by themselves, because of a rare disease all counties may be suppressed and their total would be nothing;
that a suppressed county cannot be had by subtraction rests on the rounding of the city and of all the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from models.area.rates import PER, Estimate, poisson_interval, proportion
from models.disclosure import RULE, SUPPRESSED_MARK, DisclosureRule, safe_count
from training.burden.life_years import SOURCE as LIFE_TABLE
from training.burden.measure import AreaBurden, Burden, DiseaseBurden
from training.burden.person_time import CONTACTS
from training.burden.ranking import FIGURES, ORDER, ranks
from training.burden.screening import Programme

DIGITS = 4  # significant ones: more would be read as precision, and could undo the rounding

_COUNT_BEHIND: dict[str, Callable[[DiseaseBurden], float]] = {
    "cases": lambda one: one.cases,
    "living": lambda one: one.living,
    "deaths": lambda one: one.deaths.value,
}
_RANKED_ON = {"incidence": "cases", "harm": "deaths", "burden": "stays", "avertable": "deaths"}


def release(burden: Burden, rule: DisclosureRule = RULE) -> dict[str, Any]:
    """Return the burden as plain lists and dictionaries that may be printed, the city first.

    Returns
    -------
    dict
        `report`, `source`, `title`, `title_zh`, `notice`, `notice_zh`, `synthetic`, `period`, `standard`, `per`,
        `life_table`, `disclosure`, `missing` (what the records do not hold), `absent` (diseases that never occur in
        them) and `areas`; an area has `code`, `name`,
        `name_zh`, `people`, `person_years`, `deaths` and `diseases`, in the order of harm. A figure is a dictionary of
        value, low and high; None where it is suppressed or unknown.
    """
    source, period = burden.source, burden.period
    absent = {
        one.disease.name
        for one in burden.city.diseases
        if not one.living and not any(n for n, _ in one.yearly.values())
    }
    return {
        "report": "burden",
        "source": source.name,
        "title": source.title,
        "title_zh": source.title_zh,
        "notice": source.notice,
        "notice_zh": source.notice_zh,
        "synthetic": source.synthetic,
        "as_of": source.as_of.date().isoformat(),
        "period": {"first": period.first, "last": period.last, "trend_from": period.trend_from},
        "standard": {
            "name": burden.standard.name, "label": burden.standard.label, "label_zh": burden.standard.label_zh,
        },
        "per": PER,
        "life_table": LIFE_TABLE,
        "disclosure": {"suppress_up_to": rule.suppress_up_to, "round_to": rule.round_to, "mark": SUPPRESSED_MARK},
        "missing": list(MISSING),
        "absent": [
            {"disease": one.disease.name, "label": one.disease.label, "label_zh": one.disease.label_zh}
            for one in burden.city.diseases
            if one.disease.name in absent
        ],
        "areas": [_area(burden, area, absent, rule) for area in (burden.city, *burden.counties)],
    }  # fmt: skip


MISSING = ("cost", "stage", "cause_of_death", "length_of_stay")
"""What the records do not hold, so that nobody takes its absence for zero: see `messages` for the words."""


def _area(burden: Burden, area: AreaBurden, absent: set[str], rule: DisclosureRule) -> dict[str, Any]:
    name, name_zh = burden.source.area_names.get(area.code, (area.code or burden.source.title, area.code))

    def shown(one: DiseaseBurden, figure: str) -> bool:
        behind = _RANKED_ON[figure]
        count = one.contacts[behind].value if behind in CONTACTS else _COUNT_BEHIND[behind](one)
        return math.isfinite(count) and bool(safe_count(count, rule))

    order = ranks(area, shown)
    diseases = [
        _disease(one, area.people, order[one.disease.name], rule)
        for one in area.diseases
        if one.disease.name not in absent
    ]
    last = len(diseases) + 1
    diseases.sort(
        key=lambda row: (not row["ranked"], row["ranks"].get(ORDER, last), row["ranks"].get("incidence", last))
    )
    return {
        "code": area.code,
        "name": name if area.code else burden.source.title,
        "name_zh": name_zh if area.code else burden.source.title_zh,
        "people": safe_count(area.people, rule),
        "person_years": float(round(area.person_years, -1)),
        "deaths": safe_count(area.deaths, rule),
        "diseases": diseases,
    }


def _disease(one: DiseaseBurden, people: float, order: dict[str, int], rule: DisclosureRule) -> dict[str, Any]:
    def by(count: str, estimate: Estimate | float) -> Any:
        return _safe(estimate, _COUNT_BEHIND[count](one), rule)

    return {
        "disease": one.disease.name,
        "label": one.disease.label,
        "label_zh": one.disease.label_zh,
        "ranked": one.disease.ranked,
        "ranks": order,
        "cases": safe_count(one.cases, rule),
        "incidence": _recounted(one.incidence, one.cases, rule),
        "incidence_standardised": by("cases", one.incidence_standardised),
        "living": safe_count(one.living, rule),
        "prevalence": _share(one.living, people, rule),
        "prevalence_standardised": by("living", one.prevalence_standardised),
        "deaths": by("deaths", one.deaths),
        "mortality": by("deaths", one.mortality),
        "lethality": by("deaths", one.lethality),
        "years_lost": by("deaths", one.years_lost),
        "years_lost_rate": by("deaths", one.years_lost_rate),
        "years_lost_standardised": by("deaths", one.years_lost_standardised),
        **{kind: _safe(one.contacts[kind], one.contacts[kind].value, rule) for kind in CONTACTS},
        **{f"{kind}_rate": _safe(one.contact_rates[kind], one.contacts[kind].value, rule) for kind in CONTACTS},
        "poor": _share(one.poor_living, one.living, rule),
        "poor_expected": by("living", one.poor_expected),
        "uninsured": _share(one.uninsured_living, one.living, rule),
        "trend": _plain(one.trend) if safe_count(one.cases, rule) else None,
        "yearly": {year: _safe(rate, cases, rule) for year, (cases, rate) in one.yearly.items()},
        "screening": _programme(one.programme, rule) if one.programme else None,
        "avertable": by("deaths", one.avertable) if _told(one, rule) else None,
    }


def _told(one: DiseaseBurden, rule: DisclosureRule) -> bool:
    """Return whether the deaths of those found by tests, on which the avertable share hangs, may be spoken of."""
    return one.programme is not None and safe_count(one.programme.ratio_deaths, rule) is not None


def _programme(programme: Programme, rule: DisclosureRule) -> dict[str, Any]:
    ratio, deaths = programme.mortality_ratio, programme.ratio_deaths
    return {
        "programme": programme.name,
        "first_year": programme.first_year,
        "ages": list(programme.ages),
        "tests": safe_count(programme.tests, rule),
        "found": safe_count(programme.found, rule),
        "yield": _recounted(programme.found_yield, programme.found, rule),
        "absent": safe_count(programme.absent, rule),
        "undetected": _recounted(programme.undetected, programme.found, rule),
        "mortality_ratio": _recounted(ratio, deaths, rule),
        "ratio_pooled": programme.pooled,
    }


def _recounted(rate: Estimate, count: float, rule: DisclosureRule) -> Any:
    """Return a rate of a plain count as that of its rounded count, interval and all."""
    shown = safe_count(count, rule)
    if shown is None or not count > 0:
        return _safe(rate, count, rule)
    return _plain(Estimate(shown, *poisson_interval(shown)).times(rate.value / count))


def _share(count: float, people: float, rule: DisclosureRule) -> Any:
    """Return a share of people, interval and all, as that of the rounded counts; it would tell a suppressed one."""
    shown, whole = safe_count(count, rule), safe_count(people, rule)
    if shown is None or not whole:
        return None
    return _plain(proportion(shown, max(whole, shown)))


def _safe(figure: Estimate | float, count: float, rule: DisclosureRule) -> Any:
    """Return a figure moved as its count is by rounding; None if that is suppressed."""
    shown = safe_count(count, rule) if math.isfinite(count) else None
    if shown is None:
        return None
    factor = shown / count if count > 0 else 1.0
    if isinstance(figure, Estimate):
        return _plain(figure.times(factor))
    return _digits(figure * factor)


def _plain(figure: Estimate) -> dict[str, float | None] | None:
    """Return an estimate as a dictionary, or None if there is none."""
    if not math.isfinite(figure.value):
        return None
    return {"value": _digits(figure.value), "low": _digits(figure.low), "high": _digits(figure.high)}


def _digits(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


__all__ = ["FIGURES", "MISSING", "release"]
