"""Feast's online store over packed rows: one row a resident instead of one a resident, view and feature.

Named in Feast's configuration by its class path; `features.online_config` writes that configuration. What Feast's
interface leaves open is settled so:

- Each view of a row keeps its own event timestamp. A write of one view replaces that view's columns only, and only
  where its event timestamp is not older than the stored one; created timestamps are not compared.
- Values are kept as float64, and NaN is "missing": a NaN that is written comes back as Feast's null.
- The only join key is `person_id`, an integer: rows of different kinds of entities would mix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from feast import Entity, FeatureView, RepoConfig
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import FeastConfigBaseModel
from feast.value_type import ValueType
from numpy.typing import NDArray

from features.errors import InvalidInputError
from features.packed_layout import view_of
from features.packed_rows import PackedRows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
JOIN_KEY = "person_id"
EXACT = 2**53  # whole numbers beyond it are not all float64
# The feature types that fit a float64, and how one is given back as Feast's message.
MESSAGES: dict[ValueType, Callable[[float], Value]] = {
    ValueType.DOUBLE: lambda number: Value(double_val=number),
    ValueType.FLOAT: lambda number: Value(float_val=number),
    ValueType.INT64: lambda number: Value(int64_val=int(number)),
    ValueType.INT32: lambda number: Value(int32_val=int(number)),
    ValueType.BOOL: lambda number: Value(bool_val=bool(number)),
}
NUMERIC = {"double_val", "float_val", "int64_val", "int32_val", "bool_val"}
MISSING = Value()


class PackedOnlineStoreConfig(FeastConfigBaseModel):
    """Feast's configuration of the store."""

    type: Literal["features.packed_online.PackedOnlineStore"] = "features.packed_online.PackedOnlineStore"
    """Class path of the store."""

    path: str = "data/online.db"
    """The SQLite file; a relative path starts at the folder of feature_store.yaml."""


