"""Our drift figures against Evidently's on the same rows."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import benchmarks
from benchmarks import drift as bench
from features.errors import InvalidInputError
from training.drift.psi import psi

ROWS = 5_000


@pytest.fixture(scope="module")
def samples():
    return bench.sample(ROWS, now=False), bench.sample(ROWS, now=True)


def test_verdicts_on_every_column_are_evidentlys(samples):
    ours, theirs = bench.ours(*samples), bench.evidently(*samples)
    assert set(ours) == set(theirs) == set(bench.columns())
    drifted = {name for name, value in theirs.items() if value >= bench.THRESHOLD}
    assert {name for name, value in ours.items() if value >= bench.THRESHOLD} == drifted
    assert drifted == {name for name in theirs if "clear" in name}
    for name, value in theirs.items():
        # In few-valued columns the groups are the same ones, so the figures are as well.
        few = bench.columns()[name].few
        assert ours[name] == pytest.approx(value, abs=1e-12 if few else bench.TOLERANCE)


def test_on_evidentlys_own_bins_the_index_is_the_same(samples):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently.legacy.calculations.stattests.psi import _psi
        from evidently.legacy.core import ColumnType
    for name in ("normal_small_0", "skewed_clear_1", "flat_none_0"):
        then, now = (sample[name].dropna().to_numpy() for sample in samples)
        bins = np.histogram_bin_edges(np.concatenate([then, now]), bins="sturges")
        theirs, _ = _psi(pd.Series(then), pd.Series(now), ColumnType.Numerical, bench.THRESHOLD)
        ours = psi(np.histogram(then, bins)[0], np.histogram(now, bins)[0])
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_what_only_ours_sees_is_who_is_measured_less_often(samples):
    from training.drift.grid import count, edges_of
    from training.drift.shift import shift

    then, now = (sample["normal_less_often_measured"] for sample in samples)
    edges = edges_of(then)
    found = shift(count(edges, then), count(edges, now))
    assert found.verdict == "large"
    assert found.psi_measured < 0.02
    assert bench.evidently(*samples)["normal_less_often_measured"] < bench.THRESHOLD


def test_the_benchmark_says_what_its_contract_asks():
    answer = benchmarks.run("drift", rows=20_000)
    assert answer["equal"], answer
    assert answer["verdicts_that_differ"] == []
    assert answer["rows"] == 20_000
    assert {"bench", "unit", "ours", "peer", "peer_name", "ratio", "tolerance", "peak_rss_mb"} <= set(answer)
    with pytest.raises(InvalidInputError, match="fixed"):
        benchmarks.run("explain", rows=10)
