"""The fixed names of lists and tasks in both languages, from the message files."""

from __future__ import annotations

from functools import cache
from typing import get_args

from models.screening_programme import Status
from serving.loop.transitions import NEEDS_NOTE, NEEDS_REASON, OUTCOMES, REASONS, TRANSITIONS, Outcome, State
from serving.schemas_people import Choice, ContactKind, EntryKind, Word
from serving.words import messages

GROUPS: dict[str, tuple[str, ...]] = {
    "state": tuple(TRANSITIONS),
    "outcome": OUTCOMES,
    "reason": REASONS,
    "due": get_args(Status),
    "contact": get_args(ContactKind),
    "kind": get_args(EntryKind),
}
TIERS = ("very_high", "high", "usual")


def word(group: str, name: str) -> Word:
    """Return a name of a group in words."""
    key = f"{group}_{name}" if group else name
    return Word(name=name, label=messages("en")[key], label_zh=messages("zh")[key])


@cache
def vocabulary() -> dict[str, tuple[Word, ...]]:
    """Return every name in words, by group."""
    groups = {group: tuple(word(group, name) for name in names) for group, names in GROUPS.items()}
    return groups | {"tier": tuple(word("", name) for name in TIERS)}


@cache
def choices(state: State) -> tuple[Choice, ...]:
    """Return the outcomes that may follow on a state, in words and with what each has to come with."""
    return tuple(_choice(outcome) for outcome in TRANSITIONS[state])


def _choice(outcome: Outcome) -> Choice:
    needs = "reason" if outcome in NEEDS_REASON else "note" if outcome in NEEDS_NOTE else None
    return Choice(outcome=outcome, needs=needs, **word("outcome", outcome).model_dump(exclude={"name"}))
