"""A bulletin as a document in one language: sections of blocks, which page and paper print alike."""

from __future__ import annotations

from typing import Any

from features.sources import Source
from training.bulletin import tables
from training.bulletin.drawing import bars, funnel, trends
from training.bulletin.mapping import ratio_map
from training.bulletin.months import Month
from training.bulletin.sentences import news
from training.bulletin.wording import Wording, percent

PANELS = 6  # diseases in the small charts
BARS = 10
Block = dict[str, Any]
Told = dict[str, Any]


def document(told: Told, source: Source, wording: Wording) -> dict[str, Any]:
    """Return the document of a measured bulletin.

    Returns
    -------
    dict
        `lang`, `title`, `issue`, `kicker`, `as_of`, `issued`, `synthetic` (empty where people are real), `notice`,
        `facts`, `sections` (each a title and blocks: list, text, note, table, figure or pair of figures) and `footer`.
    """
    month = Month.parse(told["month"])
    say = wording.say
    return {
        "lang": say("lang"),
        "kicker": say("kicker"),
        "title": say("title", name=wording.within(told, "name")),
        "issue": wording.month(month, "issue"),
        "as_of": told["as_of"],
        "issued": say("issued", as_of=told["as_of"]),
        "made_by": say("made_by"),
        "synthetic": say("synthetic") if told["synthetic"] else "",
        "notice": wording.within(told, "notice"),
        "facts": _facts(told, wording),
        "sections": [
            {"title": say("s_news"), "blocks": [{"kind": "list", "items": news(told, wording), "lead": True}]},
            {"title": say("s_changes"), "blocks": _changes(told, wording)},
            {"title": say("s_places"), "blocks": _places(told, source, wording)},
            {"title": say("s_screening"), "blocks": _screening(told, wording)},
            {"title": say("s_burden"), "blocks": _burden(told, wording)},
            {"title": say("s_quality"), "blocks": _quality(told, wording)},
            {"title": say("s_method"), "blocks": [{"kind": "list", "items": _methods(told, wording), "lead": False}]},
        ],
        "footer": say("footer", title=wording.within(told, "title"), notice=wording.within(told, "notice")),
        "page_words": say("page", page="{page}", pages="{pages}"),
    }


def _facts(told: Told, wording: Wording) -> list[dict[str, str]]:
    def fact(label: str, number: str, unit: str = "") -> dict[str, str]:
        return {"label": label, "value": number, "unit": unit}

    say = wording.say
    facts = [fact(say("fact_people"), wording.count(told["people"]), say("unit_people")),
             fact(say("fact_deaths"), wording.count(told["deaths"]["count"]), say("unit_people"))]  # fmt: skip
    most = max(told["diseases"], key=lambda row: row["count"] or 0, default=None)
    if most is not None and most["count"]:
        label = say("fact_cases", disease=wording.within(most))
        facts.append(fact(label, wording.count(most["count"]), say("unit_cases")))
    tested = [row["month"]["tested"] for row in told["screening"]]
    if any(tested):
        facts.append(fact(say("fact_tested"), wording.count(sum(n or 0 for n in tested)), say("unit_visits")))
    facts.append(fact(say("fact_known"), percent(told["completeness"]), "%"))
    return facts


def _changes(told: Told, wording: Wording) -> list[Block]:
    panels = [panel for row in told["diseases"] if row["ranked"] and (panel := _panel(row, told, wording))][:PANELS]
    blocks: list[Block] = [tables.changes(told, wording)]
    if panels:
        caption = wording.say("trends_caption", months=len(told["months"]), years=len(told["years"]))
        blocks.append(_figure(trends(panels, wording.words), caption))
    return blocks


def _panel(row: dict[str, Any], told: Told, wording: Wording) -> dict[str, Any] | None:
    """Return a disease for the small charts: by month where most months are told, by year where most years are."""
    for series, ticks, one, key in (
        (row["series"], [month[:4] if month.endswith("-01") else "" for month in told["months"]], row, "by_month"),
        (row["yearly"], [str(year) if year % 5 == 0 else "" for year in told["years"]], row["year"], "by_year"),
    ):
        if sum(n is not None for n in series) > len(series) / 2:
            title = wording.say(key, disease=wording.name(row))
            return {
                "title": title,
                "series": series,
                "ticks": ticks,
                "expected": one["expected"],
                "ratio": one["ratio"],
            }
    return None


