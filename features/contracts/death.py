"""death: who died, when."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="death",
    meaning="One row a resident who died.",
    owner="centre for disease control, death registry",
    origin="OMOP CDM 5.4 death",
    sensitivity="personal",
    key=("person_id",),
    columns=(
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("death_date", "date", "day of death"),
        Column("known_at", "timestamp", "when the death became known to the platform"),
    ),
)
