"""The burden of diseases over HTTP: what was measured, by area and by disease, and nothing small."""

from __future__ import annotations

import json
import math

import pytest
from fastapi.testclient import TestClient

from features.sources import get_source
from models.disclosure import RULE, safe_count
from models.kept import burden_file
from serving.service import Service
from tests.conftest import client_for, copy_world, run, token_for, use
from training.burden import measure_burden
from training.burden.publishing import publish_if_new

WHOLE_NUMBERS = ("cases", "living")
COUNTED = ("deaths", "stays", "visits", "drugs")


@pytest.fixture(scope="module")
def city(city_trained, tmp_path_factory):
    """Give a client of a city whose burden was measured by the command, and the exact burden beside it."""
    root = tmp_path_factory.mktemp("burden") / "city"
    copy_world(city_trained, root)
    with use(root, SANZAO_SOURCE="city"):
        burden_file("city").unlink(missing_ok=True)
        client = client_for(Service(get_source("city")), "leader")
        before = client.get("/v1/burden")
        assert (before.status_code, "sanzao report burden --source city" in before.json()["detail"]) == (424, True)
        done = run(root, "report", "burden", "--source", "city", "--json")
        assert done.returncode == 0, done.stderr
        yield client, measure_burden(get_source("city")), json.loads(done.stdout)


def areas_of(burden):
    return {area.code: area for area in (burden.city, *burden.counties)}


def test_figures_are_those_that_are_measured_under_disclosure_control(city):
    client, burden, _ = city
    assert len(areas_of(burden)) == 10
    for code, exact in areas_of(burden).items():
        shown = client.get("/v1/burden", params={"county": code} if code else {}).json()
        assert (shown["data_source"], shown["synthetic"], shown["area"]["code"]) == ("city", True, code)
        assert len(shown["areas"]) == 10
        by_name = {one.disease.name: one for one in exact.diseases}
        for row in shown["diseases"]:
            one = by_name[row["disease"]]
            assert row["cases"] == safe_count(one.cases)
            assert row["living"] == safe_count(one.living)
            if row["cases"] and math.isfinite(one.incidence.value):
                moved = one.incidence.value * row["cases"] / one.cases
                assert row["incidence"]["value"] == pytest.approx(moved, rel=1e-3)
            if row["years_lost_rate"]:
                moved = one.years_lost_rate.value * row["deaths"]["value"] / (one.deaths.value or 1)
                assert row["years_lost_rate"]["value"] == pytest.approx(moved, rel=2e-3)


def test_no_count_of_one_to_seven_leaves_and_nothing_that_hangs_on_one(city):
    client, burden, _ = city
    hidden = 0
    for code, exact in areas_of(burden).items():
        by_name = {one.disease.name: one for one in exact.diseases}
        for row in client.get("/v1/burden", params={"county": code} if code else {}).json()["diseases"]:
            one = by_name[row["disease"]]
            counts = {name: row[name] for name in WHOLE_NUMBERS} | {
                name: row[name] and row[name]["value"] for name in COUNTED
            }
            for name, count in counts.items():
                assert count is None or count == 0 or (count > RULE.suppress_up_to and count % RULE.round_to == 0), name
            if 0 < one.cases <= RULE.suppress_up_to:
                hidden += 1
                assert row["cases"] is row["incidence"] is row["incidence_standardised"] is row["trend"] is None
            for year, (cases, _) in one.yearly.items():
                if 0 < cases <= RULE.suppress_up_to:
                    assert row["yearly"][str(year)] is None
            if row["screening"]:
                for name in ("tests", "found", "absent"):
                    assert row["screening"][name] is None or row["screening"][name] % RULE.round_to == 0
    assert hidden


def test_one_disease_is_told_for_every_area(city):
    client, _, released = city
    shown = client.get("/v1/burden/stroke").json()
    assert (shown["label"], shown["label_zh"], shown["ranked"]) == ("stroke", "脑卒中", True)
    assert [one["area"]["code"] for one in shown["areas"]] == [area["code"] for area in released["areas"]]
    for one, area in zip(shown["areas"], released["areas"], strict=True):
        (row,) = (entry for entry in area["diseases"] if entry["disease"] == "stroke")
        assert one["figures"]["years_lost_rate"] == row["years_lost_rate"]
        assert one["figures"]["ranks"]["harm"] == row["ranks"].get("harm")


def test_an_answer_is_named_by_its_tag_and_a_new_measurement_has_another(city):
    client, _, _ = city
    first = client.get("/v1/burden")
    assert client.get("/v1/burden", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert client.get("/v1/burden/stroke").headers["etag"] != first.headers["etag"]
    kept = json.loads(burden_file("city").read_text())
    assert publish_if_new(get_source("city")) is False
    burden_file("city").write_text(json.dumps(kept | {"measured_at": "2031-01-01T00:00:00+00:00"}))
    again = client.get("/v1/burden", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["measured_at"]) == (200, "2031-01-01T00:00:00Z")
    burden_file("city").write_text("{")
    assert client.get("/v1/burden").status_code == 424
    burden_file("city").write_text(json.dumps(kept))


@pytest.mark.parametrize(
    ("path", "says"),
    [("/v1/burden?county=33108", "There is no county '33108'"), ("/v1/burden/strok", "Did you mean 'stroke'?")],
)
def test_unknown_names_say_which_are_known(city, path, says):
    client, _, _ = city
    answer = client.get(path)
    assert (answer.status_code, says in answer.json()["detail"]) == (404, True)


def test_it_is_for_those_who_may_see_aggregates(city):
    client, _, _ = city
    with TestClient(client.app, raise_server_exceptions=False) as other:
        headers = token_for("city", "administrator")
        assert other.get("/v1/burden", headers=headers).status_code == 403
        assert other.get("/v1/burden/stroke").status_code == 401
