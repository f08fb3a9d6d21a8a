"""procedure_occurrence: screening tests and examinations that were done."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="procedure_occurrence",
    meaning="One examination done on a resident, for instance a colonoscopy; its result is a measurement.",
    owner="hospitals and township health centres",
    origin="OMOP CDM 5.4 procedure_occurrence",
    sensitivity="health",
    key=("procedure_occurrence_id",),
    columns=(
        Column("procedure_occurrence_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("procedure_concept_id", "int64", "OMOP concept; 0 where unmapped", low=0, code_system="OMOP"),
        Column("procedure_date", "date", "day of the examination"),
        Column(
            "procedure_source_value",
            "string",
            "what was done: a screening test by its name (fit, colonoscopy, ldct, gastroscopy, hpv, mammography, "
            "afp_ultrasound), anything else by the code that the hospital gave",
            code_system="local for screening tests, else as recorded",
        ),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
)
