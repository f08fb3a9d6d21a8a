"""screening_invitation: who was invited to which screening programme, and when."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="screening_invitation",
    meaning="One invitation of a resident to one test of a screening programme; who came has a procedure.",
    owner="centre for disease control, screening office",
    origin="screening programme of the city",
    sensitivity="health",
    key=("screening_invitation_id",),
    columns=(
        Column("screening_invitation_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column(
            "programme",
            "string",
            "site that is screened",
            allowed=("colorectum", "lung", "stomach", "cervix", "breast", "liver"),
        ),
        Column(
            "procedure_source_value",
            "string",
            "the test that was offered",
            allowed=("fit", "colonoscopy", "ldct", "gastroscopy", "hpv", "mammography", "afp_ultrasound"),
        ),
        Column("invitation_date", "date", "day of the invitation"),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
)
