"""External validation: what a champion, as it is, says of the people of another source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from features.sources import Source
from models.bundle import Bundle
from models.risk_model import RiskModel
from training.cohort import build_cohort
from training.evaluation import before_and_after, judged
from training.validation import published_risk


def external_figures(model: RiskModel, bundle: Bundle, source: Source, *, seed: int = 0) -> dict[str, Any]:
    """Return the figures of `bundle` on `source`.

    Returns
    -------
    dict
        Those of `training.evaluation.judged`, and observed_expected and
        calibration_slope recalibrated in the large and in both (`..._recalibrated_in_the_large`, `..._recalibrated`;
        each half of the people by the other half); `absent`, the features that nobody there has.
    """
    cohort = build_cohort(source, model)
    features = {str(name): cohort.features[name].to_numpy(dtype=np.float64) for name in cohort.features}
    risk = bundle.risk(features)
    outcomes = {"person_id": cohort.person, "time": cohort.time, "status": cohort.status, "weight": cohort.weight}
    validation = pd.DataFrame(outcomes | {"risk": risk, "published": published_risk(model, cohort)})
    figures = judged(model, source, validation.join(cohort.groups), seed=seed)
    recalibrated = before_and_after(cohort.time, cohort.status, risk, model.horizon_years, cohort.weight, cohort.person)
    return (
        recalibrated
        | figures
        | {
            "trained_on": bundle.data_source,
            "absent": [name for name in model.features if np.isnan(features[name]).all()],
            "flow": cohort.flow,
        }
    )
