"""What event models of service requests have in common."""

from __future__ import annotations

from features.events.requests import REQUEST_FEATURES

BY_CHANNEL = tuple(name for name in REQUEST_FEATURES if name.endswith("_type_channel"))
BASIC = tuple(name for name in REQUEST_FEATURES if name not in BY_CHANNEL)
