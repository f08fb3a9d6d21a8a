"""visit_occurrence: contacts with clinics and hospitals."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="visit_occurrence",
    meaning="One contact of a resident with a clinic or hospital.",
    owner="hospitals and township health centres",
    origin="OMOP CDM 5.4 visit_occurrence",
    sensitivity="health",
    key=("visit_occurrence_id",),
    columns=(
        Column("visit_occurrence_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column(
            "visit_concept_id",
            "int64",
            "kind: 9201 inpatient, 9202 outpatient, 9203 emergency; health check-ups are 9202",
            allowed=(9201, 9202, 9203),
            code_system="OMOP visit",
        ),
        Column("visit_start_date", "date", "day of the contact"),
        Column(
            "visit_source_value",
            "string",
            "what brought the resident",
            allowed=("checkup", "clinic", "hospital"),
        ),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
)
