"""Declared event models: one file a task, found by name."""
