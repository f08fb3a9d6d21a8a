"""The measures of areas: what each is made of, and its figures from shown cells.

Every measure has one shape: a count over a denominator, a value with an interval, the ratio to what sex and age would
give, and beside it what smoothing makes of it. Nothing here sees an exact count (`serving.area_cells`).

A count of cases that are suppressed is not taken for nothing: what the cells allow is weighed by its likelihood
(`models.area.censored`), so that areas of few people do not look healthy. Where the cells alone do not prove that there
are none, or more people than may be hidden, nothing is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.area.censored import bounded_ratios
from models.area.rates import PER, crude_rates, poisson_limits, proportions
from models.area.shrinkage import shrink
from models.disclosure import DisclosureRule, possible_counts
from serving.area_cells import Cells, Counted, Predicted
from serving.area_counts import YEARS

PER_TESTED = 1000.0  # cases found by screening are told per thousand tested


@dataclass(frozen=True)
class Measure:
    """One kind of figure.

    Attributes
    ----------
    per
        The value is the count divided by the denominator, times this.
    interval
        From what the interval comes.
    smoothed
        Whether there are smoothed ratios and the chance of more than expected.
    """

    name: str
    title: str
    title_zh: str
    count: str
    count_zh: str
    denominator: str
    denominator_zh: str
    per: float
    interval: str
    interval_zh: str
    smoothed: bool


_POISSON = "chance in the number of cases (Byar, exact below ten), and what suppression and rounding hide"
_POISSON_ZH = "病例数的随机波动（Byar 法，不足十例用精确法），以及隐藏和取整造成的不确定性"
_CHANCE = (
    "what share may fall ill by chance if the model is right, on the wide side (binomial, Hoeffding 1956); the model's "
    "own error is not in it"
)
_CHANCE_ZH = "若模型正确，实际发病比例随机波动的范围（按二项分布，偏宽，Hoeffding 1956）；不含模型自身误差"
_MOVER = (
    "both parts' intervals combined as the difference of independent figures (Zou and Donner 2008); the model's own "
    "error is not in it"
)
_MOVER_ZH = "两部分区间按独立差值合成（Zou 与 Donner 2008）；不含模型自身误差"
_WILSON = "Wilson's, widened by what suppression and rounding hide"
_WILSON_ZH = "Wilson 法，并计入隐藏和取整造成的不确定性"

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "observed", "first diagnoses", "新诊断", "cases in five years", "五年内病例",
            "person-years", "人年", PER, _POISSON, _POISSON_ZH, smoothed=True,
        ),
        Measure(
            "risk", "mean predicted risk", "平均预测风险", "cases expected within the horizon", "预测期内预期病例",
            "people at risk", "应评估人数", 1.0, _CHANCE, _CHANCE_ZH, smoothed=False,
        ),
        Measure(
            "screening", "screening coverage", "筛查覆盖率", "tested in five years", "五年内已检人数",
            "people eligible", "应检人数", 1.0, _WILSON, _WILSON_ZH, smoothed=True,
        ),
        Measure(
            "yield", "cases found per 1,000 screened", "每千人筛查检出数", "found within 90 days of a test",
            "检查后 90 天内确诊", "people tested", "已检人数", PER_TESTED, _POISSON, _POISSON_ZH, smoothed=True,
        ),
        Measure(
            "missed", "predicted minus found", "预测与发现之差", "cases a year", "每年病例",
            "people at risk", "应评估人数", PER, _MOVER, _MOVER_ZH, smoothed=False,
        ),
    )
}  # fmt: skip
SCREENED = frozenset({"screening", "yield"})  # there only where something screens for the disease
PREDICTED = frozenset({"risk", "missed"})  # there only where a model serves


@dataclass(frozen=True)
class Figures:
    """A measure of every area of a level; arrays (areas,), NaN where suppressed or unknown.

    Attributes
    ----------
    count
        Sum of shown cells, a lower bound if some are suppressed; `estimate` is the number of highest likelihood.
    suppressed
        How many cells of an area are suppressed.
    expected
        Cases at the city's rates by sex and age, and the ratio to it with its interval.
    cases, weight
        Effective cases and what they would have to be expected to be, see `models.area.censored`.
    smoothed, smoothed_low, smoothed_high, exceedance
        The ratio by empirical Bayes, and the probability that it is above the mean of all areas.
    """

    count: Cells
    estimate: Cells
    denominator: Cells
    value: Cells
    low: Cells
    high: Cells
    suppressed: NDArray[np.int64]
    expected: Cells
    ratio: Cells
    ratio_low: Cells
    ratio_high: Cells
    cases: Cells
    weight: Cells
    smoothed: Cells
    smoothed_low: Cells
    smoothed_high: Cells
    exceedance: Cells


@dataclass(frozen=True)
class Part:
    """The cells that a question is about: positions of sexes, years and age bands, and each township's area."""

    sexes: tuple[int, ...]
    years: slice
    bands: slice
    groups: NDArray[np.int64]
    areas: int

    def of(self, cells: Cells) -> Cells:
        """Return the asked cells, (townships, k)."""
        part = cells[:, list(self.sexes)][:, :, self.years][:, :, :, self.bands]
        return part.reshape(len(cells), int(np.prod(part.shape[1:])))

    def summed(self, cells: Cells) -> tuple[Cells, NDArray[np.int64]]:
        """Return sums of shown cells by area, NaN where all are suppressed, and how many are so."""
        asked = self.of(cells)
        hidden = np.isnan(asked)
        total = np.bincount(self.groups, np.where(hidden, 0.0, asked).sum(axis=1), self.areas)
        missing = np.bincount(self.groups, hidden.sum(axis=1), self.areas).astype(np.int64)
        every = np.bincount(self.groups, minlength=self.areas) * asked.shape[1]
        return np.where(missing == every, np.nan, total), missing


