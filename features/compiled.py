"""Compiling a loop with Numba, kept on disk between runs wherever a folder can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return `function` compiled on its first call; it runs without the interpreter lock and divides as IEEE 754."""
    return _compiled(function)


def compiled_for(signature: str) -> Callable[[Function], Function]:
    """Return what compiles a function for one signature, at once, in the same way as `compiled`."""
    return lambda function: _compiled(function, signature)


def _compiled(function: Function, *signature: str) -> Function:
    import numba

    options = {"nogil": True, "error_model": "numpy"}
    try:
        return cast("Function", numba.njit(*signature, cache=True, **options)(function))
    except (RuntimeError, OSError):  # no folder where the machine code could be kept, or a full one
        return cast("Function", numba.njit(*signature, **options)(function))
