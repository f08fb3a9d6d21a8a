"""Registries by folder: each module of a package that defines a certain name is one entry."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def load_folder(package: str, attribute: str) -> dict[str, Any]:
    """Return `{module name: module.attribute}` for every public module of `package`, in alphabetical order.

    This is how adding a disease, view, contract, score or source stays one new file.

    Raises
    ------
    AttributeError
        If a module of the folder does not define `attribute`: a file in a registry folder must be an entry.
    """
    parent = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(parent.__path__) if not m.name.startswith("_"))
    return {name: getattr(importlib.import_module(f"{package}.{name}"), attribute) for name in names}
