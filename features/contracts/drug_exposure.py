"""drug_exposure: medication."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="drug_exposure",
    meaning="One prescription, dispensing or stated use of a drug.",
    owner="hospitals, pharmacies and clinics",
    origin="OMOP CDM 5.4 drug_exposure",
    sensitivity="health",
    key=("drug_exposure_id",),
    columns=(
        Column("drug_exposure_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("drug_concept_id", "int64", "OMOP concept; 0 where unmapped", low=0, code_system="OMOP"),
        Column("drug_exposure_start_date", "date", "first day of use"),
        Column("drug_source_value", "string", "code of the drug", code_system="ATC"),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
)
