"""Service requests of Baltimore, 2014-19: 10,000 requests to the city's 311 line, drawn from all of them.

Open data of the City of Baltimore, one CSV file, not part of this repository: it is read from the folder that
SANZAO_BALTIMORE311 names. There are no residents here, only requests: what learns from this source are event models.

What had to be assumed, and what to beware of:

- The file says no time zone. Its moments are kept as they are written, as the contract keeps every moment without a
  zone; hours that span a change to or from summer time are off by one.
- One request in seven is dated to the day only (its moment is a full hour, 19:00 or 20:00, midnight UTC), and many of
  these are closed at the moment of their creation: they are entered when the work is done.
- 208 requests are open and 286 have no due moment. An open request is censored on the day on which the file ends; one
  without a due moment can be neither late nor in time. How long is allowed depends on the type alone.
- Duplicates and transfers are closed requests like all others: at the moment of creation nobody knows them for it.
- The area is the neighbourhood. Coordinates are rounded to whole degrees in part, one zip code is two; neither is
  taken over. `Outcome` is empty, and `SRStatus` and `StatusDate` are of later: no feature may see them.
- The number of a request is no whole number there, so requests are numbered by their place in the file.
- The file is a draw: numbers of open or recent requests are those of the draw, not of the city.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import NotReadyError
from features.settings import settings
from features.sources._source import Records, Source

FILE = "service_requests.csv"
MOMENT = "%m/%d/%Y %I:%M:%S %p"
AS_OF = datetime(2019, 2, 14, tzinfo=UTC)  # the day after the last moment in the file
COLUMNS = {
    "request_type": "SRType",
    "department": "Agency",
    "township": "Neighborhood",
    "channel": "MethodReceived",
    "created_at": "CreatedDate",
    "due_at": "DueDate",
    "closed_at": "CloseDate",
}


def requests_file(folder: Path | None = None) -> Path:
    """Return the path of the file in `folder`; None: that of the settings.

    Raises
    ------
    NotReadyError
        If it is not there; the message says how to name another folder.
    """
    folder = folder or settings().baltimore311
    path = folder / FILE
    if not path.is_file():
        raise NotReadyError(
            f"The Baltimore service requests are missing: there is no {FILE} in {folder}. Set SANZAO_BALTIMORE311 to "
            "the folder that holds it, or choose another source with --source."
        )
    return path


def requests(folder: Path | None = None) -> pd.DataFrame:
    """Return the requests of the file as the contract `service_request` has them, in the file's order.

    Raises
    ------
    NotReadyError
        If the file is not there or lacks a column.
    """
    path = requests_file(folder)
    raw = pd.read_csv(path, dtype="string")
    if absent := sorted(set(COLUMNS.values()) - set(raw.columns)):
        raise NotReadyError(f"{path} is not the file of Baltimore's service requests: it has no {', '.join(absent)}.")
    table = pd.DataFrame({name: raw[column] for name, column in COLUMNS.items()})
    for name in ("created_at", "due_at", "closed_at"):
        table[name] = pd.to_datetime(table[name], format=MOMENT, utc=True).dt.as_unit("us")
    return table.assign(service_request_id=np.arange(1, len(table) + 1), known_at=table["created_at"])


def fingerprint() -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the file."""
    return hashlib.sha256(requests_file().read_bytes()).hexdigest()[:16]


def load() -> Records:
    """Return the tables by name."""
    return {"service_request": requests()}


SOURCE = Source(
    name="baltimore311",
    title="Baltimore 311, 2014–19",
    title_zh="巴尔的摩311诉求 2014–19",
    notice=(
        "Baltimore 311 (City of Baltimore open data, 2014–19): 10,000 real service requests of an American city, "
        "a draw from all of them. For research and testing."
    ),
    notice_zh="巴尔的摩311（巴尔的摩市开放数据，2014–19年）：美国一城市真实诉求中抽取的一万件。仅供研究与测试。",
    licence="open data of the City of Baltimore",
    synthetic=False,
    as_of=AS_OF,
    landmark_concept="systolic_bp",  # there are no residents, so no index dates either
    outcomes=frozenset(),
    events=frozenset({"late_close_311"}),
    fingerprint=fingerprint,
    load=load,
)
