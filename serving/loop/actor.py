"""The name under which arriving records close tasks; no account may bear it."""

RECORDS = "records"
