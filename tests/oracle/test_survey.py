"""Survey figures against a printed table of NHANES, a cluster-robust regression, and leaving clusters out by turns."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import InvalidInputError
from features.settings import PROJECT
from features.sources._nhanes import files
from features.sources.nhanes import survey_design
from training.metrics.survey import Design, observed_over_expected, weighted_auc, weighted_mean

NHANES = PROJECT.parent / "shared/data/nhanes"

# Scientific Report of the 2015 Dietary Guidelines Advisory Committee, appendix E-2.18: NHANES 2009-12, pregnant women
# left out. Age -> % (standard error) with total cholesterol of 240 mg/dL or more, and with HDL below 40 mg/dL.
PRINTED = {
    (20, 39): (7.0, 0.5, 21.2, 1.1),
    (40, 59): (18.0, 0.8, 20.2, 1.0),
    (60, 99): (14.6, 0.9, 15.7, 1.2),
}


@pytest.fixture
def sample():
    """Return an outcome, a risk with many ties, weights, strata and clusters of 1,500 people."""
    random = np.random.default_rng(7)
    stratum, psu = random.integers(0, 8, 1500), random.integers(0, 3, 1500)
    frailty = random.normal(size=(8, 3))[stratum, psu]
    risk = np.round(1 / (1 + np.exp(2 - random.normal(size=1500) - 0.5 * frailty)), 2)
    outcome = (random.random(1500) < 1 / (1 + np.exp(1.5 - frailty - 3 * risk))).astype(float)
    return outcome, risk, random.gamma(2, 500, 1500), stratum, psu


@pytest.mark.skipif(not files.has_ten_waves(NHANES), reason="the NHANES files of 1999-2018 are not there")
@pytest.mark.parametrize(("ages", "printed"), PRINTED.items())
def test_prevalence_and_error_are_those_that_were_printed(ages, printed):
    rows = files.ten_waves(NHANES)
    design = survey_design(NHANES)
    rows = rows.loc[design["person_id"]]
    drawn = Design.of(design["weight"], design["stratum"], design["psu"])
    asked = rows["age"].between(*ages) & (rows["pregnant"] == 0) & rows["totchol"].notna()
    high = weighted_mean((rows["totchol"] >= 240).astype(float).where(asked), drawn)
    low_hdl = weighted_mean((rows["hdl"] < 40).astype(float).where(asked & rows["hdl"].notna()), drawn)
    found = (high.value, high.error, low_hdl.value, low_hdl.error)
    np.testing.assert_allclose(np.array(found) * 100, printed, atol=0.0501)
    assert high.degrees == 33  # NHANES 2009-12 has 62 clusters in 29 strata


def test_of_one_stratum_the_error_is_that_of_a_cluster_robust_regression(sample):
    from statsmodels.regression.linear_model import WLS

    outcome, _, weight, stratum, psu = sample
    cluster = stratum * 3 + psu
    fit = WLS(outcome, np.ones(len(outcome)), weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    ours = weighted_mean(outcome, Design.of(weight, np.zeros(len(weight)), cluster))
    clusters = len(np.unique(cluster))
    assert ours.value == pytest.approx(fit.params[0])
    assert ours.error == pytest.approx(fit.bse[0] * np.sqrt(clusters / (clusters - 1)))
    assert ours.degrees == clusters - 1


@pytest.mark.parametrize("statistic", [weighted_auc, observed_over_expected])
def test_errors_are_near_those_of_the_stratified_jackknife(sample, statistic):
    outcome, risk, weight, stratum, psu = sample
    whole = statistic(outcome, risk, Design.of(weight, stratum, psu))
    variance = 0.0
    for one in range(8):
        for cluster in range(3):
            left_out = np.where(stratum == one, weight * 1.5, weight) * ~((stratum == one) & (psu == cluster))
            replicate = statistic(outcome, risk, Design.of(left_out, stratum, psu)).value
            variance += 2 / 3 * (replicate - whole.value) ** 2
    assert whole.error == pytest.approx(np.sqrt(variance), rel=0.05)
    assert whole.low < whole.value < whole.high


def test_with_equal_weights_the_auc_is_the_plain_one(sample):
    from sklearn.metrics import roc_auc_score

    outcome, risk, weight, stratum, psu = sample
    equal = weighted_auc(outcome, risk, Design.of(np.ones(1500), stratum, psu))
    assert equal.value == pytest.approx(roc_auc_score(outcome, risk))
    unequal = weighted_auc(outcome, risk, Design.of(weight, stratum, psu))
    assert unequal.value == pytest.approx(roc_auc_score(outcome, risk, sample_weight=weight))


def test_people_outside_the_domain_change_no_figure_but_keep_their_cluster(sample):
    outcome, risk, weight, stratum, psu = sample
    inside = psu != 2  # in every stratum one cluster has nobody of the domain
    design = Design.of(weight, stratum, psu)
    domain = weighted_mean(np.where(inside, outcome, np.nan), design)
    assert domain.value == pytest.approx(np.average(outcome[inside], weights=weight[inside]))
    assert domain.degrees == 16 - 8
    assert weighted_auc(np.where(inside, outcome, np.nan), risk, design).value == pytest.approx(
        weighted_auc(outcome[inside], risk[inside], Design.of(weight[inside], stratum[inside], psu[inside])).value
    )


def test_what_cannot_be_estimated_is_refused(sample):
    _, risk, weight, stratum, psu = sample
    with pytest.raises(InvalidInputError, match="one cluster only"):
        Design.of(weight, stratum, np.zeros(1500))
    design = Design.of(weight, stratum, psu)
    with pytest.raises(InvalidInputError, match="with and without"):
        weighted_auc(np.ones(1500), risk, design)
    with pytest.raises(InvalidInputError, match="Nobody"):
        weighted_mean(np.full(1500, np.nan), design)
