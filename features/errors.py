"""What can go wrong through data, settings or use, as against through a fault in the code.

Every error that a person can cause and mend descends from :class:`SanzaoError`. The command line prints it
without a traceback, the HTTP API turns it into a problem document; both need only its text and its status.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SanzaoError(Exception):
    """Base of all errors that say what was wrong, where, what is allowed and what to do.

    Attributes
    ----------
    status
        The HTTP status that fits the error when it is met while answering a request.
    """

    status = 400


class UnknownNameError(SanzaoError):
    """A name that is not among the known ones."""

    status = 404

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"There is no {kind} '{name}'. {suggest(name, known)}")

    def __reduce__(self) -> tuple[object, ...]:
        """Travel from a worker process with the whole message, not with the arguments that made it."""
        return _unknown_name, (self.kind, self.name, str(self))


def _unknown_name(kind: str, name: str, message: str) -> UnknownNameError:
    error = UnknownNameError.__new__(UnknownNameError, message)
    error.kind, error.name = kind, name
    return error


class InvalidInputError(SanzaoError):
    """Input that can be read but not accepted; `problems` lists every broken field, not only the first."""

    status = 422

    def __init__(self, message: str, problems: list[dict[str, object]] | None = None) -> None:
        self.problems = problems or []
        super().__init__(message)


class NotReadyError(SanzaoError):
    """Something that an earlier step should have made is not there yet, or is damaged."""

    status = 503


class RefusedError(SanzaoError):
    """A check said no, for instance the promotion gate."""

    status = 409


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a sentence that offers close matches to `name`, or lists what is known.

    >>> suggest("systolic_pb", ["age", "systolic_bp"])
    "Did you mean 'systolic_bp'?"
    >>> suggest("zzz", ["b", "a"])
    'Known: a, b.'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.7)
    if close:
        return "Did you mean " + " or ".join(f"'{match}'" for match in close) + "?"
    return f"Known: {', '.join(names) if names else 'none yet'}."
