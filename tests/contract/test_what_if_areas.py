"""What-if by area: sums of the same cells, and no two answers whose difference tells of 1 to 7 people.

The people and their records are Framingham's; the townships in which they live are made up here, because that cohort
names none.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from features.sources import get_source
from models.disclosure import safe_count
from serving.areas import areas_of
from serving.service import Service
from serving.what_if import Change, moved_columns, what_if
from serving.what_if_areas import move_cells
from tests.conftest import client_for, use

SIZES = {"100001": (700, 400, 300, 60), "100002": (900, 500, 350, 12), "100003": (500, 400, 300)}
CODES = [f"{county}{number:03d}" for county, sizes in SIZES.items() for number in range(1, len(sizes) + 1)]
WEIGHTS = np.array([size for sizes in SIZES.values() for size in sizes])
MODEL = "stroke_10y"
ROUNDING = 1e-12  # the same sum in another order
PRESSURE = {"feature": "systolic_bp", "how": "at_most", "value": 130}


@pytest.fixture(scope="module")
def service(built):
    with use(built):
        service = Service(replace(get_source("framingham"), area_names={"100001": ("First", "一县")}))
        people = len(service.population.residents)
        drawn = np.random.default_rng(7).choice(len(CODES) + 1, people, p=np.append(WEIGHTS, 5) / (WEIGHTS.sum() + 5))
        # A few have no known home.
        homes = np.array([*(int(code) for code in CODES), -1])[drawn]
        service.population.townships.put(service.population.residents.index.to_numpy(dtype=np.int64), homes)
        yield service


@pytest.fixture(scope="module")
def api(service):
    return client_for(service, "epidemiologist")


def ask(api, **asked):
    answer = api.post("/v1/what-if", json={"model": MODEL, "changes": [PRESSURE]} | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listed(service, model=MODEL):
    """Return features, homes and sexes of those on a model's list, by person."""
    rows = np.sort(service.ranking.order[model])
    people = service.population.features.iloc[rows]
    return people, service.population.homes()[rows], people["female"].to_numpy() == 1


def test_each_township_is_told_as_its_people_would_be_one_by_one(api, service):
    people, homes, women = listed(service)
    moved = what_if(service.snapshot.champion(MODEL), people, [Change("systolic_bp", "at_most", 130.0)])
    told = {row["code"]: row for row in ask(api, by="township")["areas"]}
    assert list(told) == CODES
    for code, row in told.items():
        cells = [(homes == int(code)) & (women == sex) for sex in (False, True)]
        shown = [(cell, safe_count(int(cell.sum()))) for cell in cells]
        shown = [(cell, count) for cell, count in shown if count]
        assert row["people"] == (sum(count for _, count in shown) or None)
        for name, risk in (("expected_before", moved.before), ("expected_after", moved.after)):
            if row[name] is not None:
                exact = sum(risk[cell].mean() * count for cell, count in shown)
                assert row[name] == pytest.approx(exact, abs=0.05 + 1e-9)
        reached = sum(int((moved.after != moved.before)[cell].sum()) for cell, _ in shown)
        assert row["moved"] == (safe_count(reached) if row["people"] else None)
        assert (row["expected_after"] is None) == (1 <= reached <= 7 or row["people"] is None)
    assert any(row["expected_after"] < row["expected_before"] for row in told.values() if row["expected_after"])


def test_counties_and_the_city_are_sums_of_what_the_townships_tell(api, service):
    # Few are beyond 190 mmHg, so some townships tell nothing and stay as they were.
    high = [{"feature": "systolic_bp", "how": "at_most", "value": 190}]
    townships = ask(api, by="township", changes=high)
    counties = ask(api, by="county", changes=high)
    assert any(row["untold"] for row in townships["areas"])
    for county in counties["areas"]:
        own = [row for row in townships["areas"] if row["code"].startswith(county["code"]) and row["people"]]
        kept = [row["expected_before" if row["expected_after"] is None else "expected_after"] for row in own]
        assert county["people"] == sum(row["people"] for row in own)
        assert county["expected_before"] == pytest.approx(sum(row["expected_before"] for row in own), abs=1e-6)
        if county["expected_after"] is not None:
            assert county["expected_after"] == pytest.approx(sum(kept), abs=1e-6)
        assert county["untold"] == sum(row["untold"] for row in own)
        alone = ask(api, area=county["code"], changes=high)
        assert {name: alone[name] for name in ("people", "moved", "expected_before", "expected_after", "untold")} == {
            name: county[name] for name in ("people", "moved", "expected_before", "expected_after", "untold")
        }
    homeless = townships["people"] - sum(row["people"] or 0 for row in townships["areas"])
    assert homeless % 5 == 0  # those without a known home are a rounded cell of their own
    inside = ask(api, area="100002", by="township", changes=high)["areas"]
    assert [row["code"] for row in inside] == [code for code in CODES if code.startswith("100002")]


