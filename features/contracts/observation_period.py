"""observation_period: between which days a resident's records are complete."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="observation_period",
    meaning="The span in which events of a resident would have been seen had they happened.",
    owner="population registry",
    origin="OMOP CDM 5.4 observation_period",
    sensitivity="personal",
    key=("person_id",),
    columns=(
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("observation_period_start_date", "date", "first day under observation"),
        Column("observation_period_end_date", "date", "last day under observation"),
        Column(
            "known_at",
            "timestamp",
            "when this row became known to the platform; empty: on the last day under observation",
            nullable=True,
        ),
    ),
    known=("known_at", "observation_period_end_date"),
)
