"""Raw feature records as other applications send them: checked, converted to canonical units, never guessed at."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from features.errors import InvalidInputError, suggest
from features.feature import Array, Feature
from features.views import all_features

# How people write UCUM units.
UNIT_SPELLINGS = {
    "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "bpm": "/min", "1/min": "/min", "years": "a", "year": "a", "yr": "a",
    "kg/m^2": "kg/m2", "kg/m²": "kg/m2", "mmol/l": "mmol/L", "mg/dl": "mg/dL", "/day": "/d", "per day": "/d", "": "1",
}  # fmt: skip

SHOWN = 100  # problems that an answer lists; all are counted

Problem = dict[str, object]
Columns = dict[str, Array]


def read_records(records: Sequence[Mapping[str, Any]], first: int = 0) -> Columns:
    """Turn records into feature columns.

    Parameters
    ----------
    records
        One mapping a person: feature name to a number, or to `{"value": number, "unit": text}`. A feature that is
        absent or null was not measured; an absent diagnosis or drug means none is recorded.
    first
        Number of the first record, for problems.

    Returns
    -------
    dict
        Every stored feature as a float64 column (n,) in canonical units, NaN where missing.

    Raises
    ------
    InvalidInputError
        With one problem for every wrong field of every record: where, value, allowed range, what to do.
    """
    problems: list[Problem] = []
    given: dict[str, Array] = {}
    for row, record in enumerate(records):
        _read(record, row, first + row, given, len(records), problems)
    columns = filled(given, len(records))
    problems += missing_required(columns, lambda name, row: f"records[{first + row}].features.{name}", problems)
    if problems:
        raise refused(problems)
    return columns


def read_columns(columns: Mapping[str, Array], units: Mapping[str, str], where: str) -> Columns:
    """Return columns of features as `read_records` does records; nothing is looked at row by row unless it is wrong.

    Parameters
    ----------
    columns
        float64 (n,) by name of a feature, NaN where missing.
    units
        The unit of a column, by name; where there is none it is the feature's own.
    where
        What a value is called in problems, with `{name}` and `{row}`.

    Raises
    ------
    InvalidInputError
        As `read_records`.
    """
    problems: list[Problem] = []
    given = {name: _read_column(name, values, units, where, problems) for name, values in columns.items()}
    if problems:
        raise refused(problems)
    rows = len(next(iter(columns.values()), ()))
    read = filled(given, rows)
    problems = missing_required(read, lambda name, row: where.format(name=name, row=row))
    if problems:
        raise refused(problems)
    return read


def filled(given: Mapping[str, Array], rows: int) -> Columns:
    """Return every stored feature as a column (rows,): as given, else what no record at all means."""
    columns: Columns = {}
    for name, feature in all_features().items():
        values = given.get(name)
        if values is None:
            columns[name] = np.broadcast_to(np.float64(feature.absent), rows)  # takes no memory
        elif math.isnan(feature.absent):
            columns[name] = values
        else:
            columns[name] = np.where(np.isnan(values), feature.absent, values)
    return columns


def missing_required(columns: Columns, place: Callable[[str, int], str], told: Sequence[Problem] = ()) -> list[Problem]:
    """Return a problem for every row that lacks a feature without which nobody can be scored, unless it was `told`."""
    known = {problem["field"] for problem in told}
    found: list[Problem] = []
    for name, feature in all_features().items():
        for row in np.flatnonzero(np.isnan(columns[name])).tolist() if feature.required else ():
            field = place(name, row)
            if field not in known:
                fix = f"give '{name}': nobody can be scored without it"
                found.append({"field": field, "value": None, "allowed": _range(feature), "fix": fix})
    return found


def refused(problems: list[Problem]) -> InvalidInputError:
    """Return the error for records of which something is wrong."""
    more = f" The first {SHOWN} are listed." if len(problems) > SHOWN else ""
    return InvalidInputError(f"{len(problems)} field(s) of the records cannot be accepted.{more}", problems[:SHOWN])


def _read(
    record: Mapping[str, Any], row: int, number: int, given: dict[str, Array], rows: int, problems: list[Problem]
) -> None:
    """Write what a record says into the columns; a column is made when its feature is first met."""
    for name, value in record.items():
        field = f"records[{number}].features.{name[:60]}"
        feature = all_features().get(name)
        if feature is None:
            problems.append(_unknown(field, name))
        elif value is not None:
            found = _canonical(feature, value, field, problems)
            if found is not None:
                given.setdefault(name, np.full(rows, np.nan))[row] = found


def _read_column(name: str, values: Array, units: Mapping[str, str], where: str, problems: list[Problem]) -> Array:
    """Return a column in the canonical unit; values that cannot be are told as those of records are."""
    feature = all_features().get(name)
    if feature is None:
        problems.append(_unknown(f"column {name[:60]}", name))
        return values
    divisors = divisors_of(feature)
    unit = spelled(feature, units.get(name))
    if unit not in divisors:
        problems.append(_wrong_unit(feature, f"column {name}", units.get(name), divisors))
        return values
    converted = values / divisors[unit]
    wrong = ~np.isnan(converted) & ~((converted >= feature.low) & (converted <= feature.high))
    if feature.kind != "continuous":
        wrong |= ~np.isnan(converted) & (converted != np.round(converted))
    for row in np.flatnonzero(wrong).tolist():
        given = float(values[row])
        if len(problems) < SHOWN:
            _canonical(feature, {"value": given, "unit": unit}, where.format(name=name, row=row), problems)
        else:
            problems.append({"field": where.format(name=name, row=row)})  # counted only
    return converted


def _unknown(field: str, name: str) -> Problem:
    return {"field": field, "value": name[:60], "allowed": "a known feature", "fix": suggest(name[:60], all_features())}


def _wrong_unit(feature: Feature, field: str, unit: object, divisors: Mapping[str, float]) -> Problem:
    return {
        "field": field, "value": _shown(unit), "allowed": f"unit {' or '.join(divisors)}",
        "fix": f"convert it to {feature.unit}",
    }  # fmt: skip


def divisors_of(feature: Feature) -> dict[str, float]:
    """Return the units that a feature may come in, each with the divisor that turns it into the canonical one."""
    return {feature.unit: 1.0, **dict(feature.other_units)}


def spelled(feature: Feature, unit: object) -> str:
    """Return a unit as UCUM spells it; that of the feature where none is named."""
    return feature.unit if unit is None else UNIT_SPELLINGS.get(str(unit), str(unit))


def _canonical(feature: Feature, given: Any, field: str, problems: list[Problem]) -> float | None:
    """Return the value in the canonical unit, or None after noting what is wrong with it."""
    unit: Any = None
    value = given
    if isinstance(given, Mapping):
        value, unit = given.get("value"), given.get("unit")
        if value is None:
            return None
    if isinstance(value, bool):
        value = float(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        problems.append({"field": field, "value": _shown(value), "allowed": _range(feature), "fix": "send a number"})
        return None
    divisors = divisors_of(feature)
    if unit is None and len(divisors) > 1:
        problems.append(
            {
                "field": field,
                "value": value,
                "allowed": f"a unit: {' or '.join(divisors)}",
                "fix": f'send {{"value": {value:g}, "unit": "{feature.unit}"}} with the right unit',
            }
        )
        return None
    named = spelled(feature, unit)
    if named not in divisors:
        problems.append(_wrong_unit(feature, field, f"{value:g} {unit}", divisors))
        return None
    converted = value / divisors[named]
    if not feature.low <= converted <= feature.high:
        problems.append(
            {
                "field": field,
                "value": f"{value:g} {named}",
                "allowed": _range(feature),
                "fix": _likely_unit(feature, value, named, divisors),
            }
        )
        return None
    if feature.kind != "continuous" and converted != round(converted):
        problems.append(
            {
                "field": field,
                "value": value,
                "allowed": f"a whole number, {_range(feature)}",
                "fix": "correct the value",
            }
        )
        return None
    return float(converted)


def _range(feature: Feature) -> str:
    unit = "" if feature.unit == "1" else f" {feature.unit}"
    return f"{feature.low:g} to {feature.high:g}{unit}"


def _likely_unit(feature: Feature, value: float, named: str, divisors: Mapping[str, float]) -> str:
    """Say which other unit would make the value plausible, if one would."""
    for unit, divisor in divisors.items():
        if unit != named and feature.low <= value / divisor <= feature.high:
            return f"{value:g} would be plausible in {unit} ({value / divisor:.3g} {feature.unit}): correct the unit"
    return "correct the value, or leave it out if it was not measured"


def _shown(value: Any) -> str:
    return str(value)[:60]
