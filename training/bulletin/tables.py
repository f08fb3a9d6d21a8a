"""The tables of a bulletin as rows of cells: a text, and where it helps a tone or a shade of 0..1."""

from __future__ import annotations

from typing import Any

from models.disclosure import RULE
from training.bulletin.changes import FELL, ROSE
from training.bulletin.counting import STAGES
from training.bulletin.months import Month
from training.bulletin.places import HIGH, LOW
from training.bulletin.wording import Wording, interval, plain, signed, whole

TOP = 10  # diseases in the table of burden
COUNTY_DISEASES = 6  # diseases in the table of counties
PERCENT = 100.0
MARKS: dict[str | None, str] = {ROSE: "▲ ", FELL: "▼ ", HIGH: "▲ ", LOW: "▼ "}
TONES: dict[str | None, str] = {ROSE: "up", FELL: "down", HIGH: "up", LOW: "down"}

Cell = dict[str, Any]
Table = dict[str, Any]


def cell(text: str, small: str = "", tone: str = "", shade: float | None = None) -> Cell:
    """Return a cell; `tone` is up, down or quiet, `shade` how dark its ground is, 0..1."""
    return {"text": text, "small": small, "tone": tone, "shade": shade}


def table(columns: list[tuple[str, str]], rows: list[list[Cell]], caption: str, wide_first: float = 1.6) -> Table:
    """Return a table; a column is its name and a note below it."""
    heads = [{"text": name, "small": note} for name, note in columns]
    return {"kind": "table", "columns": heads, "rows": rows, "caption": caption, "first": wide_first}


def changes(told: dict[str, Any], wording: Wording) -> Table:
    """Return month, last whole year and trend of every disease."""
    period, year = told["period"], told["year"]
    columns = [
        (wording.say("c_disease"), ""), (wording.say("c_count"), ""), (wording.say("c_expected"), ""),
        (wording.say("c_ratio"), wording.say("c_interval")), (wording.say("c_verdict"), ""),
        (wording.say("c_year", year=year), ""), (wording.say("c_year_ratio"), wording.say("c_interval")),
        (wording.say("c_trend"), wording.say("c_trend_note", **{"from": period["trend_from"], "to": period["last"]})),
    ]  # fmt: skip
    unknown = cell(wording.say("none"), tone="quiet")
    rows = []
    for row in told["diseases"]:
        trend, compared = row["trend"], bool(row["ratio"])
        verdict = wording.say(f"v_{row['verdict'] or 'none'}")
        rows.append([
            cell(wording.name(row)), _count(row["count"], wording),
            cell(whole(row["expected"])) if compared else unknown, _figure(row["ratio"], wording),
            cell(MARKS.get(row["verdict"], "") + verdict, tone=TONES.get(row["verdict"], "quiet")),
            _count(row["year"]["count"], wording), _moved(row["year"]["ratio"], row["year_verdict"], wording),
            cell(f"{signed(trend['value'])}%", f"{signed(trend['low'])}, {signed(trend['high'])}", _tone(trend))
            if trend else unknown,
        ])  # fmt: skip
    return table(columns, rows, wording.say("changes_caption", year=year))


def _moved(ratio: dict[str, float] | None, verdict: str | None, wording: Wording) -> Cell:
    """Return a ratio that bears its verdict."""
    if not ratio:
        return cell(wording.say("none"), tone="quiet")
    return cell(MARKS.get(verdict, "") + plain(ratio["value"]), interval(ratio), TONES.get(verdict, ""))


def _tone(trend: dict[str, float]) -> str:
    low, high = round(trend["low"], 1), round(trend["high"], 1)  # as they are printed
    return "up" if low > 0 else "down" if high < 0 else ""


def ratios(told: dict[str, Any], wording: Wording) -> Table:
    """Return standardised ratios of counties, a column a disease."""
    shown = [row for row in told["places"]["counties"] if any(area["ratio"] for area in row["areas"])]
    shown = shown[:COUNTY_DISEASES]
    labels = {row["disease"]: wording.name(row) for row in told["burden"]}
    columns = [(wording.say("c_place"), ""), *((labels.get(row["disease"], row["disease"]), "") for row in shown)]
    rows = []
    for at, area in enumerate(shown[0]["areas"] if shown else []):
        if told["area"] not in ("", area["code"]):
            continue
        cells = [cell(wording.name(area, "name"))]
        for row in shown:
            place = row["areas"][at]
            cells.append(
                _moved(place["ratio"], place["beyond"], wording)
                if place["ratio"]
                else cell(wording.say("untold"), tone="quiet")
            )
        rows.append(cells)
    return table(columns, rows, wording.say("ratio_caption"))


def programmes(told: dict[str, Any], wording: Wording) -> Table:
    """Return what screening did in the month, and what it found and missed over the years."""
    period = told["period"]
    columns = [
        (wording.say(name), "")
        for name in (
            "c_programme", "c_invited", "c_tested", "c_tested_ratio", "c_found_years", "c_yield", "c_missed_years",
            "c_absent", "c_undetected",
        )
    ]  # fmt: skip
    rows = []
    for row in told["screening"]:
        years = row["years"]
        unknown = cell(wording.say("none"), tone="quiet")
        rows.append([
            cell(wording.name(row)),
            *(_count(row["month"][stage], wording) for stage in STAGES[:2]),
            _figure(row["tested"]["ratio"], wording),
            _count(years["found"] or None, wording) if years else unknown,
            _figure(years["yield"], wording) if years else unknown,
            _count(row["missed_years"], wording),
            _count(years["absent"] or None, wording) if years else unknown,
            _people(years["undetected"], wording) if years else unknown,
        ])  # fmt: skip
    return table(columns, rows, wording.say("screening_caption", first=period["first"], last=period["last"]))


