"""Rates, shares and their limits beside those that PHEindicatormethods, the tool of England's health service, prints.

Printed in the vignettes of the package (G. Anderson and others, UK Health Security Agency) as built in its repository:
"Introduction to PHEindicatormethods" (commit b0fa919) for shares and crude rates, "PHEindicatormethods DSR function"
(commit 423d262) for the directly standardised rate. Each is compared to the digits that stand there.
"""

from __future__ import annotations

import pytest

from models.area.rates import crude_rate, proportion, standardised_rates

# Events and people of eight areas and years; share, its limits; rate per 100,000, its limits.
AREAS = (
    (87, 131, 66.4122137, 57.9592491, 73.930053, 66412.2137, 53191.89721, 81920.133),
    (1, 164, 0.6097561, 0.1077181, 3.372625, 609.7561, 15.43769, 3397.344),
    (44, 134, 32.8358209, 25.4598570, 41.168471, 32835.8209, 23856.24577, 44081.622),
    (13, 109, 11.9266055, 7.1039739, 19.341500, 11926.6055, 6344.25775, 20396.080),
    (83, 131, 63.3587786, 54.8367919, 71.119617, 63358.7786, 50463.30549, 78543.665),
    (7, 139, 5.0359712, 2.4605552, 10.029837, 5035.9712, 2024.72162, 10376.025),
    (43, 137, 31.3868613, 24.2136529, 39.575419, 31386.8613, 22712.53344, 42278.943),
    (5, 163, 3.0674847, 1.3172190, 6.978956, 3067.4847, 996.00392, 7158.486),
)
# European Standard Population of 2013 (Eurostat 2013) in the 19 groups 0-4, 5-9, ..., 90 and over, in thousands.
ESP2013 = (5.0, 5.5, 5.5, 5.5, 6.0, 6.0, 6.5, 7.0, 7.0, 7.0, 7.0, 6.5, 6.0, 5.5, 5.0, 4.0, 2.5, 1.5, 1.0)


@pytest.mark.parametrize("area", AREAS, ids=lambda area: f"{area[0]} of {area[1]}")
def test_shares_and_rates_are_those_printed(area):
    events, people, *printed = area
    share, rate = proportion(events, people), crude_rate(events, people)
    told = [*(100 * one for one in (share.value, share.low, share.high)), rate.value, rate.low, rate.high]
    # Printed are seven digits, the last one rounded; below ten events the limits are exact, from there on Byar's.
    assert told == pytest.approx(printed, rel=5e-7)


def test_the_standardised_rate_and_dobsons_limits_are_those_printed():
    people = [30, 35, 35, 35, 40, 40, 45, 50, 50, 50, 60, 60, 70, 75, 70, 60, 20, 20, 15]
    deaths = [1, 1, 0, 0, 0, 1, 1, 3, 3, 3, 3, 10, 10, 10, 10, 8, 8, 8, 8]
    rate = standardised_rates([deaths], [people], ESP2013)
    assert [rate.value[0], rate.low[0], rate.high[0]] == pytest.approx([8283.016, 6570.819, 10289.65], rel=5e-7)
