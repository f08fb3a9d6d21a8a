"""A month's bulletin as plain lists and dictionaries: everything that is printed, under disclosure control, no more.

Exact counts are made into shown cells here, once (`cells`); what follows from them follows from the cells alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from features.clock import now_of
from features.errors import UnknownNameError
from features.sources import Source
from models.area.rates import PER
from models.disclosure import RULE, SUPPRESSED_MARK
from training.bulletin.cells import protect
from training.bulletin.counting import CITY, DEATHS, count_months
from training.bulletin.months import span_of
from training.bulletin.quality import quality
from training.bulletin.regions import regions
from training.bulletin.screened import covered, programmes
from training.bulletin.told import Told, disease_rows, number
from training.burden import measure_burden, release


def measure_bulletin(
    source: Source,
    month: str | None = None,
    county: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure the bulletin of a month, of the city or of one county.

    Parameters
    ----------
    month
        Like 2023-06; None: the last one that is over.
    county
        Six digits; None: the whole city.

    Returns
    -------
    dict
        Counts are rounded, or None where they are not told; a figure is a dictionary of value, low and high. What
        stands under `burden` is the released burden of the same area.

    Raises
    ------
    NotReadyError
        If the lake has not been built, or holds less than a calendar year.
    InvalidInputError
        If the month is none of those that a bulletin can be written about.
    UnknownNameError
        If nobody lives in such a county.
    """
    source = replace(source, as_of=now_of(source))  # moved by records that have arrived
    span = span_of(source)
    chosen = span.chosen(month)
    period = span.burden_period(chosen)
    ledger, small = count_months(source, span, period, progress)
    if county is not None and county not in ledger.areas[1:]:
        raise UnknownNameError("county", county, ledger.areas[1:])
    burden = release(measure_burden(source, progress=progress, period=period))
    told = Told(source, chosen, ledger, protect(ledger), 0 if county is None else ledger.areas.index(county))
    progress("cells")
    own = next(area for area in burden["areas"] if area["code"] == (county or CITY))
    result = {
        "report": "bulletin",
        "source": source.name, "title": source.title, "title_zh": source.title_zh,
        "notice": source.notice, "notice_zh": source.notice_zh, "synthetic": source.synthetic,
        "as_of": source.as_of.date().isoformat(), "month": str(chosen), "year": told.year,
        "area": county or CITY, "name": own["name"], "name_zh": own["name_zh"],
        **{name: burden[name] for name in ("period", "standard", "life_table")},
        "per": PER,
        "disclosure": {"suppress_up_to": RULE.suppress_up_to, "round_to": RULE.round_to, "mark": SUPPRESSED_MARK},
        "shapes_note": source.area_shapes_note, "shapes_note_zh": source.area_shapes_note_zh,
        "completeness": round(told.known(chosen), 2),
        "people": number(told.people[told.at]),
        "months": told.months, "years": told.years,
        "deaths": told.row(DEATHS),
        "diseases": disease_rows(told, {row["disease"]: row for row in own["diseases"]}),
        "burden": own["diseases"],
        "places": regions(told, small, burden),
        "screening": programmes(told, own["diseases"]),
        "coverage": covered(source, chosen),
        "quality": quality(source, chosen),
    }  # fmt: skip
    progress("bulletin")
    return result
