"""person: who lives here."""

from features.concepts import FEMALE, MALE
from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="person",
    meaning="One row a resident, under a pseudonym.",
    owner="population registry",
    origin="OMOP CDM 5.4 person",
    sensitivity="personal",
    key=("person_id",),
    columns=(
        Column("person_id", "int64", "pseudonym of the resident", low=1),
        Column("gender_concept_id", "int64", "sex", allowed=(MALE, FEMALE), code_system="OMOP gender"),
        Column("birth_date", "date", "day of birth; the CDM's birth_datetime, by the day"),
        Column("known_at", "timestamp", "when this row became known to the platform"),
    ),
)
