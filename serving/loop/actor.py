"""The name under which arriving records close tasks; no account may bear it."""

RECORDS = "records"
DIAGNOSIS = "diagnosis"  # how the note of a step begins that a diagnosis has taken
