"""Two small cities that all tests of the simulator share."""

from __future__ import annotations

import pytest

from features.sources._city import city

RESIDENTS, BUCKETS = 6_000, 3


@pytest.fixture(scope="session")
def small() -> list[city.CityBucket]:
    return list(city.simulate(RESIDENTS, seed=7, buckets=BUCKETS))
