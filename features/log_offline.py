"""The record log as an offline store of Feast.

Feast's own stores join rows that hold finished feature values. Features over a window change without any new record,
merely because time passes, so no such rows can be stored; this store works the values out at each asked moment.
What is not about the record log (files, saved data sets) is left to Feast's DuckDB store.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from feast.infra.offline_stores.duckdb import DuckDBOfflineStore, DuckDBOfflineStoreConfig
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata

from features.errors import InvalidInputError
from features.log_reading import everybody_at, features_at
from features.plan import plan_for
from features.views import all_features

EVENT_TIMESTAMP = "event_timestamp"


class RecordLogOfflineStoreConfig(DuckDBOfflineStoreConfig):
    """Whose record log it is."""

    type: Literal["features.log_offline.RecordLogOfflineStore"] = "features.log_offline.RecordLogOfflineStore"
    source: str


class RecordLogJob(RetrievalJob):
    """A finished answer."""

    full_feature_names = False
    on_demand_feature_views: list[Any] = []  # noqa: RUF012 - Feast reads it, nobody writes it

    def __init__(self, table: pa.Table, metadata: RetrievalMetadata) -> None:
        self.table = table
        self._metadata = metadata

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:
        return self.table

    def _to_df_internal(self, timeout: int | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self.table.to_pandas()
        return frame

    @property
    def metadata(self) -> RetrievalMetadata:
        """Return which features were asked for."""
        return self._metadata


class RecordLogOfflineStore(DuckDBOfflineStore):
    """Point-in-time features from the record log; see :class:`feast.infra.offline_stores.offline_store.OfflineStore`.

    A record counts only if it was both dated and known by the moment asked, whether or not Feast is told to filter by
    the created timestamp: there is no way to look ahead.
    """

    @staticmethod
    def get_historical_features(
        config: Any, feature_views: Any, feature_refs: list[str], entity_df: pd.DataFrame | str | None, registry: Any,
        project: str, full_feature_names: bool = False, filter_by_created_timestamp: bool = True,
    ) -> RetrievalJob:  # fmt: skip
        """Return the features at each row of `entity_df` (person_id, event_timestamp), its other columns kept."""
        if not isinstance(entity_df, pd.DataFrame):
            raise InvalidInputError("The record log takes index dates as a data frame, not as a query.")
        moments = pd.to_datetime(entity_df[EVENT_TIMESTAMP], utc=True).to_numpy(dtype="datetime64[us]")
        asked = [reference.partition(":")[::2] for reference in feature_refs]
        answer = features_at(
            config.offline_store.source,
            entity_df["person_id"].to_numpy(dtype=np.int64),
            moments.astype(np.int64),
            plan_for(tuple(name for _, name in asked)),
        )
        table = pa.Table.from_pandas(entity_df, preserve_index=False)
        for (view, name), values in zip(asked, answer, strict=False):
            table = table.append_column(f"{view}__{name}" if full_feature_names else name, pa.array(values))
        return RecordLogJob(
            table,
            RetrievalMetadata(feature_refs, list(map(str, entity_df)), moments.min().item(), moments.max().item()),
        )

    @staticmethod
    def pull_all_from_table_or_query(
        config: Any, data_source: Any, join_key_columns: list[str], feature_name_columns: list[str],
        timestamp_field: str, created_timestamp_column: str | None = None, start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> RetrievalJob:  # fmt: skip
        """Return everybody's features at `end_date` (else now): one row a resident, since they hold at a moment."""
        end_date = end_date or datetime.now(UTC)
        moment = round(end_date.timestamp() * 1e6)
        place = {name: row for row, name in enumerate(all_features())}
        parts = []
        for _, persons, answer in everybody_at(config.offline_store.source, moment):
            columns = {name: answer[place[name]] for name in feature_name_columns}
            at = pa.array(np.full(len(persons), moment)).cast(pa.timestamp("us", tz="UTC"))
            parts.append(pa.table({"person_id": persons, **columns, timestamp_field: at}))
        return RecordLogJob(
            pa.concat_tables(parts), RetrievalMetadata(feature_name_columns, ["person_id"], start_date, end_date)
        )

    pull_latest_from_table_or_query = pull_all_from_table_or_query
