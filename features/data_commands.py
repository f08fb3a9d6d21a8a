"""What `sanzao data` does: the city, the lake and its catalogue, and a city's own records on the way in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from features.commands import chosen_source
from features.contracts import contracts
from features.errors import InvalidInputError, UnknownNameError
from features.lake import build_lake
from features.settings import settings
from features.staging import exclusive
from features.terminal import progress

CITY_RESIDENTS = (1_000, 50_000_000)


def data_build(*, source: str | None, quiet: bool) -> list[dict[str, Any]]:
    """Build the lake of a source; return rows and findings of each table."""
    chosen = chosen_source(source)
    with exclusive(settings().source_state(chosen.name), "building"), progress("lake", None, quiet=quiet) as report:
        manifest = build_lake(chosen, report)
    tables: dict[str, dict[str, int]] = manifest["tables"]
    return [{"table": name, **counts} for name, counts in tables.items()]


def data_fold(*, source: str | None, quiet: bool) -> dict[str, Any]:
    """Fold what has arrived in the journal into the lake; return how much."""
    from features.folding import fold

    chosen = chosen_source(source)
    with exclusive(settings().source_state(chosen.name), "building"), progress("fold", None, quiet=quiet) as report:
        return fold(chosen, report)


def fold_large_journal(*, source: str | None, quiet: bool) -> None:
    """Fold the journal of a source if it is so large that every reader of the lake would feel it.

    What `up` does before it builds. `serve` does not: it starts in seconds, often several times at once and after a
    crash, which is no time to write a lake.
    """
    from features.folding import LARGE, rows_waiting

    if rows_waiting(source or settings().source) >= LARGE:
        data_fold(source=source, quiet=quiet)


def data_catalogue() -> list[dict[str, Any]]:
    """Return one record a column of every table contract."""
    return [
        {
            "table": contract.name,
            "about": contract.meaning,
            "column": column.name,
            "dtype": column.dtype,
            "meaning": column.meaning,
            "unit": column.unit,
            "code_system": column.code_system,
            "low": column.low,
            "high": column.high,
            "allowed": list(column.allowed),
            "nullable": column.nullable,
            "key": column.name in contract.key,
            "references": column.references,
            "owner": contract.owner,
            "origin": contract.origin,
            "sensitivity": contract.sensitivity,
            "rules": [rule.name for rule in contract.rules if rule.column == column.name],
        }
        for contract in contracts().values()
        for column in contract.columns
    ]


def data_simulate(*, residents: int, seed: int | None, quiet: bool) -> dict[str, Any]:
    """Simulate the city of Taizhou and write its records; return what was written, how fast, and in how much memory.

    Raises
    ------
    InvalidInputError
        If the number of residents is too small for nine counties or larger than any city.
    """
    import resource
    import time

    from features.sources._city import build, city

    low, high = CITY_RESIDENTS
    if not low <= residents <= high:
        raise InvalidInputError(f"A city of {residents:,} cannot be simulated: choose {low:,} to {high:,} residents.")
    start = time.perf_counter()
    with (
        exclusive(settings().source_state("city"), "simulating"),
        progress("simulating", city.buckets_for(residents), quiet=quiet) as report,
    ):
        manifest = build.build(residents, city.DEFAULT_SEED if seed is None else seed, report)
    seconds = time.perf_counter() - start
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "residents": residents,
        "seed": manifest["seed"],
        "synthetic": True,
        "records": sum(manifest["rows"].values()),
        "seconds": seconds,
        "residents_per_second": residents / seconds,
        "peak_rss_mb_of_a_process": largest / 1024,
        "folder": str(build.records_path()),
        "rows": manifest["rows"],
    }


def data_check_facts(*, residents: int, seed: int | None, quiet: bool) -> list[dict[str, Any]]:
    """Hold a simulated city against every published figure that it is calibrated to."""
    from features.sources._city import city
    from features.sources._city.check_facts import check_facts

    with progress("facts", city.buckets_for(residents), quiet=quiet) as report:

        def watched() -> Iterator[city.CityBucket]:
            for bucket in city.simulate(residents, city.DEFAULT_SEED if seed is None else seed):
                report("bucket simulated")
                yield bucket

        return check_facts(watched())


def data_check(*, source: str | None, quiet: bool) -> list[dict[str, Any]]:
    """Hold a built lake against its contracts again; return findings by table, column and rule.

    Rows with `where` "lake" have `ok` false; rows that were set aside when the lake was built are told, not blamed.
    """
    from features.lake.checking import check_lake

    chosen = chosen_source(source)
    with exclusive(settings().source_state(chosen.name), "building"), progress("check", None, quiet=quiet) as report:
        return check_lake(chosen.name, report)


def data_import_omop(
    *, path: str, source: str, known_at: str | None, as_of: str | None, encoding: str | None, quiet: bool
) -> list[dict[str, Any]]:
    """Import OMOP CDM tables; return per table what was read, kept, set aside and there already."""
    from features.importing import run
    from features.importing.files import raw_tables
    from features.importing.omop import TABLES, contract_sql

    def opened(connection: Any, scratch: Path) -> dict[str, run.Incoming]:
        raw = raw_tables(connection, Path(path), TABLES, scratch, encoding)
        return {
            name: run.Incoming(*contract_sql(name, raw, known_at), raw[name].encoding) for name in TABLES if name in raw
        }

    return _import(source, Path(path), opened, as_of, quiet=quiet)


def data_import_table(
    *, path: str, contract: str, mapping: str, source: str, as_of: str | None, encoding: str | None, quiet: bool
) -> list[dict[str, Any]]:
    """Import a CSV or Parquet file as rows of one contract; return what was read, kept, set aside, there already.

    Raises
    ------
    UnknownNameError
        If there is no such contract.
    """
    from features.importing import run
    from features.importing.files import raw_table
    from features.importing.mapping import mapped_sql, read_mapping

    if contract not in contracts():
        raise UnknownNameError("contract", contract, contracts())

    def opened(connection: Any, scratch: Path) -> dict[str, run.Incoming]:
        raw = raw_table(connection, Path(path), scratch, encoding)
        query = mapped_sql(contracts()[contract], read_mapping(Path(mapping)), raw)
        return {contract: run.Incoming(query, encoding=raw.encoding)}

    return _import(source, Path(path), opened, as_of, quiet=quiet)


def _import(source: str, path: Path, opened: Any, as_of: str | None, *, quiet: bool) -> list[dict[str, Any]]:
    from features.importing.run import check_name, import_tables

    check_name(source)
    with exclusive(settings().source_state(source), "importing"), progress("import", None, quiet=quiet) as report:
        answer = import_tables(source, path, opened, as_of=_moment(as_of), progress=report)
    return [{**row, "next": f"sanzao data build --source {source}"} for row in answer]


def _moment(text: str | None) -> datetime | None:
    from datetime import UTC

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidInputError(f"'{text}' is no day. Write it as 2024-12-31.") from error
