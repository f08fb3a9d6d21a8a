"""Features that know too much: a large gain is a leak until proved otherwise.

Point-in-time features cannot look past their index date. Records can: a code entered on the day of the diagnosis and
dated back, a register that is corrected after the fact. Such a feature gives itself away by ranking people, all alone,
better than any risk factor does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.errors import RefusedError
from models.risk_model import RiskModel
from training.candidates import Sample
from training.metrics.auc import ranked_auc
from training.metrics.followup import dense_ranks

Array = NDArray[np.float64]

# No single established risk factor, age included, reaches this AUC for any disease here; age comes to 0.9 for death
# among adults of all ages. A number of ours, deliberately close above that.
SUSPICIOUS_AUC = 0.95
BINS = 50
SEED = 20_260_601


def refuse_leaks(model: RiskModel, sample: Sample) -> None:
    """Check that no feature alone ranks the outcomes of `sample` better than a risk factor can.

    Raises
    ------
    RefusedError
        Naming each such feature and its AUC, unless the model's declaration names it in `trusted`.
    """
    suspects = {
        name: auc
        for name in model.features
        if name not in model.trusted
        and (auc := lone_auc(sample.columns[name], sample.outcome, sample.weight)) > SUSPICIOUS_AUC
    }
    if suspects:
        listed = ", ".join(f"{name} (AUC {auc:.3f})" for name, auc in suspects.items())
        raise RefusedError(
            f"Model '{model.name}' was not trained: {listed} alone ranks who will have the outcome better than any "
            "risk factor does, so it probably holds what became known only afterwards. Check when its records became "
            "known (`known_at`). If it is right, name it in the model's `trusted`."
        )


def lone_auc(values: Array, outcome: Array, weight: Array) -> float:
    """Return how well the values (n,) of one feature rank the outcome, whatever the shape of the relation.

    Values are put into bins, missing ones into a bin of their own, and each bin is scored by the share of events in it
    among the other half of the rows.
    """
    known = weight > 0
    values, outcome, weight = values[known], outcome[known], weight[known]
    if len(values) < 2 or outcome.min() == outcome.max():
        return 0.5
    seen = values[~np.isnan(values)]
    edges = np.unique(np.quantile(seen, np.linspace(0, 1, BINS + 1)[1:-1])) if len(seen) else np.empty(0)
    bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values))
    half = np.random.default_rng(SEED).random(len(values)) < 0.5
    score = np.empty(len(values))
    for mine in (half, ~half):
        events = np.bincount(bins[~mine], (outcome * weight)[~mine], len(edges) + 2)
        people = np.bincount(bins[~mine], weight[~mine], len(edges) + 2)
        overall = events.sum() / people.sum()
        score[mine] = ((events + overall) / (people + 1.0))[bins[mine]]  # one average person more keeps empty bins sane
    return ranked_auc(dense_ranks(score), outcome, weight)
