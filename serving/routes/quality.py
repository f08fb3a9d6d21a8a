"""Tables whose cells are looked through: which are probably wrong, why, and what should stand there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from features.contracts import contracts
from features.errors import InvalidInputError, UnknownNameError
from models.cell_model import get_cell_model
from models.quality import CellTable
from serving.access import needs
from serving.asked import PROBLEMS
from serving.cells import CellChampions, suspicious

router = APIRouter(prefix="/v1/score/cells", responses=PROBLEMS, dependencies=[needs("quality")])

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, MOST_LETTERS = 10_000, 100, 100_000, 500

Text = Annotated[str, Field(max_length=MOST_LETTERS)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=-(2**63), le=2**63)]
Value = bool | Whole | Number | Text | None


class CellRequest(BaseModel):
    """A table as rows; a row that lacks a column is empty there."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "rows": [
                        {"township": "Haimen", "postcode": "318000"},
                        {"township": "Haimen", "postcode": "318000"},
                        {"township": "Haimen", "postcode": "31800O"},
                    ],
                    "threshold": 0.5,
                }
            ]
        },
    )

    rows: list[dict[Text, Value]] = Field(min_length=1, max_length=MOST_ROWS)
    contract: Text | None = Field(default=None, description="name of the table contract that the rows should meet")
    model: Text = Field(default="wrong_cell", description="name of the cell model")
    threshold: float = Field(default=0.5, ge=0, le=1, description="least probability that is reported")
    limit: int = Field(default=1000, ge=1, le=5000, description="most cells that are reported, likeliest first")


class CellReason(BaseModel):
    """What one detector says against a cell."""

    detector: str
    title: str
    title_zh: str
    score: float = Field(description="the detector's own chance that the cell is wrong")
    text: str
    text_zh: str


class CellOut(BaseModel):
    """One cell that is probably wrong."""

    row: int = Field(description="position in `rows`, from 0")
    column: str
    value: str
    probability: float
    suggestion: str | None = Field(description="the value that should stand there, where one is known")
    reasons: list[CellReason]


class CellAnswer(BaseModel):
    """The suspicious cells of the table that was sent; nothing of it is kept."""

    model: str
    version: int | None = Field(description="null: nothing was trained, the detectors answer without labels")
    trained_on: str | None = Field(description="whose tables the model was trained on")
    rows: int
    columns: int
    suspicious: int = Field(description="cells at or above the threshold, reported or not")
    cells: list[CellOut]


async def champions_of(request: Request) -> dict[str, CellChampions]:
    """Return what follows the champions of cell models in this process, by model name."""
    state = request.app.state
    if not hasattr(state, "cell_champions"):
        state.cell_champions = {}
    found: dict[str, CellChampions] = state.cell_champions
    return found


@router.post("")
def score_cells(request: CellRequest, following: Annotated[dict[str, Any], Depends(champions_of)]) -> CellAnswer:
    """Look through a table, against its contract or against none, and report its suspicious cells."""
    model = get_cell_model(request.model)
    if request.contract is not None and request.contract not in contracts():
        raise UnknownNameError("table contract", request.contract, contracts())
    table = _table(request)
    champion = following.setdefault(model.name, CellChampions(model)).champion()
    contract = contracts()[request.contract] if request.contract else None
    count, cells = suspicious(model, champion, table, contract, request.threshold, request.limit)
    return CellAnswer(
        model=model.name,
        version=champion.version if champion else None,
        trained_on=champion.bundle.notice if champion else None,
        rows=table.rows,
        columns=len(table.columns),
        suspicious=count,
        cells=[CellOut(**asdict(cell)) for cell in cells],
    )


def _table(request: CellRequest) -> CellTable:
    """Return the rows as a table.

    Raises
    ------
    InvalidInputError
        If there are too many columns or cells, or none at all.
    """
    names = list(dict.fromkeys(name for row in request.rows for name in row))
    cells = len(names) * len(request.rows)
    if len(names) > MOST_COLUMNS or cells > MOST_CELLS:
        raise InvalidInputError(
            f"The table has {len(request.rows):,} rows, {len(names):,} columns and {cells:,} cells; at most "
            f"{MOST_COLUMNS} columns and {MOST_CELLS:,} cells are looked through at once.",
            [{"field": "rows", "value": cells, "allowed": f"at most {MOST_CELLS:,} cells", "fix": "send it in parts"}],
        )
    columns = {name: [row.get(name) for row in request.rows] for name in names}
    return CellTable.of(columns)