def questions(people):
    """Return changes an attacker would try: limits through the whole range, at the few at its ends above all."""
    asked = []
    for feature in ("systolic_bp", "bmi", "total_cholesterol"):
        values = np.sort(people[feature].dropna().unique())
        picked = np.unique(np.concatenate([values[:6], values[-6:], np.quantile(values, np.linspace(0.05, 0.95, 7))]))
        asked += [(Change(feature, how, float(v)),) for how in ("set", "at_most", "at_least") for v in picked]
    smoking = [Change("current_smoker", how, v) for how, v in (("at_most", 0.0), ("set", 0.0), ("set", 1.0))]
    asked += [(change,) for change in smoking]
    base = Change("systolic_bp", "at_most", 140.0)
    asked += [(base, *change) for change in asked if change[0].feature != "systolic_bp"]
    return asked


def test_no_two_answers_differ_by_a_few_people(service):
    """Every pair of answers that are told of a township differs in the risks of nobody, or of more than 7 of those who
    add to it; so does each from the answer in which nothing moves."""
    champion, areas = service.snapshot.champion(MODEL), areas_of(service)
    people, homes, women = listed(service)
    asked = [changes for changes in questions(people) if {c.feature for c in changes} <= set(people.columns)]
    after = np.array([what_if(champion, people, changes).after for changes in asked])
    before = what_if(champion, people, ()).before
    told = np.array([~np.isnan(move_cells(areas, champion, changes).after[:-1]) for changes in asked])
    refused = 0
    for place, code in enumerate(CODES):
        cells = [(homes == int(code)) & (women == sex) for sex in (False, True)]
        counted = np.logical_or.reduce([cell for cell in cells if cell.sum() > 7] or [np.zeros(len(homes), bool)])
        answered = [(), *itertools.compress(asked, told[:, place])]
        some = np.vstack([before[counted], after[told[:, place]][:, counted]])
        for one, other in itertools.combinations(range(len(some)), 2):
            differing = int((np.abs(some[one] - some[other]) > ROUNDING).sum())
            assert differing == 0 or differing > 7, (code, answered[one], answered[other], differing)
        refused += int((~told[:, place]).sum())
    assert refused > len(CODES)  # without the rule there would have been differences of a few


def test_a_township_where_a_change_moves_a_few_stays_as_it_was(api, service):
    people, homes, _ = listed(service)
    town = int(CODES[0])
    highest = np.sort(people["systolic_bp"][homes == town].dropna().to_numpy())
    for limit, hidden in ((highest[-5], True), (highest[-60], False)):
        answer = ask(api, by="township", changes=[PRESSURE | {"value": float(limit)}])
        row = next(row for row in answer["areas"] if row["code"] == str(town))
        assert (row["expected_after"] is None) == hidden
        assert (row["moved"] is None) == hidden
        assert row["expected_before"] is not None


def test_several_models_are_told_at_once_as_far_as_they_use_what_moves(api, service):
    changes = [PRESSURE, {"feature": "glucose", "how": "at_most", "value": 5.5}]
    names = list(service.snapshot.champions)
    model = next(n for n in names if {"systolic_bp", "glucose"} <= set(used(service, n)))
    others = [name for name in names if name != model]
    answer = ask(api, model=model, changes=changes, others=[*others, model])
    assert [entry["model"] for entry in answer["others"]] == others
    for entry in answer["others"]:
        own = [change for change in changes if change["feature"] in used(service, entry["model"])]
        assert entry["uses"] == [change["feature"] for change in own]
        if own:
            alone = ask(api, model=entry["model"], changes=own)
            assert alone["expected_after"] == entry["expected_after"]
        else:
            assert entry["expected_after"] == entry["expected_before"]


def used(service, model):
    return service.snapshot.champion(model).bundle.form.features


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"changes": [{"feature": "systolic_bp", "how": "add", "value": -10}]}, 422, "at_most"),
        ({"changes": [PRESSURE, PRESSURE | {"value": 120}]}, 422, "each feature once"),
        ({"others": ["plague"]}, 404, "plague"),
        ({"by": "village"}, 422, "township"),
        ({"area": "999999"}, 404, "999999"),
        ({"resident": 2448, "by": "county"}, 422, "not both"),
    ],
)
def test_what_is_not_told_of_a_group_is_refused_with_a_reason(api, asked, status, words):
    answer = api.post("/v1/what-if", json={"model": MODEL, "changes": [PRESSURE]} | asked)
    assert answer.status_code == status
    assert words in answer.text


def test_who_may_ask_of_whom(service):
    changes = {"model": MODEL, "changes": [PRESSURE]}
    resident = int(service.population.residents.index[service.ranking.order[MODEL][0]])
    other = int(service.population.residents.index[service.ranking.order[MODEL][1]])
    own = client_for(service, "resident", resident=resident)
    assert own.post("/v1/what-if", json=changes | {"resident": resident}).status_code == 200
    for asked in ({"resident": other}, {}):
        assert own.post("/v1/what-if", json=changes | asked).status_code == 403
    leader = client_for(service, "leader")
    assert leader.post("/v1/what-if", json=changes).status_code == 200
    assert leader.post("/v1/what-if", json=changes | {"resident": resident}).status_code == 403


def test_moved_columns_follow_one_another():
    stored = {"bmi": np.array([np.nan, 20.0, 40.0])}
    found = moved_columns(stored, [Change("bmi", "at_most", 30.0), Change("bmi", "at_least", 25.0)])["bmi"]
    np.testing.assert_array_equal(found, [np.nan, 25.0, 30.0])
