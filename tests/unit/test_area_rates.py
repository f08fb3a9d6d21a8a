"""Rates and their intervals against printed examples and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import InvalidInputError, UnknownNameError
from features.standard_populations import GROUPS, STANDARDS, standard_population
from models.area.rates import (
    crude_rate,
    expected_events,
    poisson_interval,
    proportion,
    standardised_rate,
    standardised_rates,
    standardised_ratios,
)

# Live births and cases of Down syndrome in Michigan 1950–64 by age of the mother (under 20, 20–24, ... 40 and over) and
# birth order: Stark CR, Mantel N, J Natl Cancer Inst 1966;37:687, as Fleiss JL prints them (Statistical Methods for
# Rates and Proportions, 2nd ed., 1981, table 14.4). Fay and Feuer (1997) take the births of all orders as the standard.
BIRTHS = {
    1: (230_061, 329_449, 114_920, 39_487, 14_208, 3_052),
    5: (327, 30_666, 123_419, 149_919, 104_088, 34_392),
}
CASES = {1: (107, 141, 60, 40, 39, 25), 5: (0, 8, 63, 112, 262, 295)}
ALL_BIRTHS = (319_933, 931_318, 786_511, 488_235, 237_863, 61_313)


def test_the_gamma_interval_is_the_one_printed_for_the_michigan_births():
    # Printed in the vignette of the R package dsrTest 1.0.0 for birth order 5 and over, to five decimals.
    rate = standardised_rate(CASES[5], BIRTHS[5], ALL_BIRTHS)
    assert rate.value == pytest.approx(75.52901, abs=5e-6)
    assert rate.low == pytest.approx(67.70212, abs=5e-6)
    assert rate.high == pytest.approx(188.30017, abs=5e-6)


def test_a_standardised_rate_is_the_weighted_mean_of_the_rates_of_its_groups():
    by_hand = sum(w * c / b for w, c, b in zip(ALL_BIRTHS, CASES[1], BIRTHS[1], strict=True)) / sum(ALL_BIRTHS)
    rate = standardised_rate(CASES[1], BIRTHS[1], ALL_BIRTHS)
    assert rate.value == pytest.approx(1e5 * by_hand)
    assert rate.value == pytest.approx(92.305, abs=5e-4)


def test_with_its_own_people_as_the_standard_a_rate_is_crude_and_its_interval_exact():
    events, people = np.array([2, 1, 4]), np.array([1000.0, 2000.0, 500.0])
    rate, crude = standardised_rate(events, people, people), crude_rate(7, 3500)
    assert (rate.value, rate.low, rate.high) == pytest.approx((crude.value, crude.low, crude.high))


def test_exact_limits_are_those_of_the_tables():
    # 95 % limits of a Poisson mean in the usual tables (Garwood 1936): 0.025 and 5.57 for one event, 3.45 and 15.76 for
    # eight.
    assert poisson_interval(1) == pytest.approx((0.0253, 5.572), abs=1e-3)
    assert poisson_interval(8) == pytest.approx((3.454, 15.763), abs=1e-3)
    assert poisson_interval(0)[0] == 0


def test_byars_limits_leave_the_exact_ones_by_less_than_two_in_a_thousand():
    # "within 0.2 % of the exact value" for ten events and more is what the technical guide of England's Public Health
    # Data Science team (25 May 2018, appendix 1) says of 95 % limits.
    from scipy.stats import chi2

    for events in (10, 11, 25, 65, 1045):
        exact = chi2.ppf(0.025, 2 * events) / 2, chi2.ppf(0.975, 2 * events + 2) / 2
        assert poisson_interval(events) == pytest.approx(exact, rel=2e-3)


def test_wilsons_interval_is_that_of_newcombe():
    # Newcombe RG, Statistics in Medicine 1998;17:857, table I, method 3: 81 of 263 and 0 of 20.
    share = proportion(81, 263)
    assert (share.low, share.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    none = proportion(0, 20)
    assert (none.low, none.high) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_what_cannot_be_told_is_unknown_and_what_cannot_be_is_refused():
    assert np.isnan(crude_rate(0, 0).value)
    assert np.isnan(proportion(0, 0).value)
    assert np.isnan(standardised_rate([0], [0], [1]).value)
    with pytest.raises(InvalidInputError, match="cannot be -1"):
        poisson_interval(-1)
    with pytest.raises(InvalidInputError, match="without person-years"):
        standardised_rate([1, 2], [0, 10], [1, 1])
    with pytest.raises(InvalidInputError, match="one each a group"):
        standardised_rate([1, 2], [10, 10], [1])


def test_expected_events_add_up_to_those_seen():
    events, years = np.array([[1.0, 4.0], [3.0, 2.0]]), np.array([[10.0, 20.0], [30.0, 10.0]])
    expected = expected_events(events, years)
    assert expected.sum() == pytest.approx(events.sum())
    assert expected[0] == pytest.approx(10 * 4 / 40 + 20 * 6 / 30)


def test_every_standard_has_the_same_groups():
    assert all(len(one.weights) == GROUPS for one in STANDARDS.values())
    assert all(sum(one.weights) == pytest.approx(1) for one in STANDARDS.values())
    # WHO's own five-year table (Ahmad et al. 2001, table 4) has 8.86 % at 0–4 and 0.63 % from 85 on.
    assert standard_population("who").weights[0] == pytest.approx(0.0886, abs=5e-5)
    assert standard_population("who").weights[-1] == pytest.approx(0.0063, abs=5e-5)
    with pytest.raises(UnknownNameError, match="china2000"):
        standard_population("china20000")


def test_limits_at_the_counts_where_methods_change_hands():
    # At 0, 1 and 9 the exact ones: chi-square quantiles halved (Garwood 1936); from 10 on Byar's formula, spelled out.
    from scipy.stats import chi2, norm

    z = norm.ppf(0.975)
    for events in (0, 1, 9):
        exact = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0, chi2.ppf(0.975, 2 * events + 2) / 2
        assert poisson_interval(events) == pytest.approx(exact, rel=1e-12)
    for events in (10, 10_000):
        byar = (
            events * (1 - 1 / (9 * events) - z / (3 * events**0.5)) ** 3,
            (events + 1) * (1 - 1 / (9 * (events + 1)) + z / (3 * (events + 1) ** 0.5)) ** 3,
        )
        assert poisson_interval(events) == pytest.approx(byar, rel=1e-12)
        assert poisson_interval(events) == pytest.approx(
            (chi2.ppf(0.025, 2 * events) / 2, chi2.ppf(0.975, 2 * events + 2) / 2), rel=2e-3
        )
    assert poisson_interval(10) == pytest.approx((4.79, 18.39), abs=0.01)


@pytest.mark.parametrize("events", [0, 1, 9, 10, 10_000])
def test_dobsons_interval_of_one_group_is_that_of_its_count(events):
    rate, crude = standardised_rates([[events]], [[50_000.0]], [7.0]), crude_rate(events, 50_000)
    assert (rate.value[0], rate.low[0], rate.high[0]) == pytest.approx((crude.value, crude.low, crude.high))


def test_dobsons_interval_is_moved_and_stretched():
    # Dobson et al. 1991, equation 3: value + sqrt(variance / count) (limit - count), by hand for two groups.
    rate = standardised_rates([[4, 16]], [[1000.0, 2000.0]], [3, 1], per=1.0)
    value, variance = 0.75 * 4 / 1000 + 0.25 * 16 / 2000, 0.75**2 * 4 / 1000**2 + 0.25**2 * 16 / 2000**2
    low, high = poisson_interval(20)
    assert rate.value[0] == pytest.approx(value)
    assert rate.low[0] == pytest.approx(value + (variance / 20) ** 0.5 * (low - 20))
    assert rate.high[0] == pytest.approx(value + (variance / 20) ** 0.5 * (high - 20))


def test_ratios_and_rates_of_many_areas_are_those_of_each():
    events, expected = np.array([[0, 9], [10, 200]]), np.array([[2.0, 4.5], [20.0, 0.0]])
    ratio = standardised_ratios(events, expected)
    assert ratio.value[:, 0].tolist() == [0, 0.5]
    assert np.isnan(ratio.value[1, 1])
    assert ratio.low[0, 1] == pytest.approx(poisson_interval(9)[0] / 4.5)
    nobody = standardised_rates([[0, 0]], [[0.0, 0.0]], [1, 1])
    assert np.isnan(nobody.value[0])
    with pytest.raises(InvalidInputError, match="one each a group"):
        standardised_rates([[1, 2]], [[1.0, 2.0]], [1, 1, 1])
    with pytest.raises(InvalidInputError, match="without person-years"):
        standardised_rates([[1, 2]], [[1.0, 0.0]], [1, 1])
