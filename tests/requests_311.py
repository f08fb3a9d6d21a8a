"""Made-up service requests in the shape of Baltimore's file, in which there is something to learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

MOMENT = "%m/%d/%Y %I:%M:%S %p"
END = pd.Timestamp("2019-02-13 16:00:00")


def made_up(count: int, seed: int) -> pd.DataFrame:
    """Return `count` requests as the file has them: slow types, a late department, some open, some without a limit."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 8, count)
    created = pd.Timestamp("2017-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 770 * 86400, count)), unit="s")
    night = created.hour.to_numpy() < 8
    hours = np.exp(rng.normal(0.8 + 0.4 * kind + 2.0 * night, 0.6))
    allowed = 24.0 * (1 + kind)
    closed = created + pd.to_timedelta((hours * 3600).astype(int), unit="s")
    due = created + pd.to_timedelta((allowed * 3600).astype(int), unit="s")

    def text(moments: pd.DatetimeIndex, missing: np.ndarray) -> pd.Series[str]:
        return pd.Series(moments.strftime(MOMENT)).mask(missing)

    return pd.DataFrame(
        {
            "SRType": [f"type {number}" for number in kind],
            "Agency": [f"agency {number // 3}" for number in kind],
            "Neighborhood": pd.Series([f"place {number}" for number in rng.integers(0, 5, count)]).mask(
                rng.random(count) < 0.05
            ),
            "MethodReceived": rng.choice(["Phone", "API"], count),
            "CreatedDate": text(created, np.zeros(count, dtype=bool)),
            "DueDate": text(due, rng.random(count) < 0.03),
            "CloseDate": text(closed, np.asarray(closed > END) | (rng.random(count) < 0.02)),
        }
    )


def write_requests(folder: Path, count: int = 900, seed: int = 1) -> Path:
    """Write made-up requests where the source looks for them, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made_up(count, seed).to_csv(folder / "service_requests.csv", index=False)
    return folder


def as_contract(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the requests as the contract has them."""
    moments = {
        name: pd.to_datetime(frame[column], format=MOMENT, utc=True).dt.as_unit("us")
        for name, column in (("created_at", "CreatedDate"), ("due_at", "DueDate"), ("closed_at", "CloseDate"))
    }
    names = {"request_type": "SRType", "department": "Agency", "township": "Neighborhood", "channel": "MethodReceived"}
    table = pd.DataFrame({name: frame[column] for name, column in names.items()} | moments)
    return table.assign(service_request_id=np.arange(1, len(table) + 1), known_at=table["created_at"])
