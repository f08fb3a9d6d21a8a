"""How much the records of a simulated city could tell at most: the only reader of the truth, and only to judge.

The true risk of a person knows what no record shows: the disease that nobody has found yet, the frailty of the person
and of the household. No model can rank as well as that. What a model can reach at most is the mean of the true risk
among people with the same records, and that is estimated here: boosted trees of any depth learn the true risk itself,
which has no noise of chance in it as outcomes do, from every feature there is, and predict people they never saw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.sources import Source
from features.views import all_features
from models.risk_model import RiskModel
from training.halves import halves
from training.landmarks import landmarks
from training.metrics import dynamic_auc
from training.metrics.followup import had_event
from training.subgroups import subgroup_figures, worst

Array = NDArray[np.float64]

LEARNED_ROWS, ROUNDS = 60_000, 150


def oracle_figures(source: Source, model: RiskModel, validation: pd.DataFrame, seed: int = 0) -> dict[str, Any]:
    """Return auc_oracle and auc_truth beside the model's own auc on the same rows; empty where nothing is simulated.

    Returns
    -------
    dict
        auc_oracle, the AUC at the horizon that the records allow; auc_truth, that of the true risk itself (of the
        undetected disease itself where the model asks for it); auc_model, the model's; oracle_events;
        worst_subgroup_oe_truth, observed/expected in the model's worst subgroup if the true risk itself is what is
        expected: how far from 1 chance alone has taken that group.
    """
    if source.truth is None:
        return {}
    days = [pd.Timestamp(day) for day in source.landmarks]
    truth = pd.concat([source.truth(model.outcome, day.to_pydatetime()).assign(index_date=day) for day in days])
    truth = truth.rename(columns={"risk": "true_risk"})
    index, features = landmarks(source, list(all_features()))
    placed = index[["person_id", "index_date"]].assign(row=np.arange(len(index)))
    seen = validation.assign(index_date=validation["index_date"].dt.tz_localize("UTC"))
    rows = seen.merge(truth, on=["person_id", "index_date"]).merge(placed, on=["person_id", "index_date"])
    if rows.empty:
        return {}
    # The truth adds up ways to die as if they excluded each other; of a few the sum passes 1.
    target = rows["present" if model.found_by else "true_risk"].clip(0, 1).to_numpy(dtype=np.float64)
    matrix = features.to_numpy(dtype=np.float32)[rows["row"].to_numpy()]
    learned = _learned(matrix, target, rows["person_id"].to_numpy(), seed)
    time, status = rows["time"].to_numpy(dtype=np.float64), rows["status"].to_numpy(dtype=np.int8)
    weight = rows["weight"].to_numpy(dtype=np.float64)

    def auc(risk: Array) -> float:
        return dynamic_auc(time, status, risk, model.horizon_years, weight)

    return {
        "auc_oracle": auc(learned),
        "auc_truth": auc(target),
        "auc_model": auc(rows["risk"].to_numpy(dtype=np.float64)),
        "oracle_events": int(had_event(time, status, model.horizon_years).sum()),
        "worst_subgroup_oe_truth": _truth_where_worst(model, rows.assign(truth=target)),
    }


def _truth_where_worst(model: RiskModel, rows: pd.DataFrame) -> float | None:
    """Return observed over truly expected in the subgroup in which the model is worst.

    None where no subgroup has enough events, or the truth is not a chance of the outcome but who has it undetected.
    """
    if model.found_by:
        return None
    furthest = worst(subgroup_figures(rows, model.horizon_years))
    if furthest is None:
        return None
    truly = subgroup_figures(rows, model.horizon_years, "truth")
    same = (entry for entry in truly if (entry["group"], entry["level"]) == (furthest["group"], furthest["level"]))
    return float(next(same)["observed_expected"])


def _learned(matrix: NDArray[np.float32], target: Array, person: NDArray[np.int64], seed: int) -> Array:
    """Return for each row what the rows of other people teach about its target, (n,)."""
    import lightgbm

    learned = np.zeros(len(target))
    parameters = {
        "objective": "cross_entropy",
        "learning_rate": 0.1,
        "num_leaves": 31,
        "min_data_in_leaf": 100,
        "feature_fraction": 0.4,
        "lambda_l2": 5.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    generator = np.random.default_rng(seed)
    for mine, others in halves(person):
        few = len(others) <= LEARNED_ROWS
        some = others if few else np.sort(generator.choice(others, LEARNED_ROWS, replace=False))
        data = lightgbm.Dataset(matrix[some], label=target[some])
        learned[mine] = np.asarray(lightgbm.train(parameters, data, num_boost_round=ROUNDS).predict(matrix[mine]))
    return learned
