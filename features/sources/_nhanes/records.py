"""Examinations as OMOP records: what was measured, what the person had been told, what became of them.

A wave lasts two years and is all that is public about the day: every examination of a wave is put on 1 January of its
second year, its middle. The tests that find diabetes become known one day later than everything else, so nothing
that is computed at the examination can see them: they are what a screening model has to predict.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.concepts import FEMALE, MALE, MEASUREMENTS
from features.feature import DAYS_PER_YEAR
from features.sources._source import Records

DAYS_PER_MONTH = DAYS_PER_YEAR / 12
ONE_DAY = pd.Timedelta(days=1)

KNOWN_NEXT_DAY = ("hba1c", "fasting_glucose")

# Column of what the person had been told -> ICD-10 code that stands for it; the age at which is in `<column>_age`.
TOLD = {
    "told_diabetes": "E14",
    "told_infarction": "I21",
    "told_stroke": "I64",
    "told_cancer": "C80",  # its site is not taken over
}
# Column of a drug that is taken now -> ATC group.
TAKEN = {"insulin": "A10A", "diabetes_pills": "A10B"}


def records(exams: pd.DataFrame) -> Records:
    """Return the OMOP tables by name for the examinations of `features.sources._nhanes.exams.exams`."""
    exams = exams.rename_axis("person_id").reset_index().assign(exam=lambda rows: exam_day(rows["wave"]))
    return {
        "person": _person(exams),
        "observation_period": _observation_period(exams),
        "measurement": _values(exams, "measurement"),
        "observation": _values(exams, "observation"),
        "condition_occurrence": _conditions(exams),
        "drug_exposure": _drugs(exams),
        "death": _death(exams),
    }


def exam_day(wave: pd.Series[int]) -> pd.Series[pd.Timestamp]:
    """Return the middle of each wave, given by its first year: 1 January of the second."""
    return pd.to_datetime({"year": wave + 1, "month": 1, "day": 1}, utc=True)


def _person(exams: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": exams["person_id"],
            "gender_concept_id": np.where(exams["female"], FEMALE, MALE),
            "birth_date": _birth(exams),
            "known_at": exams["exam"],
        }
    )


def _birth(exams: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Ages are whole years: the birthday is put exactly that many years before the examination."""
    return exams["exam"] - pd.to_timedelta((exams["age"] * DAYS_PER_YEAR).round(), unit="D")


def _end(exams: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Return the last day under observation: the one after the examination for whom no death index was searched.

    That is the day on which the last result became known. Months are counted from the interview, which precedes the
    examination by up to three. Nobody dies on the day of the examination.
    """
    days = (exams["followed_months"] * DAYS_PER_MONTH).round().clip(lower=1).fillna(1)
    return exams["exam"] + pd.to_timedelta(days, unit="D")


def _observation_period(exams: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": exams["person_id"],
            "observation_period_start_date": exams["exam"],
            "observation_period_end_date": _end(exams),
        }
    )


def _values(exams: pd.DataFrame, table: str) -> pd.DataFrame:
    parts = []
    for name in exams.columns.intersection(list(MEASUREMENTS)):
        entry = MEASUREMENTS[str(name)]
        if entry.table != table:
            continue
        seen = exams.loc[exams[name].notna(), ["person_id", name, "exam"]]
        known = seen["exam"] + (ONE_DAY if name in KNOWN_NEXT_DAY else 0 * ONE_DAY)
        parts.append(
            pd.DataFrame(
                {
                    "person_id": seen["person_id"],
                    f"{table}_concept_id": entry.concept_id,
                    f"{table}_date": seen["exam"],
                    "value_as_number": seen[name].astype("float64"),
                    "unit_source_value": entry.unit,
                    "known_at": known,
                }
            )
        )
    return _numbered(pd.concat(parts, ignore_index=True), f"{table}_id")


def _conditions(exams: pd.DataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "person_id": told["person_id"],
                "condition_concept_id": 0,
                "condition_start_date": _told_on(told, f"{column}_age"),
                "condition_source_value": code,
                "known_at": told["exam"],
            }
        )
        for column, code in TOLD.items()
        for told in [exams.loc[exams[column] == 1]]
    ]
    return _numbered(pd.concat(parts, ignore_index=True), "condition_occurrence_id")


def _told_on(told: pd.DataFrame, age: str) -> pd.Series[pd.Timestamp]:
    """Return the birthday of the age that was stated, at the latest, and where none was, the day before the exam."""
    stated = _birth(told) + pd.to_timedelta((told[age] * DAYS_PER_YEAR).round(), unit="D")
    latest = told["exam"] - ONE_DAY
    return stated.where(stated < latest, latest)


def _drugs(exams: pd.DataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "person_id": taking["person_id"],
                "drug_concept_id": 0,
                "drug_exposure_start_date": taking["exam"],
                "drug_source_value": code,
                "known_at": taking["exam"],
            }
        )
        for column, code in TAKEN.items()
        for taking in [exams.loc[exams[column] == 1]]
    ]
    return _numbered(pd.concat(parts, ignore_index=True), "drug_exposure_id")


def _death(exams: pd.DataFrame) -> pd.DataFrame:
    died = exams.loc[exams["died"]]
    day = _end(died)
    return pd.DataFrame({"person_id": died["person_id"], "death_date": day, "known_at": day})


def _numbered(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    return rows.assign(**{key: np.arange(1, len(rows) + 1)})
