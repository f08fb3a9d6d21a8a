"""The pieces of a bulletin: months, a month against its season, what is drawn and said."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from scipy.stats import t
from shapely.geometry import box

from features.errors import InvalidInputError
from training.bulletin.changes import FELL, LEVEL_, ROSE, Change, change, season, verdicts
from training.bulletin.counting import DELAY_DAYS, Ledger
from training.bulletin.mapping import FAINT_AT, STEPS, ratio_map
from training.bulletin.months import Month, Span
from training.bulletin.places import places
from training.bulletin.wording import HERE, Wording
from training.burden.person_time import Period

SPAN = Span(Month(2009, 1), Month(2023, 11))


@pytest.mark.parametrize("text", ["2023", "2023-13", "2023-00", "June 2023", "2023-6", "23-06", "2023-06-01"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(InvalidInputError, match="like 2023-06"):
        Month.parse(text)


def test_only_months_with_a_year_behind_them_that_are_over_have_a_bulletin():
    assert SPAN.chosen(None) == Month(2023, 11)
    assert SPAN.chosen("2009-12") == Month(2009, 12)
    for text, why in (("2023-12", "not over yet"), ("2009-11", "before its end")):
        with pytest.raises(InvalidInputError, match=f"{why}. Choose 2009-12 to 2023-11"):
            SPAN.chosen(text)


def test_a_bulletin_looks_back_on_whole_years_before_its_month():
    assert SPAN.burden_period(Month(2023, 11)) == Period(2018, 2022, 2009)
    assert SPAN.burden_period(Month(2022, 12)) == Period(2018, 2022, 2009)
    assert SPAN.burden_period(Month(2010, 3)) == Period(2009, 2009, 2009)
    assert list(SPAN.whole_years) == list(range(2009, 2023))


def test_the_share_known_follows_from_how_long_others_took():
    delays = np.where(np.arange(DELAY_DAYS + 1) < 10, 0.0, 1.0)  # every diagnosis arrives after ten days
    ledger = Ledger(SPAN, ("",), ("stroke",), np.zeros((1, 1, 1)), np.zeros((1, 1)), delays)
    june = Month(2023, 6)
    assert ledger.completeness(june, june.after.toordinal()) == pytest.approx(21 / 30)
    assert ledger.completeness(june, june.after.toordinal() + 30) == 1
    assert ledger.completeness(june, june.first.toordinal()) == 0


# --- a month against its season ---


def test_a_month_is_held_against_three_months_of_five_years():
    assert season(71).tolist() == [10, 11, 12, 22, 23, 24, 34, 35, 36, 46, 47, 48, 58, 59, 60]


def test_the_ratio_is_that_of_two_counts_widened_for_rounding():
    counts, exposure = np.full(72, 100.0), np.full(72, 3e6)
    counts[71] = 150
    found = change(counts, exposure, 71, season(71), 1.0)
    error = np.sqrt((150 + 25 / 12) / 150**2 + (1500 + 15 * 25 / 12) / 1500**2)
    assert found.expected == pytest.approx(100)
    assert found.ratio.value == pytest.approx(1.5)
    assert np.log(found.ratio.high / 1.5) == pytest.approx(t.ppf(0.975, 14) * error)
    assert found.p == pytest.approx(2 * t.sf(np.log(1.5) / error, 14))


def test_a_month_of_which_half_is_known_expects_half():
    counts, exposure = np.full(72, 100.0), np.full(72, 3e6)
    counts[71] = 50
    found = change(counts, exposure, 71, season(71), 0.5)
    assert (found.expected, found.ratio.value) == (pytest.approx(50), pytest.approx(1))


def test_restless_seasons_widen_the_interval():
    exposure = np.full(72, 3e6)
    calm, restless = np.full(72, 100.0), np.full(72, 100.0)
    restless[season(71)] = np.tile([60.0, 100.0, 140.0], 5)
    widths = [change(counts, exposure, 71, season(71), 1.0).ratio for counts in (calm, restless)]
    assert widths[1].high > 1.5 * widths[0].high


def test_nothing_is_said_of_months_that_are_not_told():
    exposure = np.full(72, 3e6)
    counts = np.full(72, 100.0)
    counts[71] = np.nan
    assert np.isnan(change(counts, exposure, 71, season(71), 1.0).ratio.value)
    counts[:47] = np.nan
    assert np.isnan(change(counts, exposure, 71, season(71), 1.0).expected)


def test_months_too_small_to_be_told_do_not_make_the_others_look_like_more():
    exposure, rng = np.full(72, 3e6), np.random.default_rng(3)
    exact = rng.poisson(9.0, (400, 72)).astype(float)
    ratios = []
    for counts in np.where(exact > 7, (exact / 5 + 0.5).astype(int) * 5.0, np.nan):
        counts[71] = 10
        ratios.append(change(counts, exposure, 71, season(71), 1.0).expected)
    expected = np.nanmean(ratios)
    assert expected == pytest.approx(9.0, rel=0.06)
    assert np.mean(np.where(exact > 7, exact, np.nan)[exact > 7]) > 10.4  # what the told months alone would say


def test_few_of_many_chance_findings_are_called_a_rise():
    exposure, rng = np.full(72, 3e6), np.random.default_rng(5)
    changes: list[Change] = []
    for _ in range(300):
        counts = (rng.poisson(200, 72) / 5).round() * 5
        changes.append(change(counts.astype(float), exposure, 71, season(71), 1.0))
    assert sum(one.p < 0.05 for one in changes) / 300 < 0.08
    assert verdicts(changes).count(LEVEL_) >= 297
    higher, lower = np.full(72, 200.0), np.full(72, 200.0)
    higher[71], lower[71] = 400, 80
    told = verdicts(
        [*changes[:10], change(higher, exposure, 71, season(71), 1.0), change(lower, exposure, 71, season(71), 1.0)]
    )
    assert told[-2:] == [ROSE, FELL]


# --- places ---


def test_a_place_beyond_chance_is_pointed_out_and_an_untold_one_is_not():
    codes = tuple(f"33100{at}" for at in range(1, 7))
    cases = np.array([200.0, 100.0, 100.0, 60.0, 100.0, np.nan])
    listed = places(codes, cases, np.full(6, 100.0))
    assert [place.beyond for place in listed] == ["high", None, None, "low", None, None]
    assert listed[0].ratio is not None
    assert listed[0].smoothed is not None
    assert 1 < listed[0].smoothed.value < listed[0].ratio.value == pytest.approx(2)
    assert listed[5].ratio is listed[5].cases is None


def test_the_map_tells_sure_from_unsure_and_hatches_what_is_not_told():
    shapes = {f"33100{at}001": box(at, 28, at + 1, 29) for at in range(1, 5)}
    sure, unsure = {"value": 2.0, "low": 1.5, "high": 2.5}, {"value": 0.6, "low": 0.3, "high": 1.2}
    areas = [
        {"code": code, "smoothed": figure, "ratio": figure, "beyond": None, "clustered": mark, "county_label": name}
        for code, figure, mark, name in zip(shapes, (sure, unsure, None, sure), (1, 0, 0, 0), "甲乙丙丁", strict=True)
    ]
    drawn = str(ratio_map(areas, shapes, "脑卒中", Wording.of("zh").words))
    town = drawn.split("全市 = 1", maxsplit=1)[0]
    assert town.count(f'fill="{STEPS[-1][1]}"') == 2
    assert town.count(f'fill="{STEPS[0][1]}" fill-opacity="{FAINT_AT}"') == 1
    assert town.count('fill="url(#hatch)"') == 1
    assert town.count('fill="none" stroke="#1a1a1a" stroke-width="1.8"') == 1  # around the cluster
    assert all(name in town for name in "甲乙丙丁")
    assert "不公布" in drawn


# --- words ---


def test_messages_are_the_same_in_both_languages():
    english, chinese = (json.loads((HERE / "messages" / f"{code}.json").read_text("utf-8")) for code in ("en", "zh"))
    assert set(english) == set(chinese)
    for key, text in english.items():
        names = {name for name in re.findall(r"{(\w+)}", text) if not name.startswith("month")}
        assert {name for name in re.findall(r"{(\w+)}", chinese[key]) if not name.startswith("month")} == names, key
