"""What a bulletin says in plain sentences, each from the figures that stand in its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.disclosure import RULE
from training.bulletin.changes import FELL, LEVEL_, ROSE
from training.bulletin.places import HIGH
from training.bulletin.wording import Wording, percent, plain, signed, whole

LISTED = 5  # names in one sentence; more are not read
COMPLETE = 0.98  # share of diagnoses known from which nothing is said of the missing ones


def news(told: dict[str, Any], wording: Wording) -> list[str]:
    """Return what is new this month."""
    parts = (_changes, _year, _trends, _deaths, _places, _found, _coverage, _burden, _incomplete)
    return [sentence for part in parts for sentence in part(told, wording)]


def _changes(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    compared = [row for row in told["diseases"] if row["verdict"]]
    moved = [row for row in compared if row["verdict"] != LEVEL_]
    for row in moved:
        ratio = row["ratio"]
        values = {
            "disease": wording.name(row), "count": wording.count(row["count"]),
            "expected": whole(row["expected"]), "percent": percent(ratio["value"] - 1),
            "low": percent(ratio["low"] - 1), "high": percent(ratio["high"] - 1),
            "ratio_low": plain(ratio["low"]), "ratio_high": plain(ratio["high"]),
        }  # fmt: skip
        rose = "n_rose" if ratio["low"] > 1 else "n_rose_wide"
        yield wording.say({ROSE: rose, FELL: "n_fell"}[row["verdict"]], **values)
    for row in told["diseases"]:
        if row["highest"]:
            yield wording.say("n_highest", disease=wording.name(row), count=wording.count(row["count"]))
    level = len(compared) - len(moved)
    if level == len(compared) == 1:
        yield wording.say("n_level_one", disease=wording.name(compared[0]), count=wording.count(compared[0]["count"]))
    elif level:
        which = wording.say("n_level_all", n=level) if moved else wording.say("n_level_every", n=level)
        yield wording.say("n_level", n=len(compared), which=which)
    elif not compared:
        yield wording.say("n_nothing")
    few = sum(row["count"] is None for row in told["diseases"])
    if few:
        yield wording.say("n_too_few", n=few)


def _year(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    """Say which diseases had more or fewer cases in the last whole year than in the five before."""
    moved = [row for row in told["diseases"] if row["year_verdict"] in (ROSE, FELL)]
    for verdict, key in ((ROSE, "n_year_rose"), (FELL, "n_year_fell")):
        items = [
            wording.say(
                "n_year_item", disease=wording.within(row), count=wording.count(row["year"]["count"]),
                **{name: plain(row["year"]["ratio"][name]) for name in ("value", "low", "high")},
            )
            for row in moved
            if row["year_verdict"] == verdict
        ]  # fmt: skip
        if items:
            yield wording.say(key, year=told["year"], list=wording.listed(items[:LISTED]))
    compared = [row for row in told["diseases"] if row["year_verdict"]]
    if compared and not moved:
        yield wording.say("n_year_level", year=told["year"], n=len(compared))


def _trends(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    sure = [row for row in told["diseases"] if row["ranked"] and row["trend"]]
    rising = sorted((row for row in sure if round(row["trend"]["low"], 1) > 0), key=lambda row: -row["trend"]["value"])
    falling = sorted((row for row in sure if round(row["trend"]["high"], 1) < 0), key=lambda row: row["trend"]["value"])
    for key, rows in (("n_trend_up", rising), ("n_trend_down", falling)):
        if rows:
            items = [
                wording.say(
                    "n_trend_item", disease=wording.within(row), value=signed(row["trend"]["value"]),
                    low=signed(row["trend"]["low"]), high=signed(row["trend"]["high"]),
                )
                for row in rows[:LISTED]
            ]  # fmt: skip
            period = {"from": told["period"]["trend_from"], "to": told["period"]["last"]}
            yield wording.say(key, list=wording.listed(items), **period)


def _deaths(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    row = told["deaths"]
    if row["count"] is None or not row["ratio"]:
        return
    ratio = row["ratio"]
    usual = ratio["low"] <= 1 <= ratio["high"]
    yield wording.say(
        "n_deaths", count=wording.count(row["count"]), expected=whole(row["expected"]),
        ratio=plain(ratio["value"]), low=plain(ratio["low"]), high=plain(ratio["high"]),
        judged=wording.say("n_deaths_in" if usual else "n_deaths_out"),
    )  # fmt: skip


def _places(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    if not told["places"]["counties"]:
        return
    labels = {row["disease"]: row for row in told["burden"]}
    high = sorted(
        (row for row in told["places"]["high"] if row["beyond"] == HIGH), key=lambda row: -row["ratio"]["value"]
    )
    if not high:
        yield wording.say("n_place_none", first=told["period"]["first"], last=told["period"]["last"])
        return
    first = high[0]
    yield wording.say(
        "n_place_high", place=wording.name(first, "name"), disease=wording.within(labels[first["disease"]]),
        ratio=plain(first["ratio"]["value"]), low=plain(first["ratio"]["low"]), high=plain(first["ratio"]["high"]),
        first=told["period"]["first"], last=told["period"]["last"],
    )  # fmt: skip
    items = [
        wording.say(
            "n_place_item", place=wording.name(row, "name"), disease=wording.within(labels[row["disease"]]),
            ratio=plain(row["ratio"]["value"]),
        )
        for row in high[1 : LISTED + 1]
    ]  # fmt: skip
    if items:
        yield wording.say("n_place_high_more", list=wording.listed(items))


def _found(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    period, found, left = told["period"], [], []
    for row in told["screening"]:
        years = row["years"]
        if not years:
            continue
        name = wording.within(row)
        if years["found"] and years["yield"] and row["missed_years"]:
            found.append(
                wording.say(
                    "n_found_item", programme=name, found=wording.count(years["found"]),
                    missed=wording.count(row["missed_years"]), rate=plain(years["yield"]["value"]),
                )
            )  # fmt: skip
        more = years["undetected"]
        if more and more["value"] > RULE.suppress_up_to:
            low, high = whole(more["low"]), whole(more["high"])
            left.append(wording.say("n_undetected_item", programme=name, n=whole(more["value"]), low=low, high=high))
    if found:
        yield wording.say(
            "n_found", first=period["first"], last=period["last"], list=wording.words["list_semicolon"].join(found)
        )
    if left:
        yield wording.say("n_undetected", list=wording.listed(left))


def _coverage(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    """Say how far the best covered disease reaches, and how unevenly."""
    cover = told["coverage"]
    shares = {row["disease"]: cover["city"][row["disease"]]["share"] for row in cover["diseases"]}
    known = [row for row in cover["diseases"] if shares[row["disease"]]]
    if told["area"] or not known:
        return
    disease = max(known, key=lambda row: shares[row["disease"]]["value"])
    areas = [(area, area["cells"][disease["disease"]]["share"]) for area in cover["areas"]]
    ranked = sorted((pair for pair in areas if pair[1]), key=lambda pair: pair[1]["value"])
    if len(ranked) < 2:
        return
    (worst, low), (best, high) = ranked[0], ranked[-1]
    yield wording.say(
        "n_coverage", disease=wording.within(disease), share=plain(100 * shares[disease["disease"]]["value"]),
        best=wording.name(best, "name"), best_share=plain(100 * high["value"]), worst=wording.name(worst, "name"),
        worst_share=plain(100 * low["value"]),
    )  # fmt: skip


def _burden(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    leading = [row for row in told["burden"] if "harm" in row["ranks"]][:LISTED]
    if leading:
        yield wording.say("n_burden", list=wording.listed(wording.within(row) for row in leading))


def _incomplete(told: dict[str, Any], wording: Wording) -> Iterator[str]:
    if told["completeness"] < COMPLETE:
        yield wording.say("n_incomplete", percent=percent(told["completeness"]))