class PackedOnlineStore(OnlineStore):
    """Feast's view of the packed rows; see `OnlineStore` for the parameters."""

    def __init__(self) -> None:
        self._open: dict[Path, PackedRows] = {}

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[tuple[EntityKey, dict[str, Value], datetime, datetime | None]],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Write one view of some rows.

        Raises
        ------
        InvalidInputError
            If a value is not a number that a float64 holds exactly, or a key is not one whole number.
        """
        names = [feature.name for feature in table.features]
        values = np.array([[_number(row.get(name, MISSING)) for name in names] for _, row, _, _ in data])
        moments = np.array([_moment(moment) for _, _, moment, _ in data], dtype=np.int64)
        self._rows(config).write(
            _people([key for key, _, _, _ in data]), values.reshape(len(data), len(names)), moments, _columns(table)
        )
        if progress:
            progress(len(data))

    def online_read(
        self,
        config: RepoConfig,
        table: FeatureView,
        entity_keys: list[EntityKey],
        requested_features: list[str] | None = None,
    ) -> list[tuple[datetime | None, dict[str, Value] | None]]:
        """Return event timestamp and values of one view, (None, None) for residents that it does not know."""
        types = {feature.name: feature.dtype.to_value_type() for feature in table.features}
        names = list(requested_features or types)
        found, moments, values = self._rows(config).read(
            _people(entity_keys), [f"{table.name}:{name}" for name in names]
        )
        columns = [_messages(values[:, place], types[name]) for place, name in enumerate(names)]
        rows = zip(*columns, strict=True)
        return [
            (EPOCH + int(moment) * MICROSECOND, dict(zip(names, row, strict=True))) if known else (None, None)
            for known, moment, row in zip(found, moments, rows, strict=True)
        ]

    def update(
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],
        entities_to_delete: Sequence[Entity],
        entities_to_keep: Sequence[Entity],
        partial: bool,
    ) -> None:
        """Lay the rows out for the views that Feast has now.

        Raises
        ------
        InvalidInputError
            If a view has a feature that is not a number, or another key than person_id.
        """
        for table in tables_to_keep:
            _check(table)
        declared = {table.name: _columns(table) for table in tables_to_keep}
        gone = {table.name for table in tables_to_delete}

        def change(stored: Sequence[str]) -> list[str]:
            layout: dict[str, list[str]] = {}
            for column in stored:
                view = view_of(column)
                if view not in gone and (partial or view in declared):
                    layout.setdefault(view, [])
                    # In the stored order: Feast does not keep that of a schema it copies, and to lay all rows out
                    # anew for nothing else would be dear.
                    layout[view] += [column] if column in declared.get(view, [column]) else []
            for view, columns in declared.items():
                layout[view] = list(dict.fromkeys(layout.get(view, []) + columns))
            return [column for columns in layout.values() for column in columns]

        rows = self._rows(config)
        if change(rows.columns if rows.path.exists() else ()):
            rows.lay_out(change)
        else:
            rows.remove()

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Entity]) -> None:
        """Delete the file."""
        self._rows(config).remove()

    def _rows(self, config: RepoConfig) -> PackedRows:
        path = Path(config.repo_path or ".", config.online_store.path)
        if path not in self._open:
            self._open[path] = PackedRows(path)
        return self._open[path]


def _columns(table: FeatureView) -> list[str]:
    return [f"{table.name}:{feature.name}" for feature in table.features]


def _check(table: FeatureView) -> None:
    keys = [(column.name, column.dtype.to_value_type()) for column in table.entity_columns]
    if [name for name, _ in keys] != [JOIN_KEY] or keys[0][1] not in {ValueType.INT64, ValueType.INT32}:
        raise InvalidInputError(
            f"Feature view '{table.name}' has the keys {', '.join(f'{n} ({t.name})' for n, t in keys) or 'none'}. "
            f"The packed online store keeps one row for each whole-number {JOIN_KEY}: give the view an entity with "
            f"the join key {JOIN_KEY} of type INT64, or set SANZAO_ONLINE_STORE to a Valkey or Redis server."
        )
    wrong = [feature.name for feature in table.features if feature.dtype.to_value_type() not in MESSAGES]
    if wrong:
        raise InvalidInputError(
            f"Feature view '{table.name}' has features that are not numbers: {', '.join(wrong)}. The packed online "
            f"store holds {', '.join(sorted(kind.name for kind in MESSAGES))}: encode them as numbers, or set "
            "SANZAO_ONLINE_STORE to a Valkey or Redis server."
        )


def _people(keys: Sequence[EntityKey]) -> NDArray[np.int64]:
    people = []
    for key in keys:
        (value,) = key.entity_values if len(key.entity_values) == 1 else (MISSING,)
        field = value.WhichOneof("val")
        if field not in {"int64_val", "int32_val"}:
            raise InvalidInputError(
                f"An online row has one whole number as its key, not {len(key.entity_values)} values ({field}). "
                f"Pass {JOIN_KEY} as int64."
            )
        people.append(getattr(value, field))
    return np.array(people, dtype=np.int64)


def _number(value: Value) -> float:
    field = value.WhichOneof("val")
    if field is None or field == "null_val":
        return float("nan")
    if field not in NUMERIC:
        raise InvalidInputError(f"A value came as {field}; online rows hold {', '.join(sorted(NUMERIC))} only.")
    number = getattr(value, field)
    if field == "int64_val" and abs(number) > EXACT:
        raise InvalidInputError(f"{number} does not fit a float64 exactly. Online rows hold whole numbers up to 2^53.")
    return float(number)


def _messages(numbers: NDArray[np.float64], kind: ValueType) -> list[Value]:
    message = MESSAGES[kind]
    return [MISSING if math.isnan(number) else message(number) for number in numbers.tolist()]


def _moment(moment: datetime) -> int:
    """Return microseconds since 1970; Feast means UTC where it gives no time zone."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // MICROSECOND
