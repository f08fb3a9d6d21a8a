"""household_member: who shares a household with whom."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="household_member",
    meaning="Membership of a resident in a household.",
    owner="population registry",
    origin="social tables of the city",
    sensitivity="personal",
    key=("household_id", "person_id"),
    columns=(
        Column("household_id", "int64", "pseudonym of the household", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column(
            "role",
            "string",
            "place in the household",
            allowed=("head", "spouse", "child", "parent", "collective"),
        ),
        Column("member_from", "date", "first day of membership seen"),
        Column("known_at", "timestamp", "when this row became known to the platform"),
    ),
)
