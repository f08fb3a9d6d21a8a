"""area_year: what is known of a township in a year."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="area_year",
    meaning="Environment, income, age and care of one township in one year.",
    owner="statistics, ecology and health bureaus",
    origin="area tables of the city",
    sensitivity="public",
    key=("township", "year"),
    columns=(
        Column("township", "string", "township", code_system="statistical division code, 9 digits"),
        Column("year", "int64", "calendar year", low=1990, high=2100),
        Column("pm25", "float64", "mean fine particulate matter", unit="ug/m3", low=1, high=300),
        Column("income", "float64", "disposable income per head", unit="yuan", low=1000, high=1_000_000),
        Column("share_60", "float64", "residents aged 60 and over", unit="1", low=0, high=1),
        Column("clinics", "int64", "clinics and health centres", low=0, high=1000),
        Column("known_at", "timestamp", "when this row became known to the platform"),
    ),
)
