"""What people read: messages in two languages, units as they are written, reasons as sentences."""

from __future__ import annotations

import json
import math
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from features.feature import Feature
from features.views import get_feature

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

# UCUM code -> how people write it; dimensionless is written as nothing.
WRITTEN_UNITS = {"mm[Hg]": "mmHg", "/min": "/min", "1": "", "/d": "", "kg/m2": "kg/m²"}


@cache
def messages(language: Language) -> dict[str, str]:
    """Return the message file of a language."""
    path = Path(__file__).parent / "messages" / f"{language}.json"
    loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def label(feature: Feature, language: Language) -> str:
    """Return the feature's name in a language."""
    return feature.label_zh if language == "zh" else feature.label


def written_value(feature: Feature, value: float, language: Language) -> str:
    """Return a value with its unit as a person would write it."""
    text = messages(language)
    if math.isnan(value):
        return "–"
    if feature.kind == "binary":
        return text["yes"] if value >= 0.5 else text["no"]
    decimals = max(0, -math.floor(math.log10(feature.step))) if feature.step < 1 else 0
    if feature.unit == "a":  # completed years, as people count them
        return f"{math.floor(value)} {text['age_unit']}"
    unit = WRITTEN_UNITS.get(feature.unit, feature.unit)
    return f"{value:.{decimals}f}" + (f" {unit}" if unit else "")


def reason_text(feature: Feature, value: float, odds_ratio: float, language: Language) -> str:
    """Return one reason as a sentence: 'systolic blood pressure 168 mmHg raises the risk (odds × 1.62)'."""
    subject = _subject(feature.name, None if math.isnan(value) else value, language)
    return effect_text(subject, odds_ratio, language)


@lru_cache(maxsize=100_000)  # the same ages and yes and no are asked for again and again
def _subject(name: str, value: float | None, language: Language) -> str:
    """Return what a reason is about: a feature with its value, None where it was not measured."""
    feature, text = get_feature(name), messages(language)
    named = label(feature, language)
    if value is None:
        return text["not_measured"].format(label=named)
    if feature.kind != "binary":
        return f"{named} {written_value(feature, value, language)}"
    if value >= 0.5:
        return named
    if feature.opposite is not None:
        return feature.opposite[1 if language == "zh" else 0]
    return text["absent"].format(label=named)


def effect_text(subject: str, odds_ratio: float, language: Language) -> str:
    """Return 'subject raises the risk (odds × 1.62)' in a language."""
    text = messages(language)
    direction = text["raises"] if odds_ratio >= 1 else text["lowers"]
    odds = text["odds"].format(ratio=f"{odds_ratio:.2f}")
    return f"{subject}，{direction}（{odds}）" if language == "zh" else f"{subject} {direction} ({odds})"
