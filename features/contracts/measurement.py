"""measurement: what was measured, always in the canonical unit."""

from features.contracts._contract import Column, TableContract
from features.contracts._ranges import plausible_value

CONTRACT = TableContract(
    name="measurement",
    meaning="One measured value: blood pressure, a laboratory result, body size.",
    owner="laboratories and clinics",
    origin="OMOP CDM 5.4 measurement",
    sensitivity="health",
    key=("measurement_id",),
    columns=(
        Column("measurement_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("measurement_concept_id", "int64", "what it is", code_system="OMOP standard concept"),
        Column("measurement_date", "date", "day of the measurement"),
        Column("value_as_number", "float64", "the value, in the canonical unit of its concept"),
        Column("unit_source_value", "string", "canonical unit", code_system="UCUM"),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
    rules=(plausible_value("measurement"),),
)
