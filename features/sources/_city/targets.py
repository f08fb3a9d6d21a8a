"""How often each disease should begin by sex and age: what `calibrate` fits the hazards to.

Prevalence curves are turned into rates of onset (rise of the curve per person still free), incidence shapes are
scaled to the facts. The knots over age are assumptions unless a fact says them; `check_facts` compares with all.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.sources._city import diseases as ill
from features.sources._city.demography import death_rates
from features.sources._city.facts import FACTS
from features.sources._city.standards import CHINA_2010, CHINA_2020
from features.standard_populations import CHINA_2000

Array = NDArray[np.float64]
AGES = np.arange(111)

# True prevalence, men and women, that the onsets must build up. Where the sick die sooner, the curve that is aimed
# at lies above the one that is found.
PREVALENCE: dict[int, tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]]] = {
    ill.HYPERTENSION: (
        (15, 21, 30, 40, 50, 60, 70, 80, 100),
        (0.01, 0.050, 0.092, 0.196, 0.338, 0.478, 0.590, 0.655, 0.76),
        (0.005, 0.022, 0.037, 0.119, 0.293, 0.468, 0.605, 0.690, 0.79),
    ),
    ill.DIABETES: (
        (10, 24, 35, 45, 55, 65, 76, 100),
        (0.004, 0.067, 0.116, 0.182, 0.269, 0.347, 0.421, 0.541),
        (0.004, 0.048, 0.079, 0.124, 0.226, 0.342, 0.442, 0.577),
    ),
    ill.COPD: (
        (15, 30, 40, 45, 55, 65, 75, 100),
        (0.004, 0.022, 0.042, 0.072, 0.158, 0.275, 0.42, 0.60),
        (0.003, 0.013, 0.021, 0.028, 0.060, 0.122, 0.220, 0.35),
    ),
    ill.CKD: (
        (10, 29, 50, 65, 75, 85, 100),
        (0.010, 0.055, 0.102, 0.185, 0.280, 0.40, 0.52),
        (0.010, 0.070, 0.132, 0.225, 0.320, 0.44, 0.56),
    ),
}  # fmt: skip

SHAPE_AGES = (0, 15, 25, 35, 45, 55, 65, 75, 85, 100)
# Incidence by age, men and women, in arbitrary units: only the shape counts.
SHAPES: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {
    ill.CORONARY: ((0.01, 0.2, 2, 12, 50, 120, 260, 520, 800, 900), (0.01, 0.1, 0.6, 3, 15, 55, 170, 430, 760, 900)),
    ill.STROKE: ((0.5, 2, 5, 25, 120, 380, 820, 1450, 1900, 2000), (0.5, 2, 4, 18, 90, 290, 680, 1280, 1800, 2000)),
    ill.LUNG: ((0.1, 0.3, 1.8, 8.5, 31, 115, 250, 365, 330, 280), (0.1, 0.4, 3.5, 14, 38, 95, 155, 185, 165, 135)),
    ill.COLORECTUM: ((0.1, 0.4, 1.6, 5.5, 18, 48, 100, 165, 185, 180), (0.1, 0.4, 1.5, 5, 15, 36, 68, 115, 140, 140)),
    ill.STOMACH: ((0.1, 0.2, 0.8, 2.8, 10, 38, 95, 150, 145, 130), (0.1, 0.3, 1.2, 4, 9, 18, 38, 66, 75, 70)),
    ill.LIVER: ((0.3, 0.4, 1.4, 9, 32, 58, 80, 95, 100, 95), (0.2, 0.2, 0.4, 1.4, 5.5, 14, 29, 50, 62, 60)),
    ill.OESOPHAGUS: ((0.01, 0.02, 0.1, 0.5, 5, 28, 68, 90, 80, 70), (0.01, 0.01, 0.05, 0.2, 1, 5, 19, 38, 42, 40)),
    ill.BREAST: ((0, 0.1, 4, 22, 60, 104, 100, 77, 50, 40), (0.01, 0.1, 4, 22, 60, 104, 100, 77, 50, 40)),
    ill.CERVIX: ((0, 0, 2.5, 13, 33, 38, 28, 22, 15, 12), (0.01, 0.05, 2.5, 13, 33, 38, 28, 22, 15, 12)),
    ill.THYROID: ((0.1, 1.5, 14, 24, 20, 14, 9, 6, 3, 3), (0.1, 4, 42, 47, 38, 56, 38, 16, 6, 5)),
    ill.OTHER: ((10, 8, 9, 14, 32, 95, 240, 420, 520, 520), (8, 7, 10, 20, 45, 85, 125, 178, 205, 200)),
}  # fmt: skip

# Zhejiang against China, by site, men and women: lungs and thyroids are looked into more often than elsewhere. The
# ratio of lung follows from the two published rates; the others are assumptions, and all sites but lung are then
# scaled by sex to Zhejiang's published total.
ABOVE_CHINA: dict[int, tuple[float, float]] = {
    ill.COLORECTUM: (1.05, 1.05), ill.STOMACH: (1.05, 1.05), ill.LIVER: (0.85, 0.80), ill.OESOPHAGUS: (0.75, 0.45),
    ill.BREAST: (1.0, 1.15), ill.CERVIX: (1.0, 0.85), ill.THYROID: (1.8, 1.75), ill.OTHER: (1.25, 1.20),
}  # fmt: skip
STROKE_LEVEL = 1.10  # a little above the standardised rate, so that the crude one, of an older country, is near too
STROKE_BY_SEX = (1.05, 0.95)  # beside the shapes, so that men have a fifth more: 359 against 303 in Shaoxing
# Above the standardised total, within its tolerance, so that men's crude rate of 2019 is near too.
ALL_SITES_LEVEL = (1.02, 1.0)
LUNG_LEVEL = 1.12  # some die of something else before it is found
LUNG_MEN_TO_WOMEN = 1.12  # in Zhejiang, where half of the lung cancers that are found are women's; an assumption
OTHER_SITES_CHINA = (98.0, 88.0)  # per 100,000 men and women: all of China's cancers less the named sites


def single_years(groups: tuple[int, ...]) -> Array:
    """Return a standard population by single year, (111,), summing to one; two layouts of groups are known."""
    values = np.array(groups, dtype=np.float64)
    five = np.concatenate([[values[0] + values[1]], values[2:]]) if len(values) == 19 else values
    out = np.zeros(111)
    out[:85] = np.repeat(five[:-1] / 5, 5)
    tail = np.exp(-0.17 * np.arange(26))
    out[85:] = five[-1] * tail / tail.sum()
    return np.asarray(out / out.sum())


def _shape(disease: int) -> Array:
    return np.stack([np.exp(np.interp(AGES, SHAPE_AGES, np.log(np.maximum(row, 1e-4)))) for row in SHAPES[disease]])


def _fact(name: str) -> float:
    return FACTS[name].value / 100_000


@cache
def diagnosis_rates() -> Array:
    """Return the yearly rate of diagnosis in 2021 (events and cancers) by disease, sex, age; (15, 2, 111)."""
    out = np.zeros((ill.D, 2, 111))
    china20, china10, china00 = single_years(CHINA_2020), single_years(CHINA_2010), single_years(CHINA_2000)
    adults = china10 * (AGES >= 20) / (china10 * (AGES >= 20)).sum()
    stroke = _shape(ill.STROKE)
    level = STROKE_LEVEL * _fact("stroke.incidence.standardised")
    out[ill.STROKE] = stroke * np.array(STROKE_BY_SEX)[:, None] * level / (adults * stroke.mean(0)).sum()
    coronary = _shape(ill.CORONARY)
    acute = dict(ill.DISEASES[ill.CORONARY].codes)["I21.9"]
    out[ill.CORONARY] = coronary * _fact("coronary.incidence") / acute / (china20 * coronary.mean(0)).sum()
    names = {ill.COLORECTUM: "colorectum", ill.STOMACH: "stomach", ill.LIVER: "liver", ill.OESOPHAGUS: "oesophagus",
             ill.BREAST: "breast", ill.CERVIX: "cervix", ill.THYROID: "thyroid"}  # fmt: skip
    lung = LUNG_LEVEL * _fact("cancer.lung.incidence.zhejiang.china2000")
    out[ill.LUNG] = _shape(ill.LUNG)
    for sex, share in enumerate((2 * LUNG_MEN_TO_WOMEN / (1 + LUNG_MEN_TO_WOMEN), 2 / (1 + LUNG_MEN_TO_WOMEN))):
        out[ill.LUNG, sex] *= lung * share / (china00 * out[ill.LUNG, sex]).sum()
    for sex, word in enumerate(("male", "female")):
        for disease in ABOVE_CHINA:
            fact = f"cancer.{names.get(disease)}.incidence.{word}"
            level = OTHER_SITES_CHINA[sex] / 100_000 if disease == ill.OTHER else _fact(fact) if fact in FACTS else 0.0
            shape = _shape(disease)[sex]
            out[disease, sex] = shape * level * ABOVE_CHINA[disease][sex] / (china20 * shape).sum()
        total = ALL_SITES_LEVEL[sex] * _fact(f"cancer.all.incidence.zhejiang.{word}")
        rest = list(ABOVE_CHINA)
        lungs = (china00 * out[ill.LUNG, sex]).sum()
        out[rest, sex] *= (total - lungs) / (china00 * out[rest, sex].sum(0)).sum()
    return out


@cache
def onset_rates() -> Array:
    """Return the yearly rate of true onset in 2021 by disease (and death, last), sex and age; (16, 2, 111)."""
    out = np.zeros((ill.D + 1, 2, 111))
    rates = diagnosis_rates()
    for row, disease in enumerate(ill.DISEASES):
        if row in PREVALENCE:
            ages, men, women = PREVALENCE[row]
            curve = np.stack([np.interp(np.arange(112), ages, men), np.interp(np.arange(112), ages, women)])
            curve[:, : ages[0]] = 0.0
            out[row] = np.maximum(np.diff(curve, axis=1), 0) / (1 - curve[:, :-1])
        elif disease.is_cancer:
            # Who is diagnosed at age a had the onset a sojourn earlier, when the rate was lower by the trend.
            wait = min(disease.sojourn, 5.0)
            lead = np.minimum(AGES + wait, 110)
            later = np.stack([np.interp(lead, AGES, rates[row, sex]) for sex in range(2)])
            out[row] = later * np.exp(disease.trend * wait)
        else:
            out[row] = rates[row]
        if disease.sex is not None:
            out[row, 1 - disease.sex] = 0.0
    out[ill.D] = death_rates()
    return out


def trend(year: float) -> Array:
    """Return what the rates of 2021 are multiplied by in `year`, (16,); death has no trend."""
    slopes = np.array([disease.trend for disease in ill.DISEASES] + [0.0])
    return np.asarray(np.exp(slopes * (max(year, ill.TREND_FROM) - ill.TREND_REFERENCE)))
