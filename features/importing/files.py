"""Raw tables of any kind of file as queries whose columns are all text, so that no value can stop an import."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.contracts._casting import literal, quoted
from features.errors import InvalidInputError
from features.importing.encoding import as_utf8

SUFFIXES = (".parquet", ".csv", ".tsv", ".txt")
DELIMITERS = ",\t;|"
DUCKDB_SUFFIXES = (".duckdb", ".db")


@dataclass(frozen=True)
class RawTable:
    """One table to import.

    Attributes
    ----------
    query
        Query for its rows.
    columns
        Names of its columns as the file spells them.
    encoding
        How the characters of a text file are coded; empty for other files.
    """

    query: str
    columns: tuple[str, ...]
    encoding: str = ""


def raw_table(
    connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path, encoding: str | None = None
) -> RawTable:
    """Return the rows of a Parquet or CSV file.

    Lines of a CSV file that cannot be taken apart are left in the connection's table `reject_errors`.

    Parameters
    ----------
    scratch
        Folder for what is needed for a while.
    encoding
        How a CSV file is coded, see `features.importing.encoding`; None: find out.

    Raises
    ------
    InvalidInputError
        If the file is not there, is of another kind, or is damaged as a whole.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidInputError(f"Cannot import {path.name}: give a file that ends with {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}. Give the path of a Parquet or CSV file.")
    if path.suffix.lower() != ".parquet":
        return _csv(path, *as_utf8(path, scratch, encoding))
    try:
        return _as_text(connection, f"read_parquet({literal(str(path))})")
    except duckdb.Error as error:
        raise InvalidInputError(
            f"Cannot read {path} as Parquet: {str(error).splitlines()[0]} Export it again, or give it as CSV."
        ) from error


def raw_tables(
    connection: duckdb.DuckDBPyConnection, path: Path, wanted: Iterable[str], scratch: Path, encoding: str | None = None
) -> dict[str, RawTable]:
    """Return those of the `wanted` tables (names in lower case) that a folder, a zip of one or a DuckDB file holds.

    The other parameters are those of `raw_table`.

    Raises
    ------
    InvalidInputError
        If `path` is none of these, or holds none of the tables.
    """
    names = set(wanted)
    if path.suffix.lower() in DUCKDB_SUFFIXES and path.is_file():
        found = _database(connection, path, names)
    elif path.suffix.lower() == ".zip" and path.is_file():
        found = _folder(connection, _unpacked(path, names, scratch), names, scratch, encoding)
    elif path.is_dir():
        found = _folder(connection, path, names, scratch, encoding)
    else:
        raise InvalidInputError(
            f"Cannot import {path}: give a folder of Parquet or CSV files, a .zip of such a folder, or a DuckDB file "
            f"({', '.join(DUCKDB_SUFFIXES)}) that is there."
        )
    if not found:
        raise InvalidInputError(f"{path} holds none of the tables {', '.join(sorted(names))}.")
    return found


def _folder(
    connection: duckdb.DuckDBPyConnection, folder: Path, names: set[str], scratch: Path, encoding: str | None
) -> dict[str, RawTable]:
    files = {
        path.stem.lower(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.stem.lower() in names
    }
    return {name: raw_table(connection, path, scratch, encoding) for name, path in files.items()}


def _unpacked(path: Path, names: set[str], scratch: Path) -> Path:
    target = scratch / "unpacked"
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                inner = Path(entry.filename)
                if inner.suffix.lower() in SUFFIXES and inner.stem.lower() in names:
                    archive.extract(entry, target)
    except zipfile.BadZipFile as error:
        raise InvalidInputError(f"{path} is not a zip file, or is damaged: {error}. Pack it again.") from error
    target.mkdir(exist_ok=True)
    return target


def _database(connection: duckdb.DuckDBPyConnection, path: Path, names: set[str]) -> dict[str, RawTable]:
    try:
        connection.execute(f"ATTACH {literal(str(path))} AS given (READ_ONLY)")
    except duckdb.Error as error:
        raise InvalidInputError(f"Cannot open {path} as a DuckDB file: {str(error).splitlines()[0]}") from error
    listed = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'given' ORDER BY ALL"
    ).fetchall()
    return {
        table.lower(): _as_text(connection, f"given.{quoted(schema)}.{quoted(table)}")
        for schema, table in listed
        if table.lower() in names
    }


def _as_text(connection: duckdb.DuckDBPyConnection, rows: str) -> RawTable:
    columns = tuple(name for name, *_ in connection.execute(f"DESCRIBE FROM {rows}").fetchall())
    texts = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in columns)
    return RawTable(f"SELECT {texts} FROM {rows}", columns)


def _csv(given: Path, path: Path, encoding: str) -> RawTable:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = lines.readline()
    delimiter = max(DELIMITERS, key=first.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    if not any(names) or len({name.lower() for name in names}) < len(names):
        raise InvalidInputError(
            f"The first line of {given} must name every column, each name once; it is: {first[:200]!r}"
        )
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    query = (
        f"SELECT * FROM read_csv({literal(str(path))}, columns = {{{columns}}}, delim = {literal(delimiter)}, "
        "quote = '\"', escape = '\"', header = true, auto_detect = false, store_rejects = true)"
    )
    return RawTable(query, tuple(names), encoding)
