"""Features of residents at index dates: point in time, in bulk, through Feast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.online import feature_references
from features.store import open_store
from features.views import all_features


def history(source: str, index: pd.DataFrame, features: Sequence[str] | None = None) -> pd.DataFrame:
    """Return features as they were known at each index date.

    Parameters
    ----------
    source
        Name of the data source whose feature store is read.
    index
        Columns person_id int64 and index_date (datetime, UTC). Rows may repeat people at several dates.
    features
        Names of the features wanted, None: all of them.

    Returns
    -------
    pandas.DataFrame
        One row for every row of `index`, in its order and with its pandas index: the features as float64 columns,
        NaN where missing.
    """
    if index.empty:  # a source of requests has no residents, and the store no answer for nobody
        return pd.DataFrame(columns=list(features or all_features()), index=index.index, dtype=np.float64)
    entities = pd.DataFrame(
        {
            "person_id": index["person_id"].to_numpy(),
            "event_timestamp": pd.to_datetime(index["index_date"], utc=True).to_numpy(dtype="datetime64[us]"),
        }
    )
    entities["event_timestamp"] = entities["event_timestamp"].dt.tz_localize("UTC")
    # A record that became known only after the index date must not be seen, however early it is dated.
    job = open_store(source).get_historical_features(
        entity_df=entities, features=feature_references(features), filter_by_created_timestamp=True
    )
    found = job.to_arrow()
    columns = {name: found[name].to_numpy() for name in features or all_features()}
    return pd.DataFrame(columns, index=index.index, dtype=np.float64)
