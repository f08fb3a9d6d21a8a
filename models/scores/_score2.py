"""SCORE2, and SCORE2-OP from 70 years: cardiovascular risk within 10 years in the four risk regions of Europe.

Sources: SCORE2 working group and ESC Cardiovascular risk collaboration. SCORE2 risk prediction algorithms. Eur
Heart J 2021;42:2439-2454 (supplementary tables of coefficients and of rescaling factors). The same for older
persons: SCORE2-OP working group. Eur Heart J 2021;42:2455-2467.

A Fine and Gray model for each sex and age group gives an uncalibrated risk; a region stretches and shifts it on
the scale of the log cumulative hazard. Below 70 years the first paper holds, from 70 the second.

The coefficient of diabetes was estimated with the others, but the charts are for people without: those with
diabetes are scored, at the coefficient of the paper, and had better be judged by a score of their own.

Checked against: the example that the first paper's abstract prints for the regions of lowest and highest risk, and
four public transcriptions of the supplements that agree on every coefficient and factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.scores._score import (
    Features,
    FloatArray,
    People,
    PublishedScore,
    Usable,
    constant_hazard,
    each_sex,
    one_of,
    positive,
    read,
)

_INPUTS: dict[str, Usable] = {
    "age": positive,
    "female": one_of(0, 1),
    "systolic_bp": positive,
    "total_cholesterol": positive,
    "hdl_cholesterol": positive,
    "current_smoker": one_of(0, 1),
    "diabetes": one_of(0, 1),
}
_OLDER_FROM = 70.0  # years
_HORIZON_YEARS = 10.0


@dataclass(frozen=True)
class _Scale:
    """By what a term is centred, and how many units count as one step of it."""

    centre: float
    step: float = 1.0


@dataclass(frozen=True)
class _Equation:
    """Coefficients of one sex in one age group, each alone and times age."""

    age: float
    smoker: tuple[float, float]
    systolic_bp: tuple[float, float]
    diabetes: tuple[float, float]
    total_cholesterol: tuple[float, float]
    hdl_cholesterol: tuple[float, float]
    survival: float
    """Baseline survival at 10 years."""
    mean: float = 0.0
    """The linear predictor that the baseline belongs to."""


@dataclass(frozen=True)
class _Group:
    """One age group: how its terms are scaled, and its equations."""

    scales: dict[str, _Scale]
    women: _Equation
    men: _Equation


_UNDER_70 = _Group(
    scales={
        "age": _Scale(60, 5),
        "systolic_bp": _Scale(120, 20),
        "total_cholesterol": _Scale(6),
        "hdl_cholesterol": _Scale(1.3, 0.5),
    },
    women=_Equation(
        age=0.4648,
        smoker=(0.7744, -0.1088),
        systolic_bp=(0.3131, -0.0277),
        diabetes=(0.8096, -0.1272),
        total_cholesterol=(0.1002, -0.0226),
        hdl_cholesterol=(-0.2606, 0.0613),
        survival=0.9776,
    ),
    men=_Equation(
        age=0.3742,
        smoker=(0.6012, -0.0755),
        systolic_bp=(0.2777, -0.0255),
        diabetes=(0.6457, -0.0983),
        total_cholesterol=(0.1458, -0.0281),
        hdl_cholesterol=(-0.2698, 0.0426),
        survival=0.9605,
    ),
)
_FROM_70 = _Group(
    scales={
        "age": _Scale(73),
        "systolic_bp": _Scale(150),
        "total_cholesterol": _Scale(6),
        "hdl_cholesterol": _Scale(1.4),
    },
    women=_Equation(
        age=0.0789,
        smoker=(0.4921, -0.0255),
        systolic_bp=(0.0102, -0.0004),
        diabetes=(0.6010, -0.0107),
        total_cholesterol=(0.0605, -0.0009),
        hdl_cholesterol=(-0.3040, 0.0154),
        survival=0.8082,
        mean=0.229,
    ),
    men=_Equation(
        age=0.0634,
        smoker=(0.3524, -0.0247),
        systolic_bp=(0.0094, -0.0005),
        diabetes=(0.4245, -0.0174),
        total_cholesterol=(0.0850, 0.0073),
        hdl_cholesterol=(-0.3564, 0.0091),
        survival=0.7576,
        mean=0.0929,
    ),
)


@dataclass(frozen=True)
class Region:
    """A risk region: what its people are called, and (shift, stretch) of the log cumulative hazard by age and sex."""

    title: str
    title_zh: str
    women: tuple[float, float]
    men: tuple[float, float]
    older_women: tuple[float, float]
    older_men: tuple[float, float]


LOW = Region("low", "低", (-0.7380, 0.7019), (-0.5699, 0.7476), (-0.52, 1.01), (-0.34, 1.19))
MODERATE = Region("moderate", "中", (-0.3143, 0.7701), (-0.1565, 0.8009), (-0.10, 1.10), (0.01, 1.25))
HIGH = Region("high", "高", (0.5710, 0.9369), (0.3207, 0.9360), (0.38, 1.09), (0.08, 1.15))
VERY_HIGH = Region("very high", "极高", (0.9412, 0.8329), (0.5836, 0.8294), (0.38, 0.69), (0.05, 0.70))


def score2(name: str, region: Region) -> PublishedScore:
    """Return the score of one risk region."""

    def log_risk(features: Features) -> FloatArray:
        return _log_hazard(read(features, _INPUTS), region)

    return PublishedScore(
        name=name,
        title=f"SCORE2 and SCORE2-OP, 2021: {region.title} risk region",
        title_zh=f"SCORE2 与 SCORE2-OP 2021 {region.title_zh}危地区",
        citation=(
            "SCORE2 working group and ESC Cardiovascular risk collaboration. SCORE2 risk prediction algorithms. "
            "Eur Heart J 2021;42:2439-2454. From 70 years: SCORE2-OP working group. Eur Heart J 2021;42:2455-2467."
        ),
        doi="10.1093/eurheartj/ehab309",
        population=(
            "677,684 Europeans, 40 to 69 years, and 28,503 Norwegians from 65 years, without cardiovascular disease; "
            f"rescaled to the countries of {region.title} risk"
        ),
        outcome="cardiovascular death, non-fatal myocardial infarction or non-fatal stroke",
        horizon_years=_HORIZON_YEARS,
        inputs=tuple(_INPUTS),
        valid_ranges={"age": (40.0, 89.0)},  # of both charts together; they state no other range
        log_risk=log_risk,
        risk=constant_hazard(log_risk, _HORIZON_YEARS),
    )


def _log_hazard(people: People, region: Region) -> FloatArray:
    """Return the calibrated log cumulative hazard (n,) at 10 years."""
    older = people["age"] >= _OLDER_FROM
    log_hazard = np.full(older.shape, np.nan)
    for group, whom, women, men in (
        (_UNDER_70, ~older, region.women, region.men),
        (_FROM_70, older, region.older_women, region.older_men),
    ):
        rows = np.flatnonzero(whom)
        log_hazard[rows] = each_sex(
            {name: values[rows] for name, values in people.items()},
            (group.women, group.scales, women),
            (group.men, group.scales, men),
            _calibrated,
        )
    return log_hazard


def _calibrated(model: tuple[_Equation, dict[str, _Scale], tuple[float, float]], people: People) -> FloatArray:
    """Return the log cumulative hazard (n,) of a region: shift + stretch times the uncalibrated one."""
    equation, scales, (shift, stretch) = model
    return shift + stretch * _uncalibrated(equation, scales, people)


def _uncalibrated(equation: _Equation, scales: dict[str, _Scale], people: People) -> FloatArray:
    """Return the log cumulative hazard (n,) at 10 years before calibration."""
    scaled = {name: (people[name] - scale.centre) / scale.step for name, scale in scales.items()}
    age = scaled["age"]
    log_hazard = equation.age * age + (math.log(-math.log(equation.survival)) - equation.mean)
    for (alone, times_age), values in (
        (equation.smoker, people["current_smoker"]),
        (equation.systolic_bp, scaled["systolic_bp"]),
        (equation.diabetes, people["diabetes"]),
        (equation.total_cholesterol, scaled["total_cholesterol"]),
        (equation.hdl_cholesterol, scaled["hdl_cholesterol"]),
    ):
        log_hazard += (alone + times_age * age) * values
    return log_hazard
