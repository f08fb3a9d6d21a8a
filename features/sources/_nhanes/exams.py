"""One frame of examinations, whichever files are there: one row an adult, values in canonical units.

Columns: `wave` (first year of the two), `female`, `age`, every name of the vocabulary that was measured or asked,
the `told_*` columns of diagnoses that the person had been told of with the age at which, `insulin` and
`diabetes_pills`, and the mortality follow-up `followed_months` and `died`. What a file does not say is NaN.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from features.concepts import (
    BILIRUBIN_UMOL_L_PER_MG_DL,
    CHOLESTEROL_MG_DL,
    CREATININE_UMOL_L_PER_MG_DL,
    GLUCOSE_MG_DL,
    TRIGLYCERIDE_MG_DL,
    UREA_NITROGEN_MG_DL,
    URIC_ACID_UMOL_L_PER_MG_DL,
)
from features.sources._nhanes import files

ADULT = 20
# From 2007 on the survey calls everybody of 80 and more 80, before that everybody of 85 and more 85.
OLDEST = 80

# Column of the file of ten waves -> (name in the vocabulary, divisor into the canonical unit). `pulse` is left out: it
# is the pulse pressure.
TEN_WAVES_COLUMNS: dict[str, tuple[str, float]] = {
    "sbp": ("systolic_bp", 1.0),
    "dbp": ("diastolic_bp", 1.0),
    "bmi": ("bmi", 1.0),
    "height": ("height", 1.0),
    "weight": ("weight", 1.0),
    "waist": ("waist_circumference", 1.0),
    "totchol": ("total_cholesterol", CHOLESTEROL_MG_DL),
    "hdl": ("hdl_cholesterol", CHOLESTEROL_MG_DL),
    "ldl": ("ldl_cholesterol", CHOLESTEROL_MG_DL),
    "trig": ("triglycerides", TRIGLYCERIDE_MG_DL),
    "glucose": ("glucose", GLUCOSE_MG_DL),
    "glucose_fasting": ("fasting_glucose", GLUCOSE_MG_DL),
    "hba1c": ("hba1c", 1.0),
    "creat": ("creatinine", 1 / CREATININE_UMOL_L_PER_MG_DL),
    "uap": ("uric_acid", 1 / URIC_ACID_UMOL_L_PER_MG_DL),
    "bun": ("urea", UREA_NITROGEN_MG_DL),
    "ttbl": ("bilirubin", 1 / BILIRUBIN_UMOL_L_PER_MG_DL),
    "albumin": ("albumin", 0.1),
    "alp": ("alkaline_phosphatase", 1.0),
    "ggt": ("ggt", 1.0),
    "crp": ("crp", 0.1),
    "wbc": ("white_cells", 1.0),
    "neut": ("neutrophils", 1.0),
    "lymph": ("lymphocytes", 1.0),
    "monopa": ("monocytes", 1.0),
    "eosnpa": ("eosinophils", 1.0),
    "basopa": ("basophils", 1.0),
    "rbc": ("red_cells", 1.0),
    "mcv": ("red_cell_volume", 1.0),
    "rdw": ("red_cell_width", 1.0),
    "edu": ("education_level", 1.0),
    "poverty_ratio": ("income_poverty_ratio", 1.0),
    "health": ("self_rated_health", 1.0),
}

# Column of the packaged wave -> the same.
PACKAGED_COLUMNS: dict[str, tuple[str, float]] = {
    "WeightKg": ("weight", 1.0),
    "StandingHeightCm": ("height", 1.0),
    "BodyMassIndexKgm2": ("bmi", 1.0),
    "WaistCircumferenceCm": ("waist_circumference", 1.0),
    "TotalCholesterolMgdl": ("total_cholesterol", CHOLESTEROL_MG_DL),
    "DirectHdlcholesterolMgdl": ("hdl_cholesterol", CHOLESTEROL_MG_DL),
    "Glycohemoglobin": ("hba1c", 1.0),
    "RatioOfFamilyIncomeToPoverty": ("income_poverty_ratio", 1.0),
}
SYSTOLIC = ("SystolicBloodPres1StRdgMmHg", "SystolicBloodPres2NdRdgMmHg", "SystolicBloodPres3RdRdgMmHg")
DIASTOLIC = ("DiastolicBloodPres1StRdgMmHg", "DiastolicBloodPres2NdRdgMmHg", "DiastolicBloodPres3RdRdgMmHg")
SCHOOLING = {
    "Less than 9th grade": 1,
    "9-11th grade (Includes 12th grade with no diploma)": 1,
    "High school graduate/GED or equivalent": 2,
    "Some college or AA degree": 3,
    "College graduate or above": 4,
}
HEALTH = {"Excellent": 1, "Very good": 2, "Good": 3, "Fair or": 4, "Poor?": 5}
# Ages in the packaged wave that are answers of another kind: less than a year old, refused, not known.
NO_AGE = (666, 777, 999, 77777, 99999)
NO_COUNT = (777, 999)

FOLLOW_UP = ("followed_months", "died")


def exams(folder: Path) -> pd.DataFrame:
    """Return the examinations of every wave that is there, by SEQN, in its order."""
    wave = packaged_wave(files.packaged())
    if not files.has_ten_waves(folder):
        return wave
    asked = pd.concat([asked_in_two_waves(files.two_waves(folder)), wave])
    return joined(ten_waves(files.ten_waves(folder)), asked)


def joined(rows: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return examinations with what another file adds about the same people; `rows` wins where both say something."""
    return rows.join(asked[asked.columns.difference(rows.columns)]).sort_index()


