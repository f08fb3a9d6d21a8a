"""Disease declarations: one short file a model, each defining `MODEL`."""
