"""The figures by which a model is judged, from its out-of-fold risks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.sources import Source
from models.risk_model import RiskModel
from models.scores import published_scores
from training.metrics import c_index, evaluate

REPEATS = 200  # bootstrap repeats behind every interval


def evaluation(model: RiskModel, source: Source, validation: pd.DataFrame, *, seed: int = 0) -> dict[str, Any]:
    """Return the figures of one model.

    Parameters
    ----------
    validation
        One row an index date: person_id, time, status, risk, refit, deep, published (see `validation_frame`).

    Returns
    -------
    dict
        model, data_source, n, events, horizon_years, c_index, c_index_refit, c_index_published, published_score,
        published_expected (None where the score prints no risk), calibration_slope, observed_expected, ici and the
        rest of `training.metrics.evaluate`, with 95 % intervals as `<name>_low` and `<name>_high`.
    """
    time = validation["time"].to_numpy(dtype=np.float64)
    status = validation["status"].to_numpy(dtype=np.int8)
    horizon = model.horizon_years
    score = published_scores()[model.published_score]

    def ranking(column: str) -> float:
        return c_index(time, status, validation[column].to_numpy(dtype=np.float64), horizon)

    figures = evaluate(
        time,
        status,
        validation["risk"].to_numpy(dtype=np.float64),
        horizon,
        person=validation["person_id"].to_numpy(dtype=np.int64),
        repeats=REPEATS,
        seed=seed,
        thresholds=model.thresholds,
    )
    return {
        "model": model.name,
        "data_source": source.name,
        "synthetic": source.synthetic,
        "horizon_years": horizon,
        "published_score": model.published_score,
        "c_index_refit": ranking("refit"),
        "c_index_published": ranking("published"),
        "c_index_deep": ranking("deep"),
        "published_expected": None if score.risk is None else float(validation["published"].mean()),
    } | figures
