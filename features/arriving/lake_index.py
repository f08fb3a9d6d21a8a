"""What a check must know of the lake without opening it: which keys it has, and who lives with whom.

<state>/<source>/lake_index/<table>-<part>.npy   sorted key numbers of a table; a key lies in part number % parts
<state>/<source>/lake_index/homes.npy            members of households (see `HOME`), by household, then resident
<state>/<source>/lake_index/manifest.json        the lake it was made from, up to which batch of the journal that was
                                                 folded, and the parts of each table

Files are mapped into memory: a check touches a few pages of them, and all processes share one copy. A table whose key
is one whole number is indexed by that number; other keys by a 64-bit hash, so that a hit has to be looked at in the
lake itself, which a hit has to be anyway.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.contracts import TableContract, contracts
from features.lake.reading import lake_manifest, lake_path, part_files
from features.settings import settings
from features.staging import code_fingerprint, exclusive, read_manifest, staged_folder

KEYS_A_PART = 8_000_000
CODE = ("features/arriving/lake_index.py",)
# `usable`: from when on, in microseconds since 1970, the membership both holds and is known.
HOME = np.dtype([("household", "<i8"), ("person", "<i8"), ("usable", "<i8")])
NO_MEMBER = np.iinfo(np.int64).max


def index_path(source: str) -> Path:
    """Return the folder of a source's index."""
    return settings().source_state(source) / "lake_index"


def _build_index(source: str) -> dict[str, Any]:
    """Write the index of a source's lake unless one of the same lake is there; return its manifest."""
    lake = lake_manifest(source)
    asked = {"lake": lake["fingerprint"], "folded": lake.get("folded", 0), "code": code_fingerprint(*CODE)}
    existing = read_manifest(index_path(source))
    if existing and {name: existing.get(name) for name in asked} == asked:
        return existing
    parts: dict[str, int] = {}
    manifest = {**asked, "parts": parts}
    tables = lake_path(source) / lake.get("folder", "")
    with staged_folder(index_path(source), manifest) as folder:
        for contract in contracts().values():
            parts[contract.name] = _write_keys(contract, part_files(tables / contract.name, None), folder)
        homes = [home_rows(pq.read_table(file)) for file in part_files(tables / "household_member", None)]
        found = np.concatenate([np.empty(0, HOME), *homes])
        found = found[found["usable"] != NO_MEMBER]
        np.save(folder / "homes.npy", found[np.lexsort((found["person"], found["household"]))])
    return manifest


def _write_keys(contract: TableContract, files: list[Path], folder: Path) -> int:
    rows: int = sum(pq.read_metadata(file).num_rows for file in files)
    parts = -(-rows // KEYS_A_PART)
    paths = [folder / f"{contract.name}-{part}.npy" for part in range(parts)]
    for file in files:
        numbers = key_numbers(contract, pq.read_table(file, columns=list(contract.key)))
        for part, path in enumerate(paths):
            with path.open("ab") as sink:
                sink.write(numbers[numbers % parts == part].tobytes())
    for path in paths:
        np.save(path, np.sort(np.fromfile(path, dtype=np.int64)))
    return parts


def key_numbers(contract: TableContract, rows: pa.Table) -> NDArray[np.int64]:
    """Return the number under which the key of each row is indexed, (n,)."""
    columns = [rows[name] for name in contract.key]
    if len(columns) == 1 and pa.types.is_integer(columns[0].type):
        numbers: NDArray[np.int64] = columns[0].to_numpy()
        return numbers
    mixed = np.zeros(rows.num_rows, dtype=np.uint64)
    for column in columns:
        values = column.to_numpy(zero_copy_only=False)
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) ^ pd.util.hash_array(values, categorize=False)
    return mixed.view(np.int64)


def home_rows(rows: pa.Table) -> NDArray[np.void]:
    """Return the members of households in rows of `household_member`; who lives in an institution is `NO_MEMBER`."""
    known, begun = (rows[name].cast(pa.int64()).to_numpy() for name in ("known_at", "member_from"))
    homes = np.empty(rows.num_rows, HOME)
    homes["household"], homes["person"] = rows["household_id"].to_numpy(), rows["person_id"].to_numpy()
    alike = np.array([role != "collective" for role in rows["role"].to_pylist()], dtype=np.bool_)
    homes["usable"] = np.where(alike, np.maximum(known, begun), NO_MEMBER)
    return homes


class LakeIndex:
    """The index of a source's lake, opened; it is built first where it is missing.

    Attributes
    ----------
    folded
        The newest batch of the journal whose keys are in it.
    """

    def __init__(self, source: str) -> None:
        folder = index_path(source)
        # Processes that start at once wait for the first; and none opens a file of one index and a file of the next.
        with exclusive(folder.with_name("indexing"), "indexing the lake", wait=True):
            manifest = _build_index(source)
            self.folded = int(manifest["folded"])
            self.homes: NDArray[np.void] = np.load(folder / "homes.npy", mmap_mode="r")
            self._parts: dict[str, list[NDArray[np.int64]]] = {
                table: [np.load(folder / f"{table}-{part}.npy", mmap_mode="r") for part in range(parts)]
                for table, parts in manifest["parts"].items()
            }

    def has(self, contract: TableContract, rows: pa.Table) -> NDArray[np.bool_]:
        """Return which rows have a key that the lake (by its number) has too, (n,)."""
        numbers = key_numbers(contract, rows)
        found = np.zeros(len(numbers), dtype=np.bool_)
        parts = self._parts.get(contract.name, [])
        for part in np.unique(numbers % len(parts)) if parts else ():
            mine = numbers % len(parts) == part
            keys = parts[int(part)]
            if len(keys):
                place = np.minimum(np.searchsorted(keys, numbers[mine]), len(keys) - 1)
                found[mine] = keys[place] == numbers[mine]
        return found
