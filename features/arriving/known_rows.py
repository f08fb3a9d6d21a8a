"""Which rows are known already, which correct one that is, and which contradict one."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arriving.lake_index import LakeIndex
from features.arriving.rows import schema_of
from features.contracts import TableContract
from features.contracts._casting import quoted
from features.lake.reading import connect, parquet_sql, part_files, tables_path
from features.versions import MOMENT, SUPERSEDED, known_of

# By key, what is known at which moment: a digest of the content, and the resident.
Known = dict[str, dict[int, tuple[bytes, int]]]


@dataclass(frozen=True)
class Sifted:
    """What rows are to what is known already.

    Attributes
    ----------
    fresh
        Positions of rows that are new.
    repeated
        How many are there already.
    contradicting
        bool (n,): rows that differ from one of the same key that became known at the same moment.
    added
        Key, moment known, content and resident of the new ones.
    ended
        Which versions no longer count, or will not once the next became known, see `features.journal.superseded`; None
        where no row corrects another.
    """

    fresh: list[int]
    repeated: int
    contradicting: NDArray[np.bool_]
    added: list[tuple[str, int, bytes, int]]
    ended: pa.Table | None


def sift(contract: TableContract, rows: pa.Table, known: Known) -> Sifted:
    """Tell rows apart; `known` is what `known_versions` gives of them, and is added to."""
    fresh, repeated, added = [], 0, []
    contradicting = np.zeros(rows.num_rows, dtype=np.bool_)
    corrected: dict[str, int] = {}
    for place, (key, moment, content, person) in enumerate(named_rows(contract, rows)):
        versions = known.setdefault(key, {})
        if moment not in versions:
            versions[moment] = content, person
            fresh.append(place)
            added.append((key, moment, content, person))
            if len(versions) > 1:
                corrected[key] = place
        elif versions[moment][0] == content:
            repeated += 1
        else:
            contradicting[place] = True
    return Sifted(fresh, repeated, contradicting, added, _ended(contract, rows, known, corrected))


def _ended(contract: TableContract, rows: pa.Table, known: Known, corrected: dict[str, int]) -> pa.Table | None:
    """Return all versions of the corrected keys but the last of each; the key itself is read off one of `rows`."""
    if not corrected:
        return None
    places, persons, moments, untils = [], [], [], []
    for key, place in corrected.items():
        in_order = sorted(known[key])
        for moment, until in pairwise(in_order):
            places.append(place)
            persons.append(known[key][moment][1])
            moments.append(moment)
            untils.append(until)
    keys = rows.select(list(contract.key)).take(pa.array(places))
    told = {
        "person": pa.array(persons, pa.int64()),
        "known": pa.array(moments, pa.int64()),
        "until": pa.array(untils, pa.int64()).cast(MOMENT),
    }
    return pa.table({**{name: keys[name] for name in contract.key}, **told})


def known_versions(
    contract: TableContract, rows: pa.Table, source: str, index: LakeIndex, journal: sqlite3.Connection
) -> Known:
    """Return what lake and journal know under the keys of `rows`."""
    found: Known = {}
    hit = index.has(contract, rows)
    if hit.any():
        for key, moment, content, person in named_rows(
            contract, _in_lake(contract, rows.filter(pa.array(hit)), source)
        ):
            found.setdefault(key, {})[moment] = content, person
    keys = [key for key, *_ in named_rows(contract, rows)]
    query = "SELECT key, known, content, person FROM version WHERE name = ? AND key IN (SELECT value FROM json_each(?))"
    for key, moment, content, person in journal.execute(query, (contract.name, json.dumps(keys))):
        found.setdefault(key, {})[moment] = content, person
    return found


def _in_lake(contract: TableContract, rows: pa.Table, source: str) -> pa.Table:
    """Return all versions in the lake of those rows that have the key of one of `rows`."""
    tables = tables_path(source)
    files = [
        *part_files(tables / contract.name, None),
        *part_files(tables / SUPERSEDED / contract.name, None),
    ]
    keys = ", ".join(map(quoted, contract.key))
    with connect() as connection:
        connection.register("candidates", rows.select(list(contract.key)))
        query = (
            f"SELECT * FROM {parquet_sql(files, ', union_by_name = true')} "
            f"WHERE ({keys}) IN (SELECT ({keys}) FROM candidates)"
        )
        there = connection.execute(query).to_arrow_table()
    return there.select(contract.column_names).cast(schema_of(contract))


def named_rows(contract: TableContract, rows: pa.Table) -> Iterable[tuple[str, int, bytes, int]]:
    """Yield key, moment known, digest of the content, and resident (0 where it is about none) of every row."""
    place = [rows.column_names.index(name) for name in contract.key]
    columns = [_comparable(column) for column in rows.columns]
    moments = known_of(contract, rows).tolist()
    persons = rows["person_id"].to_pylist() if contract.about_residents else [0] * rows.num_rows
    for row, moment, person in zip(zip(*columns, strict=True), moments, persons, strict=True):
        key = "|".join(str(row[at]) for at in place)
        yield key, moment, hashlib.blake2b(repr(row).encode(), digest_size=16).digest(), person


def _comparable(column: pa.ChunkedArray) -> list[object]:
    moments = pa.types.is_timestamp(column.type)
    values: list[object] = (column.cast(pa.int64()) if moments else column).to_pylist()
    return values
