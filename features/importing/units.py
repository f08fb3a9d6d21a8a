"""Units on the way in: spelled as in UCUM, and values turned into the canonical unit of what was measured.

A unit that is not known for a concept is left as it was given: the contract's own rule then makes a finding of it that
names the allowed ones. Nothing is guessed from the size of a value.
"""

from __future__ import annotations

from features.concepts import MEASUREMENTS
from features.contracts._casting import literal

# OMOP unit concepts (OHDSI Athena, vocabulary UCUM) -> UCUM code
UNIT_CONCEPTS = {
    8876: "mm[Hg]", 8753: "mmol/L", 8840: "mg/dL", 8749: "umol/L", 8554: "%", 9529: "kg", 8582: "cm", 9546: "m",
    9531: "kg/m2", 8645: "U/L", 8541: "/min", 9444: "10*9/L", 8848: "10*3/uL",
}  # fmt: skip

# How laboratories write UCUM units.
SPELLINGS = {
    "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "KPa": "kPa", "bpm": "/min", "1/min": "/min", "{beats}/min": "/min",
    "kg/m^2": "kg/m2", "kg/m²": "kg/m2", "mmol/l": "mmol/L", "mg/dl": "mg/dL", "umol/l": "umol/L", "µmol/L": "umol/L",
    "μmol/L": "umol/L", "KG": "kg", "CM": "cm", "10^9/L": "10*9/L", "10*3/uL": "10*9/L", "K/uL": "10*9/L",
    "IU/L": "U/L", "u/L": "U/L",
}  # fmt: skip


def unit_sql(text: str, concept: str | None = None) -> str:
    """Return the expression for a unit in UCUM: the text as it is spelled, else what the unit concept says."""
    spelled = " ".join(f"WHEN {literal(given)} THEN {literal(unit)}" for given, unit in SPELLINGS.items())
    given = f"nullif(trim({text}), '')"
    if concept is not None:
        named = " ".join(f"WHEN '{number}' THEN {literal(unit)}" for number, unit in UNIT_CONCEPTS.items())
        given = f"coalesce({given}, CASE {concept} {named} END)"
    return f"CASE {given} {spelled} ELSE {given} END"


def converted_sql(rows: str, concept_column: str) -> str:
    """Return a query over `rows` in which value_as_number and unit_source_value are canonical where that is known.

    A value without a unit stays without, unless its concept is a plain number (unit "1").
    """
    known = ", ".join(
        f"({entry.concept_id}, {literal(unit)}, {divisor!r}::DOUBLE, {literal(entry.unit)})"
        for entry in MEASUREMENTS.values()
        for unit, divisor in {**entry.other_units, **({"": 1.0} if entry.unit == "1" else {})}.items()
    )
    number = "CAST(TRY_CAST(given.value_as_number AS DOUBLE) / known.divisor AS VARCHAR)"
    return f"""
        SELECT given.* REPLACE (
            CASE WHEN known.divisor <> 1 THEN
                coalesce({number}, given.value_as_number)
            ELSE given.value_as_number END AS value_as_number,
            coalesce(known.canonical, given.unit_source_value) AS unit_source_value
        )
        FROM ({rows}) AS given
        LEFT JOIN (VALUES {known}) AS known (concept, unit, divisor, canonical)
        ON known.concept = TRY_CAST(given.{concept_column} AS BIGINT)
        AND known.unit = coalesce(given.unit_source_value, '')
    """
