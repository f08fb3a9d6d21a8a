"""Records as senders write them into a request: taken apart, named where they are wrong, never half accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import pandas as pd

from features.arriving.intake import Submission
from features.arriving.rows import Row, read_json
from features.contracts import TableContract, contracts
from features.errors import InvalidInputError, suggest

MOST_BYTES = 10_000_000
MOST_ROWS = 5_000
SHOWN = 100  # problems that an answer lists; all are counted

Problem = dict[str, object]


class TooLargeError(InvalidInputError):
    """A request that is larger than anybody needs to send at once."""

    status = 413


def read_body(body: bytes) -> Submission:
    """Return the records of a request's body: `{"records": {table: row or rows}}`.

    Raises
    ------
    TooLargeError
        If there are more than `MOST_ROWS` rows.
    InvalidInputError
        If it is not JSON of that shape, or names tables or columns that are not there.
    """
    tables = _tables(_parsed(body))
    count = sum(len(rows) for rows in tables.values())
    if count > MOST_ROWS:
        raise TooLargeError(
            f"The request has {count:,} records; at most {MOST_ROWS:,} are taken at once. Send several requests, or "
            "import a file with `sanzao data import`."
        )
    problems = [problem for name, rows in tables.items() for problem in _shape_problems(contracts()[name], rows)]
    if problems:
        raise refused(problems)
    return Submission({name: read_json(contracts()[name], rows) for name, rows in tables.items()})


def refused(problems: Sequence[Problem]) -> InvalidInputError:
    """Return the error for records of which something is wrong."""
    more = f" The first {SHOWN} are listed." if len(problems) > SHOWN else ""
    message = f"{len(problems)} cell(s) of the records cannot be accepted; nothing of the request was kept.{more}"
    return InvalidInputError(message, list(problems[:SHOWN]))


def problems_of(findings: pd.DataFrame) -> list[Problem]:
    """Return findings as an answer lists them."""
    return [
        {
            "field": f"records.{found['table']}[{found['row']}].{found['column']}",
            "table": found["table"],
            "row": int(found["row"]),
            "column": found["column"],
            "value": None if pd.isna(found["value"]) else str(found["value"])[:60],
            "rule": found["rule"],
            "allowed": None if pd.isna(found["allowed"]) else found["allowed"],
            "fix": _fix(contracts()[found["table"]], str(found["column"]), str(found["rule"])),
        }
        for found in findings.to_dict("records")
    ]


def _parsed(body: bytes) -> Any:
    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON")

    try:
        return json.loads(body, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"The body is not JSON: {str(error)[:200]}",
            [
                {
                    "field": "body",
                    "value": ascii(body[:60]),
                    "allowed": "JSON in UTF-8",
                    "fix": "see /docs for the shape",
                }
            ],
        ) from error


def _tables(document: Any) -> dict[str, list[Row]]:
    records = document.get("records") if isinstance(document, Mapping) else None
    if not isinstance(records, Mapping) or set(document) != {"records"}:
        raise _wrong_shape("body", document, 'an object {"records": {table: rows}} and nothing else')
    tables: dict[str, list[Row]] = {}
    for name, given in records.items():
        if name not in contracts():
            raise _wrong_shape(f"records.{ascii(name)[1:-1][:60]}", name, suggest(ascii(name)[1:-1][:60], contracts()))
        rows = [given] if isinstance(given, Mapping) else given
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise _wrong_shape(f"records.{name}", given, "one row as an object, or a list of such rows")
        tables[name] = rows
    if not any(tables.values()):
        raise _wrong_shape("records", records, "at least one row")
    return {name: rows for name, rows in tables.items() if rows}


def _wrong_shape(field: str, value: Any, allowed: str) -> InvalidInputError:
    problem: Problem = {
        "field": field, "value": ascii(value)[:60], "allowed": allowed, "fix": "see /docs for the shape",
    }  # fmt: skip
    return InvalidInputError("The request has not the shape of records.", [problem])


def _shape_problems(contract: TableContract, rows: Sequence[Row]) -> list[Problem]:
    """Return a problem for every column that the table does not have."""
    names = set(contract.column_names)
    return [
        {
            "field": f"records.{contract.name}[{place}].{ascii(name)[1:-1][:60]}", "table": contract.name, "row": place,
            "column": ascii(name)[1:-1][:60], "value": ascii(row[name])[:60], "rule": "is a column of the table",
            "allowed": ", ".join(contract.column_names), "fix": suggest(ascii(name)[1:-1][:60], names),
        }
        for place, row in enumerate(rows)
        if not names.issuperset(row)
        for name in row
        if name not in names
    ]  # fmt: skip


FIXES = {
    "is not in the future": "correct the day, the moment or the sender's clock",
    "exists as person.person_id": "send the row of `person` first, or in the same request",
    "a record's number stands for one content": "give a new record a number of its own, a correction a later known_at",
    "not_nullable": "give the value, or leave the record out",
}


def _fix(contract: TableContract, column: str, rule: str) -> str:
    entry = next((entry for entry in contract.columns if entry.name == column), None)
    meaning = f" ({entry.meaning})" if entry else ""
    return FIXES.get(rule, f"correct {column}{meaning}") + ", and send the whole request again"
