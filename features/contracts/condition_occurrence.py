"""condition_occurrence: diagnoses."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="condition_occurrence",
    meaning="One diagnosis of a resident.",
    owner="hospitals and the disease registries",
    origin="OMOP CDM 5.4 condition_occurrence",
    sensitivity="health",
    key=("condition_occurrence_id",),
    columns=(
        Column("condition_occurrence_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("condition_concept_id", "int64", "OMOP concept; 0 where unmapped", low=0, code_system="OMOP"),
        Column("condition_start_date", "date", "day of the diagnosis or event"),
        Column("condition_source_value", "string", "code of the diagnosis", code_system="ICD-10 (WHO 2019)"),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
)
