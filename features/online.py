"""Features of a few residents now: the online rows, through Feast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from features.store import feature_references, open_store
from features.views import all_features


def online(source: str, person_ids: Sequence[int], now: datetime) -> pd.DataFrame:
    """Return the current features of the named residents.

    Parameters
    ----------
    person_ids
        Pseudonyms; unknown ones come back with every stored value missing (see `known`).
    now
        The index date.

    Returns
    -------
    pandas.DataFrame
        float64 features, one row a resident in the order asked, indexed by person_id.
    """
    answer = open_store(source).get_online_features(
        features=feature_references(), entity_rows=[{"person_id": int(person)} for person in person_ids]
    )
    found = answer.to_dict()
    columns = {name: np.array(found[name], dtype=np.float64) for name in all_features()}
    return pd.DataFrame(columns, index=pd.Index(person_ids, name="person_id"))


def known(features: pd.DataFrame) -> pd.Series[bool]:
    """Return for each row whether the store knows the resident at all: nobody lacks every required feature."""
    required = [name for name, feature in all_features().items() if feature.required]
    return features[required].notna().any(axis=1)
