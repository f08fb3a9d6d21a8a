"""Features of residents at index dates: point in time, in bulk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.feature import Array
from features.store import feature_references, open_store
from features.views import all_features

SECONDS_PER_DAY = 86400.0


def history(source: str, index: pd.DataFrame) -> pd.DataFrame:
    """Return every feature as it was known at each index date.

    Parameters
    ----------
    source
        Name of the data source whose feature store is read.
    index
        Columns person_id int64 and index_date (datetime, UTC). Rows may repeat people at several dates.

    Returns
    -------
    pandas.DataFrame
        One row for every row of `index`, in its order and with its pandas index: the features as float64 columns,
        NaN where missing.
    """
    entities = pd.DataFrame(
        {
            "person_id": index["person_id"].to_numpy(),
            "event_timestamp": pd.to_datetime(index["index_date"], utc=True).to_numpy(dtype="datetime64[us]"),
            "row": np.arange(len(index)),
        }
    )
    entities["event_timestamp"] = entities["event_timestamp"].dt.tz_localize("UTC")
    # A record that became known only after the index date must not be seen, however early it is dated.
    job = open_store(source).get_historical_features(
        entity_df=entities, features=feature_references(), filter_by_created_timestamp=True
    )
    stored = job.to_df().sort_values("row", kind="stable", ignore_index=True)
    if len(stored) != len(index):
        raise AssertionError(f"Feast returned {len(stored)} rows for {len(index)} index dates")
    columns = {name: stored[name].to_numpy(dtype=np.float64) for name in map(str, stored) if name not in entities}
    features = at_index(columns, index_days(index["index_date"]))
    return pd.DataFrame(features, index=index.index)


def at_index(stored: dict[str, Array], days: Array) -> dict[str, Array]:
    """Turn stored states into features at the index date; bulk and online both pass through here.

    Parameters
    ----------
    stored
        `<feature>` and `<feature>_day`, float64 (n,), as the state tables hold them.
    days
        Index dates, float64 (n,), days since 1970.
    """
    return {
        name: feature.taken.at_index(stored[name], stored[f"{name}_day"], days)
        for name, feature in all_features().items()
    }


def index_days(dates: pd.Series[pd.Timestamp]) -> Array:
    """Return dates as float64 days since 1970."""
    moments = pd.to_datetime(dates, utc=True).to_numpy(dtype="datetime64[us]")
    return moments.astype(np.int64) / (SECONDS_PER_DAY * 1e6)
