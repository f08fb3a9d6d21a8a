"""Feature views: one module a view, each defining `VIEW`."""

from __future__ import annotations

from functools import cache

from features.errors import UnknownNameError
from features.feature import Feature, View
from features.folder import load_folder

__all__ = ["all_features", "get_feature", "views"]


@cache
def views() -> dict[str, View]:
    """Return every feature view by name."""
    return load_folder("features.views", "VIEW")


@cache
def all_features() -> dict[str, Feature]:
    """Return every feature by name, in the order of the views."""
    return {feature.name: feature for view in views().values() for feature in view.features}


def get_feature(name: str) -> Feature:
    """Return the feature called `name`.

    Raises
    ------
    UnknownNameError
        If there is none; the message offers close matches.
    """
    if name not in all_features():
        raise UnknownNameError("feature", name, all_features())
    return all_features()[name]