def counted(part: Part, cells: Counted, measure: Measure, rule: DisclosureRule) -> Figures:
    """Return the figures of cases that were counted."""
    count, hidden = part.summed(cells.cases)
    people, _ = part.summed(cells.people)
    cases, expected = part.of(cells.cases), part.of(cells.expected)
    known = expected > 0
    low, high = possible_counts(cases, rule)
    place = np.broadcast_to(part.groups[:, None], cases.shape)
    found = bounded_ratios(low[known], high[known], expected[known], place[known], part.areas)
    # Where nobody was expected to be a case none was: cells of shown people hold no other.
    nobody = np.isnan(found.ratio) & (people > 0) & (count == 0)
    told = (people > 0) & (nobody | (found.most == 0) | (found.least > rule.suppress_up_to))
    estimate = np.where(told, np.where(nobody, 0.0, found.ratio * found.expected), np.nan)
    ratio = np.where(told, found.ratio, np.nan)
    limits = crude_rates(np.where(told, np.nan_to_num(found.cases), 0.0), np.where(told, found.weight, np.nan), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = estimate / people * measure.per
        crude = found.expected / people * measure.per  # the value of a ratio of one
        value_low, value_high = limits.low * crude, limits.high * crude
        if measure.name == "screening":
            # So many people would say as much as the cells do of them.
            share = np.where(estimate > 0, found.cases / estimate, 1.0)
            value = np.minimum(value, 1.0)
            value_low, value_high = proportions(np.minimum(estimate, people) * share, people * share)
    # All areas tell what the city is like; those of which nothing may be told are left out of the answer only.
    smoothed = (np.where(told, column, np.nan) for column in _smoothed(found.cases, found.weight))
    return Figures(
        count, estimate, people, value, value_low, value_high, hidden, np.where(told, found.expected, np.nan),
        ratio, limits.low, limits.high, np.where(told, found.cases, np.nan), np.where(told, found.weight, np.nan),
        *smoothed,
    )  # fmt: skip


def predicted(part: Part, cells: Predicted) -> Figures:
    """Return the figures of cases that a model expects: mean risk, and its ratio to that of sex and age band.

    The interval is that of a share of as many people (Wilson). Cases of people of differing risks vary less (Hoeffding
    W. On the distribution of the number of successes in independent trials. Annals of Mathematical Statistics
    1956;27:713-721), so it is wide enough, as far as the model is right.
    """
    cases, hidden = part.summed(cells.cases)
    people, _ = part.summed(cells.people)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(cells.cases, axis=0) / np.nansum(cells.people, axis=0)
        expected, _ = part.summed(mean[None] * cells.people)
        value = cases / people
        low, high = proportions(cases, people)
        ratio = cases / expected
        unknown = np.full(part.areas, np.nan)
        return Figures(
            cases, cases, people, value, low, high, hidden, expected, ratio, low / value * ratio, high / value * ratio,
            *(unknown for _ in range(6)),
        )  # fmt: skip


def missed(part: Part, cells: Predicted, seen: Counted, rule: DisclosureRule) -> Figures:
    """Return cases a year that the model expects less those that were found, per person at risk.

    Per year, because the model's horizon and the window differ. Zou GY, Donner A. Construction of confidence limits
    about effect measures: a general approach. Statistics in Medicine 2008;27:1693-1702 combines the intervals.
    """
    ahead = predicted(part, cells)
    found = counted(part, seen, MEASURES["observed"], rule)
    low, high = (limit * ahead.denominator / cells.horizon_years for limit in (ahead.low, ahead.high))
    expects, was = ahead.count / cells.horizon_years, found.estimate / YEARS
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(found.cases > 0, found.estimate / found.cases, found.expected / found.weight) / YEARS
        least, most = (limit * factor for limit in poisson_limits(np.nan_to_num(found.cases)))
        count = expects - was
        down = np.hypot(expects - low, most - was)
        up = np.hypot(high - expects, was - least)
        value, down, up = (figure / ahead.denominator * PER for figure in (count, down, up))
    unknown = np.full(part.areas, np.nan)
    return Figures(
        count, count, ahead.denominator, value, value - down, value + up, ahead.suppressed + found.suppressed,
        *(unknown for _ in range(10)),
    )  # fmt: skip


def _smoothed(cases: Cells, weight: Cells) -> tuple[Cells, Cells, Cells, Cells]:
    """Return smoothed ratios, their limits and the chance that each is above the mean of all."""
    columns = tuple(np.full(len(cases), np.nan) for _ in range(4))
    known = weight > 0
    if known.sum() > 1 and cases[known].sum() > 0:
        risks = shrink(cases[known], weight[known])
        for column, found in zip(columns, (risks.risk, risks.low, risks.high, risks.above), strict=True):
            column[known] = found
    smoothed, low, high, above = columns
    return smoothed, low, high, above
