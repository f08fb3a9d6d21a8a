"""Every published score for a million people: none may be slower than a million people per second."""

from __future__ import annotations

import resource
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from models.scores import PublishedScore

ROWS, RUNS, CHECKED = 1_000_000, 3, 200
GOAL = 1_000_000.0  # people per second and score
MISSING = 0.02  # share of every column
TOLERANCE = 1e-9

Columns = dict[str, NDArray[np.float64]]

_MEASUREMENTS = {  # lowest and highest value
    "age": (30.0, 80.0),
    "systolic_bp": (90.0, 200.0),
    "diastolic_bp": (50.0, 110.0),
    "bmi": (16.0, 45.0),
    "waist_circumference": (55.0, 130.0),
    "total_cholesterol": (2.5, 9.0),
    "hdl_cholesterol": (0.6, 2.8),
    "creatinine": (40.0, 200.0),
    "egfr": (15.0, 120.0),
    "bilirubin": (4.0, 80.0),
    "albumin": (25.0, 52.0),
    "platelets": (40.0, 400.0),
    "cigarettes_per_day": (1.0, 50.0),
    "smoking_years": (1.0, 50.0),
    "quit_years": (0.0, 30.0),
}
_CODES = {"education_plco": (1, 6), "race_plco": (1, 6), "parental_hypertension": (0, 2)}


def bench() -> dict[str, Any]:
    """Time each score on the same synthetic people; `ours` is the slowest. Its first people are also scored alone."""
    from models.scores import published_scores

    scores = published_scores()
    people = _people(sorted({name for score in scores.values() for name in score.inputs}))
    speeds, equal = {}, True
    for name, score in scores.items():
        answers = _answer(score, people)
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            _answer(score, people)
            seconds.append(time.perf_counter() - start)
        speeds[name] = ROWS / statistics.median(seconds)
        alone = [_answer(score, {key: column[[row]] for key, column in people.items()})[0] for row in range(CHECKED)]
        equal &= np.allclose(answers[:CHECKED], alone, rtol=0, atol=TOLERANCE, equal_nan=True)
    slowest = min(speeds, key=lambda name: speeds[name])
    return {
        "unit": "people/s and score",
        "ours": speeds[slowest],
        "peer": GOAL,
        "peer_name": "goal",
        "ratio": speeds[slowest] / GOAL,
        "equal": bool(equal),
        "tolerance": TOLERANCE,
        "rows": ROWS,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "slowest": slowest,
        "scores": {name: round(speed) for name, speed in sorted(speeds.items(), key=lambda pair: pair[1])},
    }


def _answer(score: PublishedScore, people: Columns) -> NDArray[np.float64]:
    """Return the risks (n,) at the published horizon; the points of a score that gives no risk."""
    return score.log_risk(people) if score.risk is None else score.risk(people, score.horizon_years)


def _people(inputs: list[str]) -> Columns:
    """Return `inputs` of synthetic people, float64 (ROWS,): what is no measurement and no code is yes or no."""
    draw = np.random.default_rng(20231110)
    people: Columns = {}
    for name in inputs:
        if name in _MEASUREMENTS:
            values = draw.uniform(*_MEASUREMENTS[name], ROWS)
        else:
            low, high = _CODES.get(name, (0, 1))
            values = draw.integers(low, high, ROWS, endpoint=True).astype(np.float64)
        values[draw.random(ROWS, dtype=np.float32) < MISSING] = np.nan
        people[name] = values
    return people
