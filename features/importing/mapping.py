"""The mapping file of one's own table: which column of a contract comes from which column of the file, and how.

TOML, one line a contract column; each value is the name of a source column, or a table of:

column    name of the source column
constant  the same value for every row, instead of a column
values    what the source writes -> what the contract has, e.g. {"男" = 8507, "女" = 8532}
format    how the source writes days or moments, e.g. "%Y/%m/%d"
unit      the unit of the source's values, in UCUM; they are converted to the canonical one
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from features.contracts import Column, TableContract
from features.contracts._casting import literal, quoted
from features.errors import InvalidInputError, suggest
from features.importing.files import RawTable
from features.importing.units import converted_sql, unit_sql

OPTIONS = ("column", "constant", "values", "format", "unit")


def read_mapping(path: Path) -> dict[str, dict[str, Any]]:
    """Return the mapping file: contract column -> options.

    Raises
    ------
    InvalidInputError
        If there is no such file or it is not TOML.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"Cannot read the mapping {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f'The mapping {path} is not TOML: {error}. Write lines such as person_id = "ID".'
        ) from error
    return {name: {"column": entry} if isinstance(entry, str) else entry for name, entry in given.items()}


def mapped_sql(contract: TableContract, mapping: dict[str, Any], raw: RawTable) -> str:
    """Return a query for the rows of `raw` in the columns of `contract`.

    A `known_at` that is not mapped is the record's own day; a unit that is given with the value need not be mapped.

    Raises
    ------
    InvalidInputError
        With one problem for every line of the mapping that does not fit contract or file.
    """
    problems = _problems(contract, mapping, raw)
    if problems:
        raise InvalidInputError(f"{len(problems)} thing(s) in the mapping do not fit.", problems)
    columns = {column.name: column for column in contract.columns}
    made = {name: _expression(columns[name], options) for name, options in mapping.items()}
    if "known_at" not in made and not columns["known_at"].nullable:
        made["known_at"] = made[contract.day]
    value = mapping.get("value_as_number", {})
    if "unit_source_value" in columns:
        made["unit_source_value"] = unit_sql(
            literal(value["unit"]) if "unit" in value else made.get("unit_source_value", "NULL::VARCHAR")
        )
    rows = f"SELECT {', '.join(f'{sql} AS {quoted(name)}' for name, sql in made.items())} FROM ({raw.query})"
    return converted_sql(rows, f"{contract.name}_concept_id") if "unit_source_value" in columns else rows


def _problems(contract: TableContract, mapping: dict[str, Any], raw: RawTable) -> list[dict[str, object]]:
    problems: list[dict[str, object]] = []
    have = {name.lower() for name in raw.columns}
    columns = {column.name: column for column in contract.columns}

    def note(name: str, wrong: str, fix: str) -> None:
        problems.append({"column": name, "wrong": wrong, "fix": fix})

    for name, options in mapping.items():
        if name not in columns:
            note(name, f"table {contract.name} has no such column", suggest(name, columns))
            continue
        if not isinstance(options, dict) or (("column" in options) == ("constant" in options)):
            note(name, "it names neither a column nor a constant, or both", 'write "NAME", or {column = "NAME"}')
            continue
        for option in options.keys() - set(OPTIONS):
            note(name, f"there is no option '{option}'", suggest(option, OPTIONS))
        source = options.get("column")
        if source is not None and str(source).lower() not in have:
            note(name, f"the file has no column '{source}'", suggest(str(source), raw.columns))
        if "unit" in options and name != "value_as_number" and options["unit"] != columns[name].unit:
            note(name, f"unit '{options['unit']}' is not converted here", f"give values in '{columns[name].unit}'")
    given = {*mapping, "known_at"} | ({"unit_source_value"} if "unit" in mapping.get("value_as_number", {}) else set())
    for column in contract.columns:
        if column.name not in given and not column.nullable:
            note(column.name, "nothing is mapped to it", f"it is: {column.meaning}")
    return problems


def _expression(column: Column, options: dict[str, Any]) -> str:
    if "constant" in options:
        return literal(str(options["constant"]))
    source = quoted(str(options["column"]))
    made = f"trim({source})"
    if "format" in options:
        # A day that is not written so stays as it is, and becomes a finding that shows it.
        moment = f"try_strptime({made}, {literal(str(options['format']))})"
        made = f"coalesce(strftime({moment}, '%Y-%m-%dT%H:%M:%S'), {made})"
    if "values" in options:
        pairs = options["values"].items()
        cases = " ".join(f"WHEN {literal(str(given))} THEN {literal(str(value))}" for given, value in pairs)
        made = f"CASE {made} {cases} ELSE {made} END"
    return made
