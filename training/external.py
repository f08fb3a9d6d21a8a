"""External validation: what a champion, as it is, says of the people of another source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.sources import Source
from models.bundle import Bundle
from models.risk_model import RiskModel
from training.capacity import at_capacity
from training.cohort import build_cohort
from training.evaluation import before_and_after, repeats_for
from training.metrics import c_index, evaluate
from training.subgroups import subgroup_figures, worst
from training.validation import published_risk


def external_figures(model: RiskModel, bundle: Bundle, source: Source, *, seed: int = 0) -> dict[str, Any]:
    """Return the figures of `bundle` on `source`.

    Returns
    -------
    dict
        Those of `training.evaluation.evaluation` that do not need a fit, and observed_expected and
        calibration_slope recalibrated in the large and in both (`..._recalibrated_in_the_large`, `..._recalibrated`;
        each half of the people by the other half); `absent`, the features that nobody there has.
    """
    cohort = build_cohort(source, model)
    features = {str(name): cohort.features[name].to_numpy(dtype=np.float64) for name in cohort.features}
    risk = bundle.risk(features)
    horizon, weight = model.horizon_years, cohort.weight
    validation = pd.concat(
        [
            pd.DataFrame({"time": cohort.time, "status": cohort.status, "weight": weight, "risk": risk}),
            cohort.groups,
        ],
        axis=1,
    )
    figures = evaluate(
        cohort.time, cohort.status, risk, horizon, person=cohort.person, repeats=repeats_for(len(risk)), seed=seed,
        thresholds=model.thresholds, weights=weight,
    )  # fmt: skip
    published = published_risk(model, cohort)
    subgroups = subgroup_figures(validation, horizon)
    furthest = worst(subgroups)
    recalibrated = before_and_after(cohort.time, cohort.status, risk, horizon, weight, cohort.person)
    ranked = None if np.isnan(published).any() else c_index(cohort.time, cohort.status, published, horizon, weight)
    return (
        {
            "model": model.name,
            "kind": model.kind,
            "trained_on": bundle.data_source,
            "data_source": source.name,
            "synthetic": source.synthetic,
            "horizon_years": horizon,
            "published_score": model.published_score,
            "c_index_published": ranked,
            "absent": [name for name in model.features if np.isnan(features[name]).all()],
        }
        | figures
        | {name: value for name, value in recalibrated.items() if name not in figures}
        | {
            "worst_subgroup_oe": furthest["observed_expected"] if furthest else None,
            "subgroups": subgroups,
            "capacity": at_capacity(cohort.time, cohort.status, risk, horizon, weight),
            "flow": cohort.flow,
        }
    )
