"""Deep trees as a form of a model, for the few that serve where tables are clearly worse.

They are kept as LightGBM's own text and scored by LightGBM itself. Nobody can read them, and their contributions
(`pred_contrib`: path-dependent TreeSHAP, exact, adding up to the raw score) cost a hundred times a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import InvalidInputError
from models.tables import Array, DamagedTablesError, named_columns

if TYPE_CHECKING:
    import lightgbm


@dataclass(frozen=True)
class DeepForm:
    """A LightGBM booster with the names of its columns in the order of training."""

    features: tuple[str, ...]
    text: str

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The booster itself.

        Raises
        ------
        DamagedTablesError
            If the text is not that of a booster over these features.
        """
        import lightgbm

        try:
            found = lightgbm.Booster(model_str=self.text)
        except lightgbm.basic.LightGBMError as error:
            raise DamagedTablesError(
                f"The stored trees of this model are damaged ({error}). Train it again."
            ) from error
        if tuple(found.feature_name()) != self.features:
            raise DamagedTablesError("The stored trees of this model are of other features. Train it again.")
        return found

    def raw(self, columns: Mapping[str, Array]) -> Array:
        """Return the raw score of each row (n,), as `TableForm.raw`."""
        matrix = self._matrix(columns)
        return np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64).reshape(-1)

    def contributions(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Return what each feature adds to the raw score of each row, (n,) by name, against the mean of training."""
        matrix = self._matrix(columns)
        shares = np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1), dtype=np.float64)
        return {name: shares[:, place] for place, name in enumerate(self.features)}

    def _matrix(self, columns: Mapping[str, Array]) -> Array:
        given = named_columns(columns, self.features)
        matrix = np.column_stack(list(given.values()))
        if not len(matrix):
            raise InvalidInputError("There is no row to score.")
        return matrix

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads."""
        return {"features": list(self.features), "trees": self.text}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> DeepForm:
        """Read what `to_dict` wrote.

        Raises
        ------
        DamagedTablesError
            If the trees are damaged.
        """
        form = cls(tuple(content["features"]), content["trees"])
        _ = form.booster  # damage is found when a model is loaded, not when somebody asks it
        return form
