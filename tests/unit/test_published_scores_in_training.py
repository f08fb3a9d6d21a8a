"""Training, cards and reasons with a published score that prints no risk, or that finds what is there now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from features.sources import sources
from models.risk_model import RiskModel, risk_models
from serving.core import Reason
from serving.present import reason_words
from tests.oracle.score_people import ANYONE, SCORES
from training.card import published_words
from training.cohort import GROUP_FEATURES, Cohort
from training.evaluation import evaluation
from training.validation import published_risk

PEOPLE = 40


def model_with(score: str) -> RiskModel:
    return replace(risk_models()["stroke_10y"], published_score=score)


def cohort() -> Cohort:
    features = pd.DataFrame([ANYONE] * PEOPLE)
    features["age"] = np.linspace(35, 74, PEOPLE)
    features.loc[3, "age"] = np.nan
    status = (np.arange(PEOPLE) % 3 == 0).astype(np.int8)
    dates = np.full(PEOPLE, np.datetime64("2020-01-01", "us"))
    return Cohort(
        person=np.arange(PEOPLE),
        index_date=dates,
        features=features,
        time=np.linspace(1, 12, PEOPLE),
        status=status,
        groups=pd.DataFrame(np.nan, range(PEOPLE), ["age", "female", *GROUP_FEATURES]),
        weight=np.ones(PEOPLE),
        screened=np.zeros(PEOPLE, dtype=bool),
        flow={},
    )


def test_a_score_without_risk_takes_part_with_its_points() -> None:
    ranking = published_risk(model_with("ada_2009"), cohort())
    assert set(ranking) <= set(range(11))
    assert ranking[3] == np.median(np.delete(ranking, 3))


def test_a_score_of_what_is_there_now_takes_part_with_its_risk_now() -> None:
    risk = published_risk(model_with("apcs_2011"), cohort())
    assert SCORES["apcs_2011"].horizon_years == 0
    assert ((risk > 0) & (risk < 0.1)).all()
    assert risk[-1] > risk[0]


def test_a_score_without_risk_is_judged_by_its_ranking_alone() -> None:
    people = cohort()
    out_of_fold = pd.DataFrame(
        {
            "person_id": people.person,
            "time": people.time,
            "status": people.status,
            "weight": people.weight,
            "screened": people.screened,
            "risk": np.linspace(0.05, 0.5, PEOPLE),
            "refit": np.linspace(0.05, 0.5, PEOPLE),
            "deep": np.linspace(0.05, 0.5, PEOPLE),
        }
    ).join(people.groups)
    for score, expects in (("ada_2009", False), ("framingham_2008_stroke", True)):
        model = model_with(score)
        validation = out_of_fold.assign(published=published_risk(model, people))
        figures = evaluation(model, sources()["framingham"], validation)
        assert 0 <= figures["c_index_published"] <= 1
        assert (figures["published_expected"] is not None) == expects
        assert ("predicts" in published_words(SCORES[score], figures)[0]) == expects


def test_a_reason_names_points_where_the_score_gives_points() -> None:
    units = {name: reason_words(Reason(f"score:{name}", 6.0, 1.4))["unit"] for name in ("ada_2009", "plcom2012")}
    assert units == {"ada_2009": "points", "plcom2012": "log cumulative hazard"}
