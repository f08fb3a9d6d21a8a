"""Drift, by examples computed by hand: the index, the distance, what counts as new, and the rule with its reasons."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, norm

from features.errors import InvalidInputError, NotReadyError
from training.drift.calibration import Calibration, known_outcome, newest_complete
from training.drift.grid import POINTS, count, edges_of
from training.drift.ks import LARGE as LARGE_DISTANCE
from training.drift.ks import distance_of_normals, ks
from training.drift.psi import EMPTY, grouped, psi, psi_by_chance
from training.drift.reference import Column, Reference
from training.drift.rule import decide
from training.drift.shift import shift

PROJECT = Path(__file__).resolve().parents[2]
NAN = float("nan")


def of(reference, current):
    edges = edges_of(reference)
    return shift(count(edges, reference), count(edges, current))


def test_psi_of_three_groups_computed_by_hand():
    # Shares 0.5, 0.3, 0.2 become 0.4, 0.3, 0.3.
    assert psi([50, 30, 20], [40, 30, 30]) == pytest.approx(0.1 * log(0.5 / 0.4) + 0.1 * log(0.3 / 0.2))
    assert psi([5, 3, 2], [400, 300, 300]) == pytest.approx(0.062861, abs=1e-6)


def test_an_empty_group_counts_as_a_ten_thousandth_and_one_empty_in_both_not_at_all():
    assert psi([50, 50, 0], [50, 0, 0]) == pytest.approx(0.5 * log(2) + (0.5 - EMPTY) * log(0.5 / EMPTY))
    assert np.isnan(psi([0, 0], [1, 2]))
    with pytest.raises(InvalidInputError, match="same groups"):
        psi([1, 2], [1, 2, 3])


def test_what_is_missing_is_a_category_of_its_own():
    found = of([1.0] * 90 + [NAN] * 10, [1.0] * 60 + [NAN] * 40)
    assert found.psi == pytest.approx(0.3 * log(0.9 / 0.6) + 0.3 * log(0.4 / 0.1))
    assert found.psi_measured == 0
    assert (found.missing_then, found.missing_now) == (0.1, 0.4)
    assert found.ks == 0
    assert found.verdict == "large"


def test_a_value_that_the_reference_never_had_stands_alone():
    reference = [1.0, 2.0, 4.0] * 100
    assert of(reference, [1.0, 2.0, 4.0] * 50).psi == 0
    new = of(reference, [1.0, 2.0, 3.0] * 100)  # 3 lies between 2 and 4 and is neither
    assert new.psi == pytest.approx(2 * (1 / 3 - EMPTY) * log(1 / 3 / EMPTY))


def test_a_column_that_was_never_measured_has_no_distance_and_still_a_psi():
    found = of([NAN] * 50, [NAN] * 25 + [1.0] * 25)
    assert np.isnan(found.ks)
    assert found.psi > 1
    assert found.missing_now == 0.5


def test_many_valued_columns_are_cut_into_tenths_of_the_reference():
    values = np.random.default_rng(0).normal(size=20_000)
    edges = edges_of(values)
    assert len(edges) <= 2 * POINTS
    then, _ = grouped(count(edges, values), count(edges, values))
    assert len(then) == 11
    assert then[:10] == pytest.approx(2_000, abs=25)
    # A value that half of the people share is one group, not five.
    values[:10_000] = 0.0
    then, _ = grouped(count(edges_of(values), values), count(edges_of(values), values))
    assert 5 <= len(then) < 10
    assert then.max() >= 10_000


def test_psi_of_shifted_normals_is_the_square_of_their_shift():
    rng = np.random.default_rng(1)
    found = of(rng.normal(size=400_000), rng.normal(0.5, size=400_000))
    assert found.psi == pytest.approx(0.25, rel=0.08)  # ten groups lose a little of the divergence
    assert found.ks == pytest.approx(distance_of_normals(0.25), abs=0.006)
    assert distance_of_normals(0.25) == pytest.approx(2 * norm.cdf(0.25) - 1)
    assert pytest.approx(0.197, abs=0.001) == LARGE_DISTANCE


@pytest.mark.parametrize("values", [7, 300])
def test_distance_is_that_of_scipy_where_the_grid_holds_every_value(values):
    rng = np.random.default_rng(values)
    a, b = rng.integers(0, values, 900).astype(float), rng.integers(0, values + 2, 700) * 0.99
    edges = edges_of(a)
    distance, p_value = ks(count(edges, a), count(edges, b))
    theirs = ks_2samp(a, b, method="asymp")
    assert distance == pytest.approx(theirs.statistic, abs=1e-12)
    assert p_value == pytest.approx(theirs.pvalue, rel=1e-9)


def test_distance_of_a_long_column_is_short_by_a_thousandth_at_most():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=30_000), rng.normal(0.1, 1.1, size=20_000)
    edges = edges_of(a)
    distance, _ = ks(count(edges, a), count(edges, b))
    theirs = ks_2samp(a, b, method="asymp").statistic
    assert theirs - 1 / POINTS <= distance <= theirs + 1e-12


def test_chance_bound_is_kept_by_samples_of_the_same_people():
    rng = np.random.default_rng(2)
    shares, bound = np.full(10, 0.1), psi_by_chance(10, 5_000, 1_000, level=0.95)
    above = [psi(rng.multinomial(5_000, shares), rng.multinomial(1_000, shares)) > bound for _ in range(2_000)]
    assert np.mean(above) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 2_000))


def test_a_large_index_among_few_people_is_chance():
    rng = np.random.default_rng(3)
    reference = rng.normal(size=5_000)
    few = of(reference, rng.normal(size=25))
    assert few.psi > 0.1
    assert few.psi < few.by_chance
    assert few.verdict == "stable"


def test_reference_comes_back_as_it_was_written(tmp_path):
    values = np.random.default_rng(4).normal(size=3_000)
    columns = {}
    for name, column in {"b": values, "a": np.round(values), "never": np.full(3_000, NAN)}.items():
        edges = edges_of(column)
        columns[name] = Column(edges, count(edges, column), count(edges, column[:100]))
    moment = datetime(2024, 1, 2, 3, tzinfo=UTC)
    Reference(columns, moment).save(tmp_path)
    again = Reference.load(tmp_path)
    assert again.moment == moment
    assert list(again.columns) == ["b", "a", "never"]
    for name, column in columns.items():
        for part in ("edges", "cohort", "served"):
            np.testing.assert_array_equal(getattr(again.columns[name], part), getattr(column, part))
    (tmp_path / "reference.parquet").write_bytes(b"PAR1")
    with pytest.raises(NotReadyError, match="sanzao train"):
        Reference.load(tmp_path)


def test_what_is_known_at_the_horizon():
    time = pd.Series([2.0, 2.0, 2.0, 9.0, 9.0])
    status = pd.Series([1, 2, 0, 1, 0])
    assert known_outcome(time, status, 5.0).tolist() == [1, 2, -1, 0, 0]


def cohort(years, events):
    """Return index dates that are so many years before the end of the records, each followed to the end."""
    end = pd.Timestamp("2020-01-01")
    return pd.DataFrame(
        {
            "index_date": [end - pd.Timedelta(days=round(365.25 * year)) for year in years],
            "time": [round(365.25 * year) / 365.25 for year in years],
            "outcome": np.array(events, dtype=np.int8),
        }
    )


def test_newest_complete_horizon_is_a_year_or_as_many_as_hold_enough_events():
    years = np.repeat([2.0, 5.2, 5.9, 6.8, 9.0], 120)
    rows = newest_complete(cohort(years, np.ones(600)), 5.0)
    assert sorted(rows["time"].round(1).unique()) == [5.2, 5.9]  # at 2 years the horizon is not over
    rare = np.zeros(600)
    rare[120:420] = np.arange(300) % 5 == 0  # 48 in the first year of the window, 60 with the second
    assert len(newest_complete(cohort(years, rare), 5.0)) == 480
    exact = newest_complete(cohort([5.0, 2.0], [1, 1]), 5.0)
    assert len(exact) == 1


CALM = shift(np.array([50, 50, 0]), np.array([50, 50, 0]))
SOME, MUCH = replace(CALM, psi=0.15, verdict="moderate"), replace(CALM, psi=0.4, ks=0.3, verdict="large")
HELD = Calibration(
    since=400, first="2010-01-01", last="2010-12-31", index_dates=2_000, events=150, observed_expected=1.05,
    observed_expected_low=0.9, observed_expected_high=1.2, c_index=0.74, c_index_low=0.71, c_index_high=0.77,
    registered_observed_expected=1.0, registered_c_index=0.76,
)  # fmt: skip
FIGURE = re.compile(r"\d[\d.,-]*\d|\d")
NOTHING_NEW = replace(HELD, since=0, observed_expected=NAN, c_index=NAN, c_index_low=NAN, c_index_high=NAN)


def said(*found):
    """Return the reasons in English, once each is seen to give the same figures in Chinese."""
    reasons = decide(*found).reasons
    for reason in reasons:
        assert re.search("[\u4e00-\u9fff]", reason.zh)
        assert sorted(FIGURE.findall(reason.zh)) == sorted(FIGURE.findall(reason.en))
    return [reason.en for reason in reasons]


def test_nothing_that_moved_keeps_the_champion():
    decision = decide(CALM, {"age": CALM, "bmi": SOME, "glucose": CALM}, HELD)
    assert not decision.retrain
    assert decision.reasons == (
        (
            "neither predicted risks nor features shifted much since training, and calibration held",
            "训练之后预测风险与特征均无明显偏移，校准保持良好",
        ),
    )
    assert decision.remarks == (
        ("bmi shifted moderately: PSI 0.15, distance 0.00", "体重指数中度偏移：PSI 0.15，距离 0.00"),
    )
    unjudged = decide(CALM, {"age": CALM}, NOTHING_NEW)
    assert not unjudged.retrain
    assert "no outcome has come in" in unjudged.remarks[0].en


def test_each_part_of_the_rule_retrains_and_says_why():
    assert said(MUCH, {"age": CALM}, HELD) == ["predicted risks shifted: PSI 0.40, distance 0.30"]
    missing = replace(MUCH, missing_then=0.1, missing_now=0.6)
    assert said(CALM, {"age": CALM, "female": CALM, "bmi": missing}, HELD) == [
        "bmi shifted: PSI 0.40, distance 0.30, missing 10% then and 60% now"
    ]
    assert said(CALM, {"age": SOME, "bmi": CALM}, HELD) == ["1 of 2 features shifted at least moderately"]
    high = replace(HELD, observed_expected=1.4, observed_expected_low=1.2, observed_expected_high=1.6)
    (reason,) = said(CALM, {"age": CALM}, high)
    assert reason == (
        "observed/expected is 1.40 (1.20 to 1.60) on 2,000 index dates from 2010-01-01 to 2010-12-31, "
        "allowed is 0.8 to 1.25, registered 1.00"
    )
    worse = replace(HELD, c_index=0.68, c_index_low=0.65, c_index_high=0.71)
    assert "0.080 below the registered 0.760" in said(CALM, {"age": CALM}, worse)[0]


def test_a_figure_whose_interval_reaches_the_allowed_one_does_not_retrain():
    unsure = replace(HELD, observed_expected=1.4, observed_expected_low=0.95, observed_expected_high=1.9)
    assert not decide(CALM, {"age": CALM}, unsure).retrain
    unsure = replace(HELD, c_index=0.68, c_index_low=0.58, c_index_high=0.78)
    assert not decide(CALM, {"age": CALM}, unsure).retrain


def test_a_difference_from_the_cohort_is_told_and_does_not_retrain():
    decision = decide(CALM, {"age": CALM}, HELD, {"age": MUCH})
    assert not decision.retrain
    assert decision.remarks[0].en.startswith("age: people now differ much from the training cohort")


def test_evidently_is_never_imported_where_scores_are_served():
    code = (
        "import sys, pathlib, importlib\n"
        "for path in sorted(pathlib.Path('serving').rglob('*.py')):\n"
        "    if 'migrations' in path.parts: continue\n"  # only Alembic can run them
        "    importlib.import_module('.'.join(path.with_suffix('').parts).removesuffix('.__init__'))\n"
        "import training.drift.commands, training.drift.html_report, training.train, models.bundle\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('evidently', 'plotly')])\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert answer.stdout.strip() == "[]"
    rooms = ("serving", "models", "features", "training")
    naming = [
        path.relative_to(PROJECT).as_posix()
        for room in rooms
        for path in (PROJECT / room).rglob("*.py")
        if "from evidently" in path.read_text() or "import evidently" in path.read_text()
    ]
    assert naming == ["training/drift/html_report.py"]
