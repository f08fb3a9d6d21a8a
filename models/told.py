"""What is told to people in both languages of Sanzao, made side by side where the facts are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Told(NamedTuple):
    """One sentence, in English and in Chinese."""

    en: str
    zh: str


def other_features(trained: Sequence[str], declared: Sequence[str]) -> Told:
    """Return that a version was trained on features other than those that its model declares."""
    return Told(
        f"it was trained on features {list(trained)}, but {list(declared)} are declared",
        f"训练所用特征为 {list(trained)}，而声明的是 {list(declared)}",
    )
