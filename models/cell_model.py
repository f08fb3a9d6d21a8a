"""The declaration of a cell model: what is asked of a table's cells, and from what evidence.

It is to cells what `models.risk_model.RiskModel` is to residents: it has a name and features in the order of training,
and its versions are bundles like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from features.errors import UnknownNameError
from features.folder import load_folder


@dataclass(frozen=True)
class CellModel:
    """What is predicted of a cell, from what.

    Attributes
    ----------
    features
        Columns of `models.quality.cell_features`, in the order in which they are trained and served.
    threshold
        Probability from which on a cell is reported as wrong.
    """

    name: str
    title: str
    title_zh: str
    features: tuple[str, ...]
    threshold: float
    entity: str = "cell"


@cache
def cell_models() -> dict[str, CellModel]:
    """Return every declared cell model by name."""
    declared: dict[str, CellModel] = {}
    for module, model in load_folder("models.quality_task", "MODEL").items():
        if module != model.name:
            raise ValueError(f"models/quality_task/{module}.py declares '{model.name}': the file must bear its name")
        declared[model.name] = model
    return declared


def get_cell_model(name: str) -> CellModel:
    """Return the declaration called `name`.

    Raises
    ------
    UnknownNameError
        If there is none; the message offers close matches.
    """
    if name not in cell_models():
        raise UnknownNameError("cell model", name, cell_models())
    return cell_models()[name]
