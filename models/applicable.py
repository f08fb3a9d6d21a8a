"""Whom a model speaks of: the cohort rule, applied to people as they are at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.risk_model import RiskModel


def applicable(model: RiskModel, features: Mapping[str, Any] | pd.DataFrame) -> NDArray[np.bool_]:
    """Return who is at risk under the model's cohort rule, (n,).

    Parameters
    ----------
    features
        Columns (n,) by name, among them age, female and the conditions of the rule; a data frame does as well.
    """
    low, high = model.cohort.age
    age = np.asarray(features["age"])
    at_risk: NDArray[np.bool_] = (age >= low) & (age <= high)
    if model.cohort.sex:
        at_risk &= np.asarray(features["female"]) == (model.cohort.sex == "women")
    for condition in model.cohort.free_of:
        at_risk &= np.asarray(features[condition]) == 0
    return at_risk
