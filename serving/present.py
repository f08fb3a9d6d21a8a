"""From the core's answers to what the API and the pages show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from features.concepts import CONDITIONS
from features.events.requests import REQUEST_FEATURES
from models.design import SCORE_PREFIX
from models.risk_model import RiskModel
from models.scores import published_scores
from serving.core import NotApplicable, Reason, Risk, describe
from serving.schemas import ReasonOut, RiskOut
from serving.words import LANGUAGES, Language, effect_text, messages, reason_text


def risk_out(answer: Risk) -> RiskOut:
    """Return one model's answer as the API shows it."""
    model = answer.champion.declaration
    return RiskOut(
        model=model.name,
        title=model.title,
        title_zh=model.title_zh,
        version=answer.champion.version,
        horizon_years=model.horizon_years,
        applicable=answer.not_applicable is None,
        not_applicable_because=_obstacle_text(model, answer.not_applicable, "en"),
        not_applicable_because_zh=_obstacle_text(model, answer.not_applicable, "zh"),
        risk=answer.risk,
        tier=answer.tier,
        missing=list(answer.missing),
        missing_count=len(answer.missing),
        reasons=[reason_out(reason) for reason in answer.reasons],
    )


@dataclass(frozen=True)
class Column:
    """What a column of a model is called and measured in."""

    label: str
    label_zh: str
    unit: str
    kind: str = "continuous"

    @property
    def names(self) -> dict[str, str]:
        """Return the label in both languages, as answers bear it."""
        return {"label": self.label, "label_zh": self.label_zh}


@cache
def column_of(name: str) -> Column:
    """Return the words for a column: a feature of residents or of events, or a published score."""
    if name.startswith(SCORE_PREFIX):
        score = published_scores()[name.removeprefix(SCORE_PREFIX)]
        return Column(score.title, score.title_zh, "points" if score.risk is None else "log cumulative hazard")
    feature = describe(name)
    if feature is not None:
        return Column(feature.label, feature.label_zh, feature.unit, feature.kind)
    event = REQUEST_FEATURES[name]
    return Column(event.label, event.label_zh, event.unit, "binary" if event.written == "yes_no" else "continuous")


def reason_out(reason: Reason) -> ReasonOut:
    """Return one reason in words."""
    feature, column = describe(reason.feature), column_of(reason.feature)
    direction = "raises" if reason.odds_ratio >= 1 else "lowers"
    if feature is None:
        names = (column.label, column.label_zh)
        words = [effect_text(name, reason.odds_ratio, lang) for name, lang in zip(names, LANGUAGES, strict=True)]
    else:
        words = [reason_text(feature, reason.value, reason.odds_ratio, lang) for lang in LANGUAGES]
    return ReasonOut(
        feature=reason.feature,
        **column.names,
        value=None if math.isnan(reason.value) else reason.value,
        unit=column.unit,
        direction=direction,
        odds_ratio=reason.odds_ratio,
        text=words[0],
        text_zh=words[1],
    )


def _obstacle_text(model: RiskModel, obstacle: NotApplicable | None, language: Language) -> str | None:
    if obstacle is None:
        return None
    text = messages(language)
    if obstacle.kind == "has_condition":
        condition = CONDITIONS[obstacle.detail]
        return text["has_condition"].format(label=condition.label_zh if language == "zh" else condition.label)
    if obstacle.kind == "died":
        return text["died"].format(date=obstacle.detail)
    if obstacle.kind == "other_sex":
        return text[f"only_{obstacle.detail}"]
    low, high = model.cohort.age
    return text["age_outside"].format(age=obstacle.detail, low=f"{low:g}", high=f"{high:g}")
