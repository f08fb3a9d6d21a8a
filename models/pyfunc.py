"""The same model for generic MLflow clients (`mlflow models serve`); our own serving reads the bundle directly.

MLflow stores a copy of this file with each version and runs it to load the model; it therefore ends by naming the
model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from models.bundle import BUNDLE_ARTIFACT
from models.kinds import load_bundle


class TableFormModel(PythonModel):
    """Risk, or what else is predicted, from a data frame of features in canonical units, float64, NaN where missing."""

    def load_context(self, context: Any) -> None:
        """Read the bundle that was logged with the model."""
        self.bundle = load_bundle(Path(context.artifacts[BUNDLE_ARTIFACT]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return one column an output (of a resident `risk`), float64, one row for each row of `model_input`."""
        features = {entry.name: model_input[entry.name].to_numpy(dtype=np.float64) for entry in self.bundle.inputs}
        return pd.DataFrame(self.bundle.predict(features), index=model_input.index)


set_model(TableFormModel())