def ten_waves(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the examinations of the file of ten waves.

    Somebody is dead whose cause of death is known or whose `status` is 1: `status` alone leaves out deaths from
    accidents, influenza and all causes that do not lead the list, 2,856 of 6,241.
    """
    rows = _converted(raw, TEN_WAVES_COLUMNS)
    rows["wave"] = raw["year"].astype("int64")
    rows["female"] = raw["gender"] == 2
    rows["age"] = raw["age"].clip(upper=OLDEST)
    rows["followed_months"] = raw["permth_int"]
    rows["died"] = raw["permth_int"].notna() & (raw["ucod_leading"].notna() | (raw["status"] == 1))
    return rows


def asked_in_two_waves(raw: pd.DataFrame) -> pd.DataFrame:
    """Return what the file of 2009-12 adds about the same people: what they had been told, and how they live."""
    if raw.empty:
        return pd.DataFrame(index=pd.Index([], name="SEQN", dtype="int64"))
    answers = raw.astype(dict.fromkeys(raw.select_dtypes("category").columns, "object"))
    ever_smoked = _yes_no(answers["Smoke100"])
    return pd.DataFrame(
        {
            "told_diabetes": _yes_no(answers["Diabetes"]),
            "told_diabetes_age": answers["DiabetesAge"],
            "current_smoker": _yes_no(answers["SmokeNow"]).where(ever_smoked != 0, 0.0),
            "physically_active": _yes_no(answers["PhysActive"]),
            "heart_rate": answers["Pulse"],
        }
    ).astype("float64")


def packaged_wave(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the examinations of the adults of 2017-18; a diastolic pressure of zero was not heard, so not measured."""
    raw = raw.loc[raw["AgeInYearsAtScreening"] >= ADULT]
    rows = _converted(raw, PACKAGED_COLUMNS)
    rows["wave"] = 2017
    rows["female"] = raw["Gender"] == "Female"
    rows["age"] = raw["AgeInYearsAtScreening"].clip(upper=OLDEST)
    rows["systolic_bp"] = raw[list(SYSTOLIC)].mean(axis=1)
    rows["diastolic_bp"] = raw[list(DIASTOLIC)].replace(0.0, np.nan).mean(axis=1)
    rows["heart_rate"] = raw["60SecPulse30SecPulse2"]
    rows["education_level"] = raw["EducationLevelAdults20"].map(SCHOOLING)
    rows["self_rated_health"] = raw["GeneralHealthCondition"].map(HEALTH)
    rows["current_smoker"] = raw["DoYouNowSmokeCigarettes"].map({"Every day": 1.0, "Some days": 1.0, "Not at all": 0.0})
    rows.loc[raw["SmokedAtLeast100CigarettesInLife"] == 0, "current_smoker"] = 0.0
    rows["cigarettes_per_day"] = raw["AvgCigarettesdayDuringPast30Days"].where(
        ~raw["AvgCigarettesdayDuringPast30Days"].isin(NO_COUNT)
    )
    rows["physically_active"] = raw[["VigorousRecreationalActivities", "ModerateRecreationalActivities"]].max(axis=1)
    # The third answer, borderline, is not diabetes.
    rows["told_diabetes"] = raw["DoctorToldYouHaveDiabetes"].map({"1": 1.0, "0": 0.0, "Borderline": 0.0})
    rows["told_diabetes_age"] = _age(raw["AgeWhenFirstToldYouHadDiabetes"])
    rows["told_infarction"] = raw["EverToldYouHadHeartAttack"]
    rows["told_infarction_age"] = _age(raw["AgeWhenToldYouHadHeartAttack"])
    rows["told_stroke"] = raw["EverToldYouHadAStroke"]
    rows["told_stroke_age"] = _age(raw["AgeWhenToldYouHadAStroke"])
    rows["told_cancer"] = raw["EverToldYouHadCancerOrMalignancy"]
    rows["told_cancer_age"] = _age(raw["Age1StCancerMcq230ADiagnosed"])
    rows["insulin"] = raw["TakingInsulinNow"]
    rows["diabetes_pills"] = raw["TakeDiabeticPillsToLowerBloodSugar"]
    rows["followed_months"] = np.nan
    rows["died"] = False
    return rows


def _converted(raw: pd.DataFrame, columns: dict[str, tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame({name: raw[column] / divisor for column, (name, divisor) in columns.items()}, index=raw.index)


def _yes_no(answers: pd.Series[str]) -> pd.Series[float]:
    return answers.map({"Yes": 1.0, "No": 0.0}).astype("float64")


def _age(ages: pd.Series[float]) -> pd.Series[float]:
    return ages.where(~ages.isin(NO_AGE))
