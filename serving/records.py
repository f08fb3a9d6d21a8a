"""Raw feature records as other applications send them: checked, converted to canonical units, never guessed at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from features.errors import InvalidInputError, suggest
from features.feature import Feature
from features.views import all_features

# How people write UCUM units.
UNIT_SPELLINGS = {
    "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "bpm": "/min", "1/min": "/min", "years": "a", "year": "a", "yr": "a",
    "kg/m^2": "kg/m2", "kg/m²": "kg/m2", "mmol/l": "mmol/L", "mg/dl": "mg/dL", "/day": "/d", "per day": "/d", "": "1",
}  # fmt: skip

Problem = dict[str, object]


def read_records(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Turn records into a feature frame.

    Parameters
    ----------
    records
        One mapping a person: feature name to a number, or to `{"value": number, "unit": text}`. A feature that is
        absent or null was not measured; an absent diagnosis or drug means none is recorded.

    Returns
    -------
    pandas.DataFrame
        Every stored feature as a float64 column in canonical units, NaN where missing.

    Raises
    ------
    InvalidInputError
        With one problem for every wrong field of every record: where, value, allowed range, what to do.
    """
    problems: list[Problem] = []
    rows = [_read(record, number, problems) for number, record in enumerate(records)]
    if problems:
        raise InvalidInputError(f"{len(problems)} field(s) of the records cannot be accepted.", problems)
    return pd.DataFrame(rows, columns=list(all_features()), dtype="float64")


def _read(record: Mapping[str, Any], number: int, problems: list[Problem]) -> dict[str, float]:
    values = {name: feature.absent for name, feature in all_features().items()}
    for name, given in record.items():
        field = f"records[{number}].features.{name}"
        feature = all_features().get(name)
        if feature is None:
            problems.append(
                {"field": field, "value": name, "allowed": "a known feature", "fix": suggest(name, all_features())}
            )
            continue
        if given is None:
            continue
        value = _canonical(feature, given, field, problems)
        if value is not None:
            values[name] = value
    for name, feature in all_features().items():
        if feature.required and math.isnan(values[name]) and name not in record:
            problems.append(
                {
                    "field": f"records[{number}].features.{name}",
                    "value": None,
                    "allowed": _range(feature),
                    "fix": f"give '{name}': nobody can be scored without it",
                }
            )
    return values


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
    divisors = {feature.unit: 1.0, **dict(feature.other_units)}
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
    spelled = feature.unit if unit is None else UNIT_SPELLINGS.get(str(unit), str(unit))
    if spelled not in divisors:
        problems.append(
            {
                "field": field,
                "value": f"{value:g} {_shown(unit)}",
                "allowed": f"unit {' or '.join(divisors)}",
                "fix": f"convert it to {feature.unit}",
            }
        )
        return None
    converted = value / divisors[spelled]
    if not feature.low <= converted <= feature.high:
        problems.append(
            {
                "field": field,
                "value": f"{value:g} {spelled}",
                "allowed": _range(feature),
                "fix": _likely_unit(feature, value, spelled, divisors),
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


def _likely_unit(feature: Feature, value: float, spelled: str, divisors: Mapping[str, float]) -> str:
    """Say which other unit would make the value plausible, if one would."""
    for unit, divisor in divisors.items():
        if unit != spelled and feature.low <= value / divisor <= feature.high:
            return f"{value:g} would be plausible in {unit} ({value / divisor:.3g} {feature.unit}): correct the unit"
    return "correct the value, or leave it out if it was not measured"


def _shown(value: Any) -> str:
    return str(value)[:60]
