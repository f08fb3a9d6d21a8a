"""Observed over expected before the horizon is reached, against lifelines and a simulation with known hazards."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import NelsonAalenFitter

from training.metrics.short_follow_up import baseline_hazard, expected_until


def test_the_cumulative_hazard_is_that_of_lifelines():
    generator = np.random.default_rng(1)
    time = np.round(generator.exponential(4.0, 500), 1) + 0.1  # rounded, so that there are ties
    status = generator.integers(0, 3, 500).astype(np.int8)
    weight = generator.integers(1, 4, 500).astype(float)
    fitted = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, status == 1, weights=weight)
    at = np.linspace(0.05, 12.0, 40)
    assert baseline_hazard(time, status, weight, np.ones(500), at) == pytest.approx(
        fitted.predict(at).to_numpy(), abs=1e-12
    )


def test_people_who_are_followed_for_two_of_five_years_are_counted_right():
    generator = np.random.default_rng(2)
    rate = generator.uniform(0.005, 0.05, 40_000)
    event = np.sqrt(generator.exponential(1.0, 40_000) / rate)  # the hazard rises with time
    risk = 1 - np.exp(-rate * 25)
    earlier, later = np.arange(40_000) < 20_000, np.arange(40_000) >= 20_000

    def seen(until: float) -> tuple[np.ndarray, np.ndarray]:
        return np.minimum(event, until), (event <= until).astype(np.int8)

    time, status = seen(5.0)
    followed = (time[earlier], status[earlier], risk[earlier], np.ones(20_000))
    time, status = seen(2.0)
    expected = expected_until(time[later], risk[later], 5.0, followed)
    assert status[later].sum() / expected.sum() == pytest.approx(1.0, abs=0.06)  # 1,700 events: two standard errors
    wrong = expected_until(time[later], risk[later] / 2, 5.0, followed)
    assert status[later].sum() / wrong.sum() > 1.8
