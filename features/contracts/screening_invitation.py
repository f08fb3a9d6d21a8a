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
            "site or disease that is screened",
            allowed=(
                "colorectum", "lung", "stomach", "cervix", "breast", "liver", "diabetes", "hypertension", "copd",
            ),
        ),
        Column(
            "procedure_source_value",
            "string",
            "the test that was offered",
            allowed=(
                "fit", "colonoscopy", "ldct", "gastroscopy", "hpv", "mammography", "afp_ultrasound", "glucose",
                "blood_pressure", "spirometry",
            ),
        ),
        Column("invitation_date", "date", "day of the invitation"),
        Column(
            "chosen_by",
            "string",
            "by its place on a worklist, or by lot among the others; empty where everybody is invited",
            nullable=True,
            allowed=("benefit", "lot"),
        ),
        Column(
            "inclusion_probability",
            "float64",
            "chance with which the resident was to be invited; empty where it is not known",
            nullable=True,
            low=0,
            high=1,
        ),
        Column("known_at", "timestamp", "when this record became known to the platform"),
    ),
)  # fmt: skip
