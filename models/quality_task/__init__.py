"""Data-quality declarations: one short file a task, each defining `MODEL`."""
