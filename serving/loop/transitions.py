"""The loop of one invited person as one table: in which state, after which outcome, what follows.

Outcomes of a call are those of Simple.org's overdue list, grown by what screening needs: agreed, call later, refused,
unreachable, moved, died, already done, contraindicated; then tested, its result, treated, closed.
"""

from __future__ import annotations

from typing import Literal, get_args

from features.errors import RefusedError

State = Literal[
    "to_call", "call_later", "unreachable", "agreed", "refused", "tested", "positive", "negative", "treated",
    "moved", "died", "already_done", "contraindicated", "closed",
]  # fmt: skip
Outcome = Literal[
    "agreed", "call_later", "refused", "unreachable", "moved", "died", "already_done", "contraindicated",
    "tested", "positive", "negative", "treated", "closed",
]  # fmt: skip
Reason = Literal["afraid", "no_time", "feels_well", "too_far", "cost", "no_trust", "family", "other"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
REASONS: tuple[Reason, ...] = get_args(Reason)
CALL_AGAIN_DAYS = 7

# Every outcome leads to the state of its own name. Whoever has been reached may be reached again; what has been tested
# is not untested; a positive test that further examination does not confirm becomes negative, and a positive result
# that arrives late opens again what was closed.
_ASKED: tuple[Outcome, ...] = (
    "agreed", "call_later", "refused", "unreachable", "moved", "died", "already_done", "contraindicated", "tested",
)  # fmt: skip
TRANSITIONS: dict[State, tuple[Outcome, ...]] = {
    "to_call": _ASKED,
    "call_later": _ASKED,
    "unreachable": (*_ASKED, "closed"),
    "agreed": ("call_later", "refused", "unreachable", "moved", "died", "already_done", "contraindicated", "tested"),
    "refused": ("agreed", "call_later", "moved", "died", "already_done", "contraindicated", "tested", "closed"),
    "tested": ("positive", "negative", "moved", "died"),
    "positive": ("negative", "treated", "refused", "moved", "died", "closed"),
    "negative": ("positive", "died", "closed"),
    "treated": ("died", "closed"),
    "moved": (),
    "died": (),
    "already_done": (),
    "contraindicated": (),
    "closed": ("positive",),
}
FINAL: frozenset[State] = frozenset({"moved", "died", "already_done", "contraindicated", "closed"})
ENDED = FINAL - {"closed"}  # no record moves these any more; a late result may open again what was closed
WAITING: frozenset[State] = frozenset({"to_call", "call_later", "unreachable"})
NEEDS_REASON: frozenset[Outcome] = frozenset({"refused"})
NEEDS_NOTE: frozenset[Outcome] = frozenset({"contraindicated"})


class IllegalTransitionError(RefusedError):
    """An outcome that cannot follow; the message names those that can."""


def follow(state: State, outcome: Outcome) -> State:
    """Return the state after an outcome.

    Raises
    ------
    IllegalTransitionError
        If the outcome cannot follow in this state.

    Examples
    --------
    >>> follow("to_call", "agreed")
    'agreed'
    """
    allowed = TRANSITIONS[state]
    if outcome not in allowed:
        named = ", ".join(allowed) if allowed else "nothing: it is closed for good"
        raise IllegalTransitionError(f"'{outcome}' cannot follow on '{state}'. Allowed here: {named}.")
    return outcome
