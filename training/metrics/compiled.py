"""Loops that NumPy has no single call for, compiled once and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile `function` with Numba, keep the machine code beside the module, and keep its type.

    The lock of the interpreter is released, so that several threads may run it. A division by zero gives NaN
    or infinity, as in NumPy, instead of an exception.
    """
    return cast("Function", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
