"""Whether a cell of any table is wrong, by what the detectors say of it."""

from models.cell_model import CellModel
from models.quality import CONTEXT, JOINED, detectors

MODEL = CellModel(
    name="wrong_cell",
    title="Wrong cell of a table",
    title_zh="表格单元格错误",
    features=(JOINED, *detectors(), *CONTEXT),
    threshold=0.5,
)
