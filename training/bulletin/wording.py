"""Words and numbers of a bulletin in one language."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.bulletin.months import Month

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")

Figure = Mapping[str, float]

# How a rule of a table contract begins, and the message that says it; what follows it stands in for `rest`.
RULES: tuple[tuple[str, str], ...] = (
    ("plausible value", "r_plausible"), ("between ", "r_between"), ("one of ", "r_one_of"),
    ("a whole day", "r_whole_day"), ("key is unique", "r_unique"), ("exists as ", "r_exists"),
    ("can be read as ", "r_readable"), ("not_nullable", "r_given"),
)  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """Messages of one language, and how it writes names, months and figures."""

    language: str
    words: Mapping[str, str]

    @classmethod
    def of(cls, language: str) -> Wording:
        """Return the words of a language, one of `LANGUAGES`."""
        return cls(language, json.loads((HERE / "messages" / f"{language}.json").read_text("utf-8")))

    def say(self, key: str, **values: object) -> str:
        """Return a message with its values filled in."""
        return self.words[key].format(**values)

    def name(self, row: Mapping[str, Any], key: str = "label") -> str:
        """Return the name that a row has in this language, at the start of a sentence or table row."""
        text = str(row[f"{key}_zh" if self.language == "zh" else key])
        return text[:1].upper() + text[1:] if self.language == "en" else text

    def within(self, row: Mapping[str, Any], key: str = "label") -> str:
        """Return the name as it stands within a sentence."""
        return str(row[f"{key}_zh" if self.language == "zh" else key])

    def month(self, month: Month, key: str = "month_word") -> str:
        """Return a month in words."""
        return self.say(key, year=month.year, month=month.month, month_name=calendar.month_name[month.month])

    def listed(self, items: Iterable[str]) -> str:
        """Return items as a list in a sentence."""
        return self.words["list_comma"].join(items)

    def rule(self, text: str) -> str:
        """Return the rule of a table contract in words; one that is not known as it is."""
        return next((self.say(key, rest=text[len(start) :]) for start, key in RULES if text.startswith(start)), text)

    def short(self, row: Mapping[str, Any]) -> str:
        """Return the name of a county as it stands on a map, in English without its kind."""
        name = self.name(row, "name")
        return name.rpartition(" ")[0] or name if self.language == "en" else name

    def count(self, number: float | None) -> str:
        """Return a shown count; the mark of one that is not told."""
        return self.words["untold"] if number is None else f"{number:,.0f}"

    def exact(self, figure: Figure | None, factor: float = 1.0) -> str:
        """Return a figure with its interval; an en dash where there is none."""
        if figure is None or figure["value"] is None:
            return self.words["none"]
        told = plain(figure["value"] * factor)
        spread = interval(figure, factor)
        return f"{told} ({spread})" if spread else told


def plain(value: float) -> str:
    """Return a figure for people.

    >>> plain(1234.5), plain(123.4), plain(12.34), plain(1.234), plain(0.0123)
    ('1,234', '123', '12.3', '1.23', '0.012')
    """
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


def whole(value: float) -> str:
    """Return a number of people or cases that is no shown count, such as an expected one.

    >>> whole(75.6), whole(1234.2)
    ('76', '1,234')
    """
    return f"{value:,.0f}"


def interval(figure: Figure, factor: float = 1.0) -> str:
    """Return the interval of a figure, nothing where there is none.

    >>> interval({"value": 1, "low": 0.5, "high": 2})
    '0.50–2.00'
    """
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return ""
    return f"{plain(low * factor)}–{plain(high * factor)}"


def signed(value: float) -> str:
    """Return a change with its sign, to one decimal.

    >>> signed(1.26), signed(-2.0), signed(0.01)
    ('+1.3', '−2.0', '0.0')
    """
    text = f"{value:+.1f}".replace("-", "−")
    return text[1:] if float(f"{value:.1f}") == 0 else text


def percent(value: float) -> str:
    """Return a share in whole percent, without the sign.

    >>> percent(0.256), percent(-0.5)
    ('26', '50')
    """
    return f"{abs(100 * value):.0f}"
