"""social: the circumstances in which a resident lives, with the days between which they hold."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="social",
    meaning="Education, work, income, benefits, insurance and dwelling of a resident, one row a period.",
    owner="civil affairs, social security and population registry",
    origin="social tables of the city",
    sensitivity="personal",
    key=("social_id",),
    columns=(
        Column("social_id", "int64", "number of the record", low=1),
        Column("person_id", "int64", "pseudonym of the resident", low=1, references="person.person_id"),
        Column("valid_from", "date", "first day on which the row holds"),
        Column(
            "valid_to",
            "date",
            "last day on which the row holds; empty if it still does, and not known before",
            nullable=True,
        ),
        Column("township", "string", "township of residence", code_system="statistical division code, 9 digits"),
        Column(
            "education",
            "int64",
            "highest schooling: 1 primary or less, 2 middle school, 3 high school, 4 college and above",
            low=1,
            high=4,
        ),
        Column(
            "occupation",
            "string",
            "main activity",
            allowed=("child", "student", "farmer", "worker", "service", "office", "self_employed", "home", "retired"),
        ),
        Column("income_band", "int64", "fifth of household income per head, 1 lowest", low=1, high=5),
        Column("minimum_living_allowance", "int64", "receives 低保", low=0, high=1),
        Column(
            "insurance",
            "string",
            "health insurance: 职工医保, 城乡居民医保 or none",
            allowed=("employee", "resident", "none"),
        ),
        Column(
            "hukou",
            "string",
            "where the resident is registered",
            allowed=("local", "other_county", "other_province"),
        ),
        Column("living_alone", "int64", "lives alone in the dwelling", low=0, high=1),
        Column("clinic_distance_km", "float64", "way to the nearest clinic", unit="km", low=0, high=100),
        Column("known_at", "timestamp", "when this row became known to the platform"),
    ),
)