def coverage(told: dict[str, Any], wording: Wording) -> Table:
    """Return coverage by county, a column a disease, shaded from the least to the most of the table."""
    cover = told["coverage"]
    columns = [(wording.say("c_place"), ""), *((wording.name(row), "") for row in cover["diseases"])]
    areas = [area for area in cover["areas"] if told["area"] in ("", area["code"])]
    lines = [(wording.name(area, "name"), area["cells"]) for area in areas]
    if not told["area"]:
        lines.append((wording.say("city_row"), cover["city"]))
    rows = [[cell(name), *(_covered(cells[row["disease"]], told, row["disease"], wording) for row in cover["diseases"])]
            for name, cells in lines]  # fmt: skip
    ages = sorted({tuple(row["ages"]) for row in cover["diseases"]})
    caption = wording.say(
        "coverage_caption", month=wording.month(Month.parse(told["month"])),
        ages=wording.listed(f"{low:.0f}–{high:.0f}" for low, high in ages),
    )  # fmt: skip
    return table(columns, rows, caption)


def _covered(one: dict[str, Any], told: dict[str, Any], disease: str, wording: Wording) -> Cell:
    share = one["share"]
    if share is None:
        return cell(wording.say("untold"), tone="quiet")
    there = [area["cells"][disease]["share"] for area in told["coverage"]["areas"]]
    values = [figure["value"] for figure in there if figure]
    low, high = min(values), max(values)
    shade = (share["value"] - low) / (high - low) if high > low else 0.5
    return cell(plain(PERCENT * share["value"]), f"({one['eligible']:,})", shade=min(max(shade, 0.0), 1.0))


def burden(told: dict[str, Any], wording: Wording) -> Table:
    """Return the diseases that cost most years of life."""
    columns = [
        (wording.say(name), "")
        for name in (
            "c_rank", "c_disease", "c_years_lost", "c_deaths", "c_incidence", "c_standardised", "c_prevalence",
        )
    ]  # fmt: skip
    leading = [row for row in told["burden"] if "harm" in row["ranks"]][:TOP]
    rows = [
        [
            cell(str(row["ranks"]["harm"])), cell(wording.name(row)), _figure(row["years_lost_rate"], wording),
            _figure(row["deaths"], wording), _figure(row["incidence"], wording),
            _figure(row["incidence_standardised"], wording), _figure(row["prevalence"], wording, PERCENT, "%"),
        ]
        for row in leading
    ]  # fmt: skip
    period = told["period"]
    caption = wording.say("burden_caption", first=period["first"], last=period["last"], n=len(rows))
    return table(columns, rows, caption, 0.35)


def arrivals(told: dict[str, Any], wording: Wording) -> Table:
    """Return what came in, how late, and what was set aside."""
    columns = [
        (wording.say(name), "") for name in ("c_table", "c_records", "c_median", "c_late", "c_aside")
    ]  # fmt: skip
    rows = [
        [
            cell(wording.say(f"t_{row['table']}")), _count(row["records"], wording), _days(row["median_days"], wording),
            _days(row["late_days"], wording), _count(row["set_aside"], wording),
        ]
        for row in told["quality"]["tables"]
    ]  # fmt: skip
    return table(columns, rows, "")


def rules(told: dict[str, Any], wording: Wording) -> Table:
    """Return which rules most of the records set aside broke."""
    columns = [(wording.say(name), "") for name in ("c_table", "c_column", "c_rule", "c_cells")]
    rows = [
        [
            cell(wording.words.get(f"t_{row['table']}", row["table"])), cell(row["column"]),
            cell(wording.rule(row["rule"])), _count(row["records"], wording),
        ]
        for row in told["quality"]["rules"]
    ]  # fmt: skip
    return table(columns, rows, wording.say("rules_caption"))


def _count(number: float | None, wording: Wording) -> Cell:
    return cell(wording.count(number), tone="quiet" if number is None else "")


def _days(days: int | None, wording: Wording) -> Cell:
    return cell(wording.say("none") if days is None else str(days))


def _people(figure: dict[str, float] | None, wording: Wording) -> Cell:
    """Return an estimated number of people; a small one is told no more than a counted one."""
    if not figure or figure["value"] is None:
        return cell(wording.say("none"), tone="quiet")
    if figure["value"] <= RULE.suppress_up_to:
        return cell(wording.say("untold"), tone="quiet")
    return cell(whole(figure["value"]), f"{whole(figure['low'])}–{whole(figure['high'])}")


def _figure(figure: dict[str, float] | None, wording: Wording, factor: float = 1.0, unit: str = "") -> Cell:
    if not figure or figure["value"] is None:
        return cell(wording.say("none"), tone="quiet")
    return cell(plain(figure["value"] * factor) + unit, interval(figure, factor))
