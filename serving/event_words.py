"""Reasons of event models as sentences, in two languages."""

from __future__ import annotations

import math

from features.events.requests import REQUEST_FEATURES, EventFeature
from serving.words import Language, effect_text, messages


def event_reason_text(feature: str, value: float, factor: float, hours: bool, language: Language) -> str:
    """Return one reason: 'time allowed 120 h raises the risk (odds × 1.30)', or with the hours that it multiplies."""
    described = REQUEST_FEATURES[feature]
    label = described.label_zh if language == "zh" else described.label
    text = messages(language)
    if math.isnan(value):
        subject = text["event_unknown"].format(label=label)
    else:
        subject = f"{label} {written(described, value, language)}"
    if not hours:
        return effect_text(subject, factor, language)
    direction = text["event_longer"] if factor >= 1 else text["event_shorter"]
    ratio = text["event_hours"].format(ratio=f"{factor:.2f}")
    return f"{subject}，{direction}（{ratio}）" if language == "zh" else f"{subject} {direction} ({ratio})"


def written(feature: EventFeature, value: float, language: Language) -> str:
    """Return a value as a person would write it."""
    text = messages(language)
    match feature.written:
        case "hours":
            return f"{value:.3g} h" if value < 1000 else f"{value:,.0f} h"
        case "share":
            return f"{value:.0%}"
        case "clock":
            return f"{int(value):02d}:{int(value * 60) % 60:02d}"
        case "weekday":
            return text["event_weekdays"].split(" ")[int(value) - 1]
        case "yes_no":
            return text["yes"] if value >= 0.5 else text["no"]
        case _:
            return f"{value:,.0f}"
