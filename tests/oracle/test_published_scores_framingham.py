"""The Framingham scores against what their sources print."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from tests.oracle.score_people import ANYONE, SCORES, UNTREATED, columns, in_mmol, one_risk, people

CVD = SCORES["framingham_2008_cvd"]
HYPERTENSION = SCORES["framingham_2008_hypertension"]

TREATED_SMOKER_WITH_DIABETES = {"bp_medication": 1.0, "current_smoker": 1.0, "diabetes": 1.0}


def lipids(*, total: float, hdl: float, **others: float) -> dict[str, float]:
    """Return a person with cholesterols given in mg/dL, untreated and healthy unless told."""
    return {**UNTREATED, "total_cholesterol": in_mmol(total), "hdl_cholesterol": in_mmol(hdl), **others}


# The two people of the worked examples in the appendix of D'Agostino 2008.
WOMAN_OF_61 = lipids(age=61, female=1, total=180, hdl=47, systolic_bp=124, current_smoker=1)
MAN_OF_53 = lipids(age=53, female=0, total=161, hdl=55, systolic_bp=125, bp_medication=1, diabetes=1)


def test_lipid_version_gives_the_papers_worked_examples() -> None:
    assert one_risk(CVD, WOMAN_OF_61) == pytest.approx(0.1048, abs=0.00005)
    assert one_risk(CVD, MAN_OF_53) == pytest.approx(0.1562, abs=0.00005)


@pytest.mark.parametrize(
    ("person", "changes", "printed"),
    [
        # The hazard ratios on the page of the Framingham Heart Study for this function: of a value e times as
        # large. Two of all the ratios are rounded up there (0.3935 to 0.40, 1.7748 to 1.78).
        (MAN_OF_53, {"age": math.e}, 21.35),
        (MAN_OF_53, {"total_cholesterol": math.e}, 3.08),
        (MAN_OF_53, {"hdl_cholesterol": math.e}, 0.40),
        (MAN_OF_53, {"systolic_bp": math.e}, 7.38),
        ({**MAN_OF_53, "bp_medication": 0.0}, {"systolic_bp": math.e}, 6.91),
        (WOMAN_OF_61, {"age": math.e}, 10.27),
        (WOMAN_OF_61, {"total_cholesterol": math.e}, 3.35),
        (WOMAN_OF_61, {"hdl_cholesterol": math.e}, 0.49),
        (WOMAN_OF_61, {"systolic_bp": math.e}, 15.82),
        ({**WOMAN_OF_61, "bp_medication": 1.0}, {"systolic_bp": math.e}, 16.82),
    ],
)
def test_lipid_version_gives_the_printed_hazard_ratios_of_logs(
    person: dict[str, float], changes: dict[str, float], printed: float
) -> None:
    changed = {**person, **{name: person[name] * factor for name, factor in changes.items()}}
    before, after = CVD.log_risk(columns(person, changed))
    assert math.exp(after - before) == pytest.approx(printed, abs=0.01)


@pytest.mark.parametrize(
    ("person", "switch", "printed"),
    [
        (MAN_OF_53, "current_smoker", 1.92),
        (MAN_OF_53, "diabetes", 1.78),
        (WOMAN_OF_61, "current_smoker", 1.70),
    ],
)
def test_lipid_version_gives_the_printed_hazard_ratios_of_switches(
    person: dict[str, float], switch: str, printed: float
) -> None:
    off, on = CVD.log_risk(columns({**person, switch: 0.0}, {**person, switch: 1.0}))
    assert math.exp(on - off) == pytest.approx(printed, abs=0.01)


@pytest.mark.parametrize(
    ("person", "risks", "smoker", "diabetes"),
    [
        # The paper's score sheets, as transcribed in doirisks/dori: 10-year risk in percent for 9 to 17
        # points, and the points for smoking and for diabetes.
        (WOMAN_OF_61, (5.3, 6.3, 7.3, 8.6, 10.0, 11.7, 13.7, 15.9, 18.5), 3, 4),
        (MAN_OF_53, (7.9, 9.4, 11.2, 13.2, 15.6, 18.4, 21.6, 25.4, 29.4), 4, 3),
    ],
    ids=["women", "men"],
)
def test_lipid_version_gives_the_points_for_smoking_and_diabetes(
    person: dict[str, float], risks: tuple[float, ...], smoker: int, diabetes: int
) -> None:
    log_hazards = np.log(-np.log1p(-np.array(risks) / 100))
    point = (log_hazards[-1] - log_hazards[0]) / (len(risks) - 1)
    for switch, printed in (("current_smoker", smoker), ("diabetes", diabetes)):
        off, on = CVD.log_risk(columns({**person, switch: 0.0}, {**person, switch: 1.0}))
        assert round((on - off) / point) == printed


def test_cholesterol_is_given_in_mmol_per_litre() -> None:
    # The lipids of the first example times 0.02586, the factor of laboratories for mg/dL to mmol/L.
    person = {**WOMAN_OF_61, "total_cholesterol": 4.6548, "hdl_cholesterol": 1.2154}
    assert one_risk(CVD, person) == pytest.approx(0.1048, abs=0.0001)


@pytest.mark.parametrize(
    ("person", "printed", "places"),
    [
        # Documentation of compute_framingham in the R package admiral.
        (lipids(age=53, female=0, total=216.16, hdl=54.91, systolic_bp=133), 10.37514, 5),
        (
            lipids(age=52, female=1, total=186.39, hdl=64.19, systolic_bp=161, bp_medication=1, current_smoker=1),
            16.40353,
            5,
        ),
        # Test of ascvd_10y_frs in the R package CVrisk.
        (lipids(age=55, female=0, total=213, hdl=50, systolic_bp=140), 13.53, 2),
    ],
)
def test_lipid_version_agrees_with_other_calculators(person: dict[str, float], printed: float, places: int) -> None:
    assert 100 * one_risk(CVD, person) == pytest.approx(printed, abs=0.51 * 10**-places)


@pytest.mark.parametrize(
    ("person", "printed", "places"),
    [
        # Tests of fonnesbeck/framingham_risk, whose person of 30 years, 22.5 kg/m2 and 125 mmHg is the normal
        # one of the study's spreadsheet; then an example of its documentation.
        ({**UNTREATED, "age": 30, "female": 1, "bmi": 22.5, "systolic_bp": 125}, 1.08012, 5),
        (
            {**TREATED_SMOKER_WITH_DIABETES, "age": 30, "female": 0, "bmi": 22.5, "systolic_bp": 125},
            8.38895,
            5,
        ),
        (
            {**UNTREATED, "age": 35, "female": 1, "bmi": 24.3, "systolic_bp": 122, "current_smoker": 1},
            2.9352227213368165,
            12,
        ),
        # Test of ascvd_10y_frs_simple in the R package CVrisk.
        ({**UNTREATED, "age": 55, "female": 0, "bmi": 30, "systolic_bp": 140}, 16.75, 2),
    ],
)
def test_bmi_version_agrees_with_other_calculators(person: dict[str, float], printed: float, places: int) -> None:
    assert 100 * one_risk(CVD, person) == pytest.approx(printed, abs=0.51 * 10**-places)


@pytest.mark.parametrize(
    ("name", "person", "percent"),
    [  # the printed general risk times the printed factor, by hand
        ("framingham_2008_chd", WOMAN_OF_61, 6.378),  # 10.48 x 0.6086
        ("framingham_2008_chd", MAN_OF_53, 11.206),  # 15.62 x 0.7174
        ("framingham_2008_stroke", WOMAN_OF_61, 2.499),  # 10.48 x 0.2385
        ("framingham_2008_stroke", MAN_OF_53, 2.484),  # 15.62 x 0.1590
    ],
)
def test_components_are_the_printed_share_of_the_general_risk(
    name: str, person: dict[str, float], percent: float
) -> None:
    assert 100 * one_risk(SCORES[name], person) == pytest.approx(percent, abs=0.005)


# The score sheet of Parikh 2008, as transcribed in doirisks/dori and, independently, in the R script of a
# cohort study (which has 4.53 for 7 points, a slip). 4-year risk in percent for -12 to 28 points:
SHEET_RISKS = (
    *(0.22, 0.27, 0.31, 0.37, 0.44, 0.52, 0.62, 0.73, 0.86, 1.02, 1.21, 1.43, 1.69, 2.00, 2.37, 2.80, 3.31),
    *(3.90, 4.61, 5.43, 6.40, 7.53, 8.86, 10.40, 12.20, 14.28, 16.68, 19.43, 22.58, 26.14, 30.16, 34.63),
    *(39.55, 44.91, 50.64, 56.66, 62.85, 69.05, 75.06, 80.69, 85.74),
)
# Points by age (20-29, 30-39, ... 70 and over) and diastolic pressure (below 70, 70-74, 75-79, 80-84, 85-89):
SHEET_AGE_DIASTOLIC = [
    [-8, -3, 0, 3, 6],
    [-5, 0, 2, 5, 7],
    [-1, 3, 5, 6, 8],
    [3, 5, 7, 8, 9],
    [6, 8, 9, 10, 10],
    [10, 11, 11, 11, 11],
]
# One point is 2.5 mmHg of systolic pressure: a class of 5 mmHg is worth 2. The man of no points stands in
# the classes 20-29 years, 75-79 mmHg and 110-114 mmHg. His place in the open class of BMI below 25, and just
# where between 75 and 79 mmHg he stands, are not printed: these two were set so that the sheet comes out.
MAN_OF_NO_POINTS = {
    "age": 25.0,
    "female": 0.0,
    "systolic_bp": 112.0,
    "diastolic_bp": 76.5,
    "bmi": 21.1,
    "current_smoker": 0.0,
    "parental_hypertension": 0.0,
}


def points(**changes: float) -> float:
    """Return the points, not yet rounded, of the man of no points after some changes."""
    man = MAN_OF_NO_POINTS
    point = {**man, "systolic_bp": man["systolic_bp"] + 2.5}
    base, one, changed = HYPERTENSION.log_risk(columns(man, point, {**man, **changes}))
    return float((changed - base) / (one - base))


def test_hypertension_gives_the_four_year_risks_of_the_sheet() -> None:
    printed = np.array(SHEET_RISKS)
    men = [{**MAN_OF_NO_POINTS, "systolic_bp": 112 + 2.5 * point} for point in range(-12, 29)]
    computed = 100 * HYPERTENSION.risk(columns(*men), 4)
    # Two decimals are printed; what is left is the rounding of the man's place.
    np.testing.assert_allclose(computed, printed, rtol=0.003, atol=0.0051)


def test_hypertension_gives_the_points_for_age_and_diastolic_pressure() -> None:
    # The middles of the classes; that of the open class below 70 mmHg is not printed and set, once, at 62.3.
    ages, pressures = (25, 35, 45, 55, 65, 75), (62.3, 72, 77, 82, 87)
    computed = [[round(points(age=age, diastolic_bp=mmhg)) for mmhg in pressures] for age in ages]
    assert computed == SHEET_AGE_DIASTOLIC


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        ({"female": 1.0}, 1),
        ({"current_smoker": 1.0}, 1),
        ({"parental_hypertension": 1.0}, 1),
        ({"parental_hypertension": 2.0}, 2),
        ({"bmi": 27.5}, 1),  # the class 25 to 30
        ({"bmi": 33.5}, 3),  # the class from 30
    ],
)
def test_hypertension_gives_the_other_points_of_the_sheet(changes: dict[str, float], printed: int) -> None:
    assert round(points(**changes)) == printed


def test_hypertension_follows_the_weibull_curve_in_time() -> None:
    log_hazards = [math.log(-math.log1p(-one_risk(HYPERTENSION, ANYONE, years))) for years in (1, 2, 4)]
    # Each doubling of the time adds ln 2 / scale to the log cumulative hazard.
    assert np.diff(log_hazards) == pytest.approx([math.log(2) / 0.876925] * 2)


@pytest.mark.parametrize("name", ["framingham_2008_cvd", "framingham_2008_chd", "framingham_2008_stroke"])
@given(person=people)
def test_higher_bmi_ranks_higher_where_lipids_are_missing(name: str, person: dict[str, float]) -> None:
    office = {**person, "hdl_cholesterol": np.nan}
    now, worse = SCORES[name].log_risk(columns(office, {**office, "bmi": 1.05 * office["bmi"]}))
    assert worse > now


@pytest.mark.parametrize("missing", ["total_cholesterol", "hdl_cholesterol"])
def test_cvd_takes_bmi_for_those_who_lack_a_cholesterol(missing: str) -> None:
    with_lipids = {**ANYONE, "bmi": np.nan}
    without = {name: value for name, value in ANYONE.items() if not name.endswith("cholesterol")}
    lacking = {**ANYONE, missing: np.nan}
    lacking_bmi_too = {**lacking, "bmi": np.nan}
    risks = CVD.risk(columns(ANYONE, with_lipids, lacking, without, lacking_bmi_too), 10)
    assert risks[0] == risks[1]
    assert risks[2] == risks[3]
    assert risks[2] != risks[0]
    assert np.isnan(risks[4])


def test_cvd_needs_no_column_for_cholesterol() -> None:
    office = {name: values for name, values in columns(ANYONE).items() if not name.endswith("cholesterol")}
    missing = {**columns(ANYONE), "total_cholesterol": np.array([np.nan])}
    assert CVD.log_risk(office) == CVD.log_risk(missing)


def test_hypertension_takes_unknown_parents_as_healthy() -> None:
    unknown, healthy, ill = ({**ANYONE, "parental_hypertension": count} for count in (np.nan, 0.0, 2.0))
    computed = HYPERTENSION.log_risk(columns(unknown, healthy, ill))
    assert computed[0] == computed[1]
    assert computed[2] > computed[1]
    absent = {name: values for name, values in columns(healthy).items() if name != "parental_hypertension"}
    assert HYPERTENSION.log_risk(absent) == computed[1]
