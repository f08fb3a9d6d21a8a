"""service_request: what citizens asked of the city by the 12345 hotline."""

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
        Column("text", "string", "what the citizen said, in Chinese"),
        Column("department", "string", "department that it was passed to"),
        Column("township", "string", "where", code_system="statistical division code, 9 digits"),
        Column("created_at", "timestamp", "when it came in"),
        Column("due_at", "timestamp", "when it must be closed"),
        Column(
            "closed_at",
            "timestamp",
            "when it was closed; empty while open, and not known before that moment",
            nullable=True,
        ),
        Column("known_at", "timestamp", "when this row became known to the platform"),
    ),
)
