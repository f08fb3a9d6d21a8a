"""Compiling a loop with Numba, kept on disk between runs wherever a folder can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return `function` compiled on its first call; it runs without the interpreter lock and divides as IEEE 754."""
    import numba

    options = {"nogil": True, "error_model": "numpy"}
    try:
        return cast("Function", numba.njit(cache=True, **options)(function))
    except RuntimeError:  # no folder where the cache could be kept
        return cast("Function", numba.njit(**options)(function))
