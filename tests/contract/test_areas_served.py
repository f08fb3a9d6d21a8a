"""Areas of a served city with champions: every measure there is, by age band, with intervals, and adding up."""

from __future__ import annotations

import numpy as np
import pytest

from features.sources import get_source
from serving.area_cells import AGE_BANDS
from serving.service import Service
from tests.conftest import client_for, use

MEASURES = ("observed", "risk", "screening", "yield", "missed")


@pytest.fixture(scope="module")
def service(city_trained):
    with use(city_trained, SANZAO_SOURCE="city"):
        yield Service(get_source("city"))


@pytest.fixture(scope="module")
def api(service):
    return client_for(service, "epidemiologist")


def ask(api, path, **params):
    answer = api.get(f"/v1/areas{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def disease_of(measure):
    return "colorectal_cancer" if measure in ("screening", "yield") else "hypertension"


def test_the_catalogue_tells_of_the_champions_and_the_screening_tests(api):
    told = {one["name"]: one for one in ask(api, "")["diseases"]}
    assert told["diabetes"]["predicted"]
    assert told["hypertension"]["predicted"]
    assert not told["stroke"]["predicted"]
    assert told["colorectal_cancer"]["screened"]


@pytest.mark.parametrize("measure", MEASURES)
def test_every_told_figure_lies_in_its_interval(api, measure):
    for level in ("county", "township"):
        told = ask(api, f"/{level}", measure=measure, disease=disease_of(measure))
        rows = [row for row in told["areas"] if not row["suppressed"]]
        assert rows
        for row in rows:
            # Where the city found no case by screening nothing is expected, so nothing says how far none may stray.
            if row["weight"] is None and measure == "yield":
                assert (row["value"], row["low"], row["high"]) == (0, None, None)
                continue
            assert row["low"] <= row["value"] <= row["high"]
            assert row["low"] < row["high"]
        assert (told["model"] is not None) == (measure in ("risk", "missed"))


@pytest.mark.parametrize("measure", ["observed", "risk", "screening"])
def test_age_bands_add_up_to_all_ages(api, measure):
    """Shown cells are those of the age bands, so counts and people of the bands add up exactly, whatever is hidden."""
    params = {"measure": measure, "disease": disease_of(measure)}
    whole = ask(api, "/county", **params)["areas"]
    bands = [ask(api, "/county", **params, age=age)["areas"] for age in AGE_BANDS]
    for place, row in enumerate(whole):
        for name in ("count", "denominator"):
            parts = sum(band[place][name] or 0 for band in bands)
            assert parts == pytest.approx(row[name] or 0, rel=2e-3)  # answers have four digits
        assert sum(band[place]["suppressed_cells"] for band in bands) == row["suppressed_cells"]


def test_hidden_counts_do_not_make_the_city_look_healthy(api, service):
    """In a city of 24,000 nearly every cell is hidden. What is estimated agrees with an exact count all the same."""
    for disease in ("hypertension", "diabetes", "stroke"):
        city = ask(api, "/county", disease=disease)["city"]
        exact = np.nansum(service_cells(service).observed[disease].expected)  # at the city's own rates: its cases
        assert (city["count"] or 0) < exact / 2
        assert city["estimate"] == pytest.approx(exact, rel=0.1)


def service_cells(service):
    from serving.areas import areas_of

    return areas_of(service).cells


def test_predicted_risk_is_the_mean_of_those_at_risk(api, service):
    row = ask(api, "/county", measure="risk", disease="diabetes")["city"]
    ranking = service.ranking
    column = list(service.snapshot.champions).index("type2_diabetes_5y")
    listed = ranking.lists["type2_diabetes_5y"]
    rows = listed.stretch(0, len(listed)).row
    exact = ranking.risks[rows, column].mean()
    assert row["value"] == pytest.approx(exact, rel=0.03)  # people are rounded, small cells left out
    assert row["low"] < exact < row["high"]


def test_a_profile_shows_the_area_beside_the_city(api):
    profile = ask(api, "/331082/profile", age="45-64")
    entry = next(one for one in profile["diseases"] if one["disease"] == "hypertension")
    assert set(entry["measures"]) == set(entry["city"]) == {"observed", "risk", "missed"}
    listed = ask(api, "/county", disease="hypertension", age="45-64")
    assert entry["city"]["observed"] == listed["city"]
    assert entry["city"]["observed"]["denominator"] > entry["measures"]["observed"]["denominator"]
