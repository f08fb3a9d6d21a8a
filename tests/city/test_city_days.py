"""A record shows its own day: it must not tell of an onset, a drug or a death that is still to come."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.concepts import MEASUREMENTS
from features.sources._city import city
from features.sources._city.clock import DAYS_PER_YEAR

DAY = pd.Timedelta(days=1)
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def told() -> Frames:
    """Records and truth of a city, mistakes left out: person, latent, values (with error-free rows), visits."""
    buckets = list(city.simulate(24_000, seed=19, buckets=2))
    out = {
        name: pd.concat([one.tables[name].to_pandas(date_as_object=False) for one in buckets], ignore_index=True)
        for name in (
            "measurement",
            "observation",
            "visit_occurrence",
            "drug_exposure",
            "death",
            "social",
            "condition_occurrence",
            "procedure_occurrence",
            "screening_invitation",
        )
    }
    for name in ("person", "latent"):
        out[name] = pd.concat([one.truth[name].to_pandas(date_as_object=False) for one in buckets], ignore_index=True)
    wrong = pd.concat([one.truth["error"].to_pandas() for one in buckets])
    for name in ("measurement", "visit_occurrence"):
        rows = out[name]
        out[name] = rows[~rows[f"{name}_id"].isin(wrong.loc[wrong["table"] == name, "record_id"])]
    for name in ("measurement", "observation", "visit_occurrence", "drug_exposure"):
        column = next(c for c in out[name].columns if c.endswith("_date"))
        out[name] = out[name].assign(day=out[name][column].dt.tz_localize(None))
    return out


def with_day_of(told: Frames, test: str, disease: str, column: str = "onset_date") -> pd.DataFrame:
    """Return the results of `test` with `gap`: days from the onset (or diagnosis) of `disease` to the test."""
    entry = MEASUREMENTS[test]
    rows = told[entry.table]
    rows = rows[rows[f"{entry.table}_concept_id"] == entry.concept_id]
    latent = told["latent"]
    start = latent[latent["disease"] == disease].set_index("person_id")[column]
    start = pd.to_datetime(rows["person_id"].map(start))
    return rows.assign(start=start, gap=(rows["day"] - start).dt.days)


def same_year(rows: pd.DataFrame) -> pd.Series:
    return rows["day"].dt.year == rows["start"].dt.year


# Test, disease, which results only the disease explains, and the least share of them that it must bring.
SHOWN = [
    ("glucose", "diabetes", lambda v: v > 6.95, 0.6),
    ("systolic_bp", "hypertension", lambda v: v > 139, 0.5),
]


@pytest.mark.parametrize(("test", "disease", "ill", "least"), SHOWN)
def test_an_onset_shows_from_its_day_on_and_not_before(told: Frames, test, disease, ill, least) -> None:
    rows = with_day_of(told, test, disease)
    year = same_year(rows)
    before, after = rows[year & (rows["gap"] < 0)], rows[year & (rows["gap"] >= 0)]
    assert len(before) > 150
    assert len(after) > 150
    # What noise alone takes over the limit; after the onset most results are over it, be it by one day.
    assert ill(before["value_as_number"]).mean() < 0.20
    assert ill(after["value_as_number"]).mean() > least
    # In the year of the onset, months before it, nobody looks iller than in the year before that.
    earlier = rows[(rows["gap"] < -366) & (rows["gap"] >= -731)]
    error = before["value_as_number"].std() * np.sqrt(1 / len(before) + 1 / len(earlier))
    drift = 0.12 * before["value_as_number"].std()  # ageing and weight in a year and a half
    assert before["value_as_number"].mean() - earlier["value_as_number"].mean() < drift + 3 * error


def test_kidneys_before_the_onset_are_those_of_people_without_it(told: Frames) -> None:
    rows = with_day_of(told, "creatinine", "chronic_kidney_disease")
    soon, never = rows[(rows["gap"] < 0) & (rows["gap"] > -366)], rows[rows["start"].isna()]
    assert len(soon) > 100
    # Who falls ill is older and has weaker kidneys, but nobody is below an eGFR of 60 before it.
    assert abs(soon["value_as_number"].median() - never["value_as_number"].median()) < 8
    assert soon["value_as_number"].quantile(0.9) < 115


def test_lungs_are_blown_only_once_the_obstruction_is_known_and_show_it(told: Frames) -> None:
    rows = with_day_of(told, "fev1_fvc", "copd")
    assert len(rows) > 100
    assert (rows["gap"] >= 0).all()
    assert rows["value_as_number"].median() < 70


def test_clinic_visits_do_not_rise_before_the_diagnosis(told: Frames) -> None:
    visits = told["visit_occurrence"]
    visits = visits[visits["visit_source_value"] == "clinic"]
    latent = told["latent"]
    known = latent[(latent["disease"] == "diabetes") & latent["diagnosis_date"].between("2011-01-01", "2023-12-31")]
    when = pd.to_datetime(visits["person_id"].map(known.set_index("person_id")["diagnosis_date"]))
    gap = (visits["day"] - when).dt.days
    year = visits["day"].dt.year == when.dt.year
    # Days of the calendar year of the diagnosis that lie before and after it, over all diagnosed people.
    born = known["diagnosis_date"].dt.dayofyear
    rate_before = (year & (gap < 0)).sum() / (born - 1).sum()
    rate_after = (year & (gap > 0)).sum() / (365 - born).sum()
    last_year = ((gap < -365) & (gap >= -730)).sum() / (365 * len(known))
    assert rate_before < 1.25 * last_year
    assert rate_after > 1.5 * rate_before


def test_habits_are_told_as_they_are_on_the_day(told: Frames) -> None:
    entry = MEASUREMENTS["current_smoker"]
    rows = told["observation"]
    rows = rows[rows["observation_concept_id"] == entry.concept_id]
    person = told["person"].set_index("person_id")
    start, end = (pd.to_datetime(rows["person_id"].map(person[c])) for c in ("smoke_start", "smoke_quit"))
    smokes = (start <= rows["day"]) & ~(end <= rows["day"])
    assert (rows["value_as_number"].astype(bool) == smokes).all()
    changes = (rows["day"].dt.year == end.dt.year) | (rows["day"].dt.year == start.dt.year)
    assert changes.sum() > 50


def test_schooling_and_insurance_do_not_tell_what_children_will_become(told: Frames) -> None:
    rows = told["social"]
    born = pd.to_datetime(rows["person_id"].map(told["person"].set_index("person_id")["birth_date"]))
    age = (rows["valid_from"].dt.tz_localize(None) - born).dt.days / DAYS_PER_YEAR
    child = age < 15
    assert child.sum() > 1000
    assert (rows.loc[child, "education"] == 1).all()
    assert (rows.loc[child, "insurance"] != "employee").all()


def test_blood_pressure_falls_only_after_the_drug_was_begun(told: Frames) -> None:
    """Those who take a drug within 45 days of the diagnosis: results before the diagnosis are still high."""
    rows = with_day_of(told, "systolic_bp", "hypertension", "diagnosis_date")
    onset = with_day_of(told, "systolic_bp", "hypertension")["gap"]
    high = rows[(onset >= 0)]
    before = high[(high["gap"] < 0) & (high["gap"] > -366)]["value_as_number"]
    after = high[(high["gap"] > 45) & (high["gap"] < 411)]["value_as_number"]
    assert before.mean() > after.mean() + 4
    assert (before < 125).mean() < 0.03


def test_nothing_is_dated_outside_a_life_here(told: Frames) -> None:
    person = told["person"].set_index("person_id")
    born, came, went, died = (
        pd.to_datetime(person[f"{what}_date"]) for what in ("birth", "arrival", "leaving", "death")
    )
    assert (born <= came).all()
    assert not (died < born).any()
    for name in ("measurement", "observation", "visit_occurrence", "drug_exposure"):
        rows = told[name]
        assert (rows["day"] >= rows["person_id"].map(came)).all(), name
        assert not (rows["day"] >= rows["person_id"].map(went)).any(), name
        assert not (rows["day"] > rows["person_id"].map(died)).any(), name
    latent = told["latent"]
    assert (latent["onset_date"] >= latent["person_id"].map(born)).all()
    assert not (latent["diagnosis_date"] < latent["onset_date"]).any()
    assert not (latent["onset_date"] > latent["person_id"].map(died)).any()


def test_drugs_follow_the_diagnosis(told: Frames) -> None:
    drugs = told["drug_exposure"]
    sugar = drugs[drugs["drug_source_value"].astype(str).str.startswith("A10")]
    latent = told["latent"]
    known = latent[latent["disease"] == "diabetes"].set_index("person_id")["diagnosis_date"]
    first = pd.to_datetime(sugar["person_id"].map(known))
    assert len(sugar) > 1000
    assert (sugar["day"] >= first).all()


# Table and the day of its rows; nothing can be known before it has happened.
DATED = {
    "measurement": "measurement_date", "observation": "observation_date", "visit_occurrence": "visit_start_date",
    "drug_exposure": "drug_exposure_start_date", "death": "death_date", "procedure_occurrence": "procedure_date",
    "condition_occurrence": "condition_start_date", "screening_invitation": "invitation_date", "social": "valid_from",
}  # fmt: skip


@pytest.mark.parametrize("name", DATED)
def test_nothing_is_known_before_it_happens(told: Frames, name: str) -> None:
    rows = told[name]
    assert len(rows) > 100
    assert (rows["known_at"] >= rows[DATED[name]]).all()


def test_the_schooled_and_the_near_come_to_screening_more(told: Frames) -> None:
    invited = told["screening_invitation"]
    invited = invited[invited["procedure_source_value"] == "fit"]
    done = told["procedure_occurrence"]
    done = set(done.loc[done["procedure_source_value"] == "fit", "person_id"])
    person = told["social"].drop_duplicates("person_id", keep="last").set_index("person_id")
    came = invited["person_id"].isin(done).to_numpy()
    schooling = invited["person_id"].map(person["education"]).to_numpy()
    way = invited["person_id"].map(person["clinic_distance_km"]).to_numpy()
    assert len(came) > 3000
    assert came[schooling >= 3].mean() > came[schooling == 1].mean() + 0.05
    assert came[way < np.median(way)].mean() > came[way >= np.median(way)].mean() + 0.02
