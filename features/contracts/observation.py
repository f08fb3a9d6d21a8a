"""observation: what was asked or observed."""

from features.contracts._contract import Column, TableContract
from features.contracts._ranges import plausible_value

CONTRACT = TableContract(
    name="observation",
    meaning="One stated or observed fact that is not a laboratory value: smoking, education.",
    owner="clinics and community workers",
    origin="OMOP CDM 5.4 observation",
    sensitivity="health",
    key=("observation_id",),
    columns=(
        Column("observation_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("observation_concept_id", "int64", "what it is", code_system="OMOP standard concept"),
        Column("observation_date", "date", "day of the observation"),
        Column("value_as_number", "float64", "the value, in the canonical unit of its concept"),
        Column("unit_source_value", "string", "canonical unit", code_system="UCUM"),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
    rules=(plausible_value("observation"),),
)
