"""service_request: what citizens asked of the city, by the 12345 hotline or another way."""

from features.contracts._contract import Column, TableContract

CONTRACT = TableContract(
    name="service_request",
    meaning="One request or complaint to the 12345 hotline and how it was closed.",
    owner="12345 hotline centre",
    origin="service requests of the city",
    sensitivity="internal",
    key=("service_request_id",),
    columns=(
        Column("service_request_id", "int64", "number of the request", low=1),
        Column("request_type", "string", "what it is about"),
        Column("text", "string", "what the citizen said; empty where it was not kept", nullable=True),
        Column("department", "string", "department that it was passed to"),
        Column(
            "township",
            "string",
            "where; empty where nobody said",
            code_system="statistical division code, 9 digits; abroad the name of the neighbourhood",
            nullable=True,
        ),
        Column("channel", "string", "how it was received; empty where the source does not tell", nullable=True),
        Column("created_at", "timestamp", "when it came in"),
        Column("due_at", "timestamp", "when it must be closed; empty where no time limit holds", nullable=True),
        Column(
            "closed_at",
            "timestamp",
            "when it was closed; empty while open, and not known before that moment",
            nullable=True,
        ),
        Column("known_at", "timestamp", "when this row became known to the platform"),
    ),
)