def _places(told: Told, source: Source, wording: Wording) -> list[Block]:
    where = told["places"]
    if not where["counties"]:
        return [{"kind": "note", "text": wording.say("no_places")}]
    period = told["period"]
    blocks: list[Block] = [
        {"kind": "text", "text": wording.say("places_intro", first=period["first"], last=period["last"])}
    ]
    labels = {row["disease"]: wording.name(row) for row in told["burden"]}
    labels |= {row["disease"]: wording.name(row) for row in told["diseases"]}
    shapes = source.area_shapes()
    maps, funnels = [], []
    counties = {row["disease"]: row["areas"] for row in where["counties"]}
    for one in where["maps"]:
        disease = labels.get(one["disease"], one["disease"])
        areas = [
            area | {"county_label": wording.short(_county(area["code"], counties[one["disease"]]))}
            for area in one["areas"]
        ]
        caption = wording.say(f"map_caption_{one['level']}", disease=disease)
        if shapes:
            maps.append({"svg": ratio_map(areas, shapes, disease, wording.words), "caption": caption})
        named = [area | {"label": wording.short(area)} for area in counties[one["disease"]]]
        drawn = funnel(named, where["funnel"], disease, wording.words)
        funnels.append({"svg": drawn, "caption": wording.say("funnel_caption", disease=disease)})
    if maps:
        note = wording.say("map_note") + wording.within(told, "shapes_note")
        blocks += [{"kind": "pair", "figures": maps}, {"kind": "note", "text": note}]
    if funnels:
        blocks.append({"kind": "pair", "figures": funnels})
    blocks.append(tables.ratios(told, wording))
    return blocks


def _county(code: str, counties: list[dict[str, Any]]) -> dict[str, Any]:
    return next(area for area in counties if area["code"] == code[:6])


def _screening(told: Told, wording: Wording) -> list[Block]:
    blocks: list[Block] = []
    if told["screening"]:
        blocks.append(tables.programmes(told, wording))
    else:
        blocks.append({"kind": "note", "text": wording.say("no_screening")})
    if told["coverage"]["areas"] and told["coverage"]["diseases"]:
        blocks.append(tables.coverage(told, wording))
    return blocks


def _burden(told: Told, wording: Wording) -> list[Block]:
    leading = [row for row in told["burden"] if "harm" in row["ranks"] and row["years_lost_rate"]][:BARS]
    blocks: list[Block] = []
    if leading:
        rows = [{"label": wording.name(row), **row["years_lost_rate"]} for row in leading]
        blocks.append(_figure(bars(rows, wording.say("burden_chart")), wording.say("burden_chart")))
    blocks.append(tables.burden(told, wording))
    return blocks


def _quality(told: Told, wording: Wording) -> list[Block]:
    blocks: list[Block] = [
        {"kind": "text", "text": wording.say("quality_intro")},
        tables.arrivals(told, wording),
    ]
    if told["quality"]["rules"]:
        blocks.append(tables.rules(told, wording))
    elif all(row["set_aside"] == 0 for row in told["quality"]["tables"]):
        blocks.append({"kind": "note", "text": wording.say("quality_none")})
    return blocks


def _methods(told: Told, wording: Wording) -> list[str]:
    say, period = wording.say, told["period"]
    methods = [
        say("m_cases"), say("m_season"), say("m_known"),
        say("m_trend", **{"from": period["trend_from"], "to": period["last"]}), say("m_places"),
        say("m_burden", life_table=told["life_table"], standard=wording.within(told["standard"])), say("m_screening"),
        say("m_disclosure", **told["disclosure"]),
    ]  # fmt: skip
    if told["shapes_note"]:
        methods.append(say("m_shapes", note=wording.within(told, "shapes_note")))
    methods += [
        say("m_revision", as_of=told["as_of"]),
        say("m_source", title=wording.within(told, "title"), notice=wording.within(told, "notice")),
    ]  # fmt: skip
    return methods


def _figure(svg: str, caption: str) -> Block:
    return {"kind": "figure", "svg": svg, "caption": caption}
