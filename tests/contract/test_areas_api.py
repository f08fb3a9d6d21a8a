"""Areas over HTTP: one shape for all measures, and no small count to be had, whatever is asked and subtracted.

The people and their records are Framingham's; the townships in which they live are made up here, because that cohort
names none.
"""

from __future__ import annotations

import gzip
import itertools
import re
from dataclasses import replace

import brotli
import numpy as np
import pytest
from shapely import box

from features.concepts import CONDITIONS
from features.lake import open_lake
from features.sources import get_source
from models.disclosure import DisclosureRule, possible_counts, safe_array
from serving import area_cells
from serving.area_cells import AGE_BANDS, SEXES
from serving.area_counts import YEARS
from serving.area_measures import MEASURES
from serving.areas import areas_of
from serving.population import Ranking
from serving.service import Service
from tests.conftest import client_for

SIZES = {"100001": (700, 400, 300, 60), "100002": (900, 500, 350, 5), "100003": (500, 400, 300)}
CODES = [f"{county}{number:03d}" for county, sizes in SIZES.items() for number in range(1, len(sizes) + 1)]
WEIGHTS = [size for sizes in SIZES.values() for size in sizes]
SHAPES = {code: box(10 + place * 0.1, 50, 10.1 + place * 0.1, 50.1) for place, code in enumerate(CODES)}


@pytest.fixture(scope="module")
def service(built):
    from tests.conftest import use

    with use(built):
        source = replace(
            get_source("framingham"),
            area_names={"100001": ("First", "一县"), CODES[0]: ("Top", "上镇")},
            area_shapes=lambda: SHAPES,
            area_shapes_note="Made up for this test.",
        )
        service = Service(source)
        people = len(service.population.residents)
        drawn = np.random.default_rng(7).choice(len(CODES), people, p=np.array(WEIGHTS) / sum(WEIGHTS))
        persons = service.population.residents.index.to_numpy()
        service.population.townships.put(persons, np.array([int(code) for code in CODES])[drawn])
        yield service


@pytest.fixture(scope="module")
def api(service):
    return client_for(service, "epidemiologist")


def ask(api, path, **params):
    answer = api.get(f"/v1/areas{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def diseases(api):
    return [one["name"] for one in ask(api, "")["diseases"] if one["predicted"]]


def band_of(birth, day):
    """Return the position of the age band on a day."""
    age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    return sum(age >= low for low in AGE_BANDS.values()) - 1


def exact_cases(service, disease):
    """Return exact first diagnoses by township, sex (male, female), year and age band, counted person by person."""
    now = service.source.as_of.date()
    homes = dict(zip(service.population.residents.index, service.population.homes(), strict=True))
    with open_lake(service.source.name) as lake:
        rows = lake.execute(
            f"""
            SELECT person_id, gender_concept_id = 8532 AS female, min(condition_start_date)::DATE AS day,
                any_value(observation_period_start_date)::DATE AS entered,
                any_value(observation_period_end_date)::DATE, any_value(birth_date)::DATE
            FROM condition_occurrence JOIN person USING (person_id) JOIN observation_period USING (person_id)
            WHERE {CONDITIONS[disease].sql("condition_source_value")} AND condition_occurrence.known_at <= $now
            GROUP BY ALL
            """,
            {"now": service.source.as_of},
        ).fetchall()
    table = {
        (int(code), sex, year, band): 0
        for code in CODES for sex in (0, 1) for year in range(YEARS) for band in range(len(AGE_BANDS))
    }  # fmt: skip
    for person, female, day, entered, left, birth in rows:
        year = YEARS - 1 - int(np.floor((now - day).days / 365.25))
        if entered < day <= left and 0 <= year < YEARS:
            table[int(homes[person]), int(female), year, band_of(birth, day)] += 1
    return table


def test_the_catalogue_says_what_can_be_asked(api):
    told = ask(api, "")
    assert told["levels"] == ["county", "township"]
    assert [measure["name"] for measure in told["measures"]] == list(MEASURES)
    assert {"stroke", "coronary_heart_disease"} <= set(diseases(api))
    assert told["notice"]
    assert told["disclosure"]["suppress_up_to"] == 7


@pytest.mark.parametrize("measure", ["observed", "risk", "missed"])
@pytest.mark.parametrize("level", ["county", "township"])
def test_all_measures_have_one_shape(api, measure, level):
    told = ask(api, f"/{level}", measure=measure, disease="stroke")
    assert [row["code"] for row in told["areas"]] == (sorted(SIZES) if level == "county" else CODES)
    assert len({tuple(row) for row in told["areas"]}) == 1
    for row in told["areas"]:
        if not row["suppressed"]:
            value = row["estimate"] / row["denominator"] * told["measure"]["per"]
            assert row["value"] == pytest.approx(value, rel=2e-3)
            assert row["low"] <= row["value"] <= row["high"]
    assert any(not row["suppressed"] for row in told["areas"])
    assert told["shapes_note"] == "Made up for this test."
    assert (told["model"] is None) == (measure == "observed")


def test_shown_cells_are_the_rounded_exact_ones_and_sums_are_sums_of_them(api, service):
    disease = "coronary_heart_disease"
    exact = exact_cases(service, disease)
    assert sum(exact.values()) > 50
    assert any(1 <= count <= 7 for count in exact.values())

    def shown(township, sex, year, band):
        count = exact[int(township), sex, year, band]
        return None if 1 <= count <= 7 else int(count / 5 + 0.5) * 5

    for sexes, years, bands in itertools.product(
        [(0,), (1,), (0, 1)], [None, *range(YEARS)], [(0,), (1,), (2,), (0, 1, 2)]
    ):
        params = {"disease": disease, "sex": {(0,): "male", (1,): "female", (0, 1): "all"}[sexes]}
        params["age"] = list(AGE_BANDS)[bands[0]] if len(bands) == 1 else "all"
        if years is not None:
            params["year"] = YEARS - 1 - years
        for level in ("township", "county"):
            for row in ask(api, f"/{level}", **params)["areas"]:
                cells = [
                    shown(code, sex, year, band) for code in CODES if code.startswith(row["code"]) for sex in sexes
                    for year in (range(YEARS) if years is None else [years]) for band in bands
                ]  # fmt: skip
                told = [cell for cell in cells if cell is not None]
                assert row["count"] == (sum(told) if told else None)
                assert row["suppressed_cells"] == len(cells) - len(told)


def test_no_subtraction_gives_a_small_count_away(api):
    """Every count that is told is a sum of shown cells, so a multiple of five, and so is every difference of two:
    across levels, sexes, ages and years, for cases and for people. An estimate is told of none or of more than seven.
    """
    for disease in diseases(api):
        counts, estimates = set(), set()
        for level, sex, age, year in itertools.product(
            ("county", "township"), ("all", "female", "male"), ("all", *AGE_BANDS), (None, 0, YEARS - 1)
        ):
            params = {"disease": disease, "sex": sex, "age": age} | ({} if year is None else {"year": year})
            told = ask(api, f"/{level}", **params)
            for row in [*told["areas"], told["city"]]:
                counts |= {row["count"], row["denominator"]}
                estimates.add(row["estimate"])
        assert all(count % 5 == 0 for count in counts - {None})
        assert all(estimate == 0 or estimate > 7 for estimate in estimates - {None})
        predicted = ask(api, "/township", measure="risk", disease=disease)["areas"]
        assert all(row["denominator"] is None or row["denominator"] % 5 == 0 for row in predicted)


def every_answer(service, disease):
    """Return all that can be asked of one disease's diagnoses, of areas made anew."""
    service.live.ranking = Ranking(service.population, service.snapshot)
    api = client_for(service, "epidemiologist")
    answers = []
    for level, sex, age in itertools.product(("county", "township"), ("all", *SEXES), ("all", *AGE_BANDS)):
        whom = {"disease": disease, "sex": sex, "age": age}
        answers += [ask(api, f"/{level}", **whom), ask(api, f"/{level}", **whom, year=0)]
        answers += [ask(api, f"/{level}", **whom, measure="missed")]
        answers += [ask(api, f"/{level}/clusters", **whom)]
    for code in (CODES[0], CODES[2], "100002"):
        answers += [ask(api, f"/{code}/profile"), ask(api, f"/{code}/series", disease=disease)]
    return answers


def test_nothing_that_is_told_depends_on_what_is_hidden(service, monkeypatch):
    """The strongest attack: whoever knows every answer to every question cannot tell two cities apart whose cells show
    the same. Cases are moved between hidden cells, and within the rounding of shown ones; the city's rates are kept.
    """
    disease = "coronary_heart_disease"
    before = every_answer(service, disease)
    moved = []

    def counted(lake, name, now, shape):
        exact = observed_cases(lake, name, now, shape)
        if name != disease:
            return exact
        other = elsewhere(exact)
        moved.append(np.abs(other - exact).sum())
        return other

    observed_cases = area_cells.observed_cases
    monkeypatch.setattr(area_cells, "observed_cases", counted)
    assert every_answer(service, disease) == before
    assert moved[0] >= 20


def elsewhere(exact):
    """Return other exact counts (townships, sexes, years, age groups) whose shown cells and city-wide sums by sex and
    age are the same: one case of a group goes from one township and year to another wherever that changes no cell."""
    rule, other = DisclosureRule(), exact.copy()
    edges = [low // 5 for low in AGE_BANDS.values()]
    shown = safe_array(np.add.reduceat(exact, edges, axis=3), rule)
    low, high = possible_counts(shown, rule)
    cells = np.add.reduceat(exact, edges, axis=3)
    for sex, group in itertools.product(range(exact.shape[1]), range(exact.shape[3])):
        band = sum(group >= edge for edge in edges) - 1
        for township, year in itertools.product(range(exact.shape[0]), range(exact.shape[2])):
            giver = (township, sex, year, band)
            if other[township, sex, year, group] < 1 or cells[giver] - 1 < low[giver]:
                continue
            takers = np.argwhere((cells + 1 <= high)[:, sex, :, band] & (cells[:, sex, :, band] > 0))
            takers = [(t, y) for t, y in takers.tolist() if (t, y) != (township, year)]
            if not takers:
                continue
            t, y = takers[(township + year + group) % len(takers)]
            other[township, sex, year, group] -= 1
            other[t, sex, y, group] += 1
            cells[giver] -= 1
            cells[t, sex, y, band] += 1
    return other


def test_a_township_of_few_people_tells_nothing(api, service):
    tiny = CODES[7]
    assert (service.population.homes() == int(tiny)).sum() < 20
    row = next(r for r in ask(api, "/township", disease="stroke")["areas"] if r["code"] == tiny)
    assert row["suppressed"] or row["count"] == 0
    for name in ("ratio", "smoothed"):
        assert row[name] is None or not row["suppressed"]


def test_the_whole_follows_a_newly_ranked_population(service):
    first = areas_of(service)
    assert areas_of(service) is first
    service.live.ranking = Ranking(service.population, service.snapshot)
    assert areas_of(service) is not first


def test_geojson_by_format_or_by_accept(api):
    drawn = ask(api, "/county", disease="stroke", format="geojson")
    assert drawn["type"] == "FeatureCollection"
    assert [feature["id"] for feature in drawn["features"]] == sorted(SIZES)
    for feature in drawn["features"]:
        assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
        assert feature["properties"]["code"] == feature["id"]
    answer = api.get("/v1/areas/county", params={"disease": "stroke"}, headers={"Accept": "application/geo+json"})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json() == drawn
    assert drawn["features"][0]["properties"]["name_zh"] == "一县"


def test_the_openapi_page_names_only_what_it_describes(api):
    page = api.get("/openapi.json")
    named = set(re.findall(r'"#/components/schemas/(\w+)"', page.text))
    assert {"AreaList", "AreaCollection", "AreaProfile", "AreaSeries", "AreaClusters"} <= named
    assert named <= set(page.json()["components"]["schemas"])


def test_an_answer_that_is_known_is_not_sent_again(api):
    params = {"disease": "stroke"}
    first = api.get("/v1/areas/township", params=params)
    again = api.get("/v1/areas/township", params=params, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    other = api.get(
        "/v1/areas/township", params=params | {"sex": "male"}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200


@pytest.mark.parametrize(("encoding", "open_"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_large_answers_are_compressed_and_others_are_not(api, encoding, open_):
    with api.stream(
        "GET", "/v1/areas/township", params={"disease": "stroke"}, headers={"Accept-Encoding": encoding}
    ) as answer:
        assert answer.headers["content-encoding"] == encoding
        assert "Accept-Encoding" in answer.headers["vary"]
        assert b'"areas"' in open_(b"".join(answer.iter_raw()))
    assert "content-encoding" not in api.get("/v1/models", headers={"Accept-Encoding": encoding}).headers


def test_a_profile_holds_what_the_lists_hold(api):
    code = CODES[0]
    profile = ask(api, f"/{code}/profile")
    assert (profile["level"], profile["within"], profile["name_zh"]) == ("township", "100001", "上镇")
    entry = next(one for one in profile["diseases"] if one["disease"] == "stroke")
    for measure in ("observed", "risk", "missed"):
        row = next(r for r in ask(api, "/township", measure=measure, disease="stroke")["areas"] if r["code"] == code)
        assert entry["measures"][measure] == {name: row[name] for name in entry["measures"][measure]}
    city = ask(api, "/township", disease="stroke")["city"]
    assert entry["city"]["observed"] == city
    assert city["ratio"] == pytest.approx(1, abs=0.25)
    assert entry["funnel"]["far_low"] <= entry["funnel"]["near_low"] < 1 < entry["funnel"]["near_high"]
    assert ask(api, "/100001/profile")["within"] is None


def test_a_series_adds_up_to_the_window(api):
    series = ask(api, "/100001/series", disease="coronary_heart_disease")
    assert [row["years_back"] for row in series["years"]] == [4, 3, 2, 1, 0]
    window = next(r for r in ask(api, "/county", disease="coronary_heart_disease")["areas"] if r["code"] == "100001")
    assert sum(row["count"] or 0 for row in series["years"]) == (window["count"] or 0)
    assert sum(row["suppressed_cells"] for row in series["years"]) == window["suppressed_cells"]


def test_clusters_are_found_among_shown_cells(api):
    told = ask(api, "/township/clusters", disease="coronary_heart_disease")
    rows = ask(api, "/township", disease="coronary_heart_disease")["areas"]
    estimate = {row["code"]: row["estimate"] or 0 for row in rows}
    for cluster in told["clusters"]:
        assert cluster["count"] == pytest.approx(sum(estimate[code] for code in cluster["codes"]), abs=0.2)
        assert 0 < cluster["p"] <= 1
    assert set(told["local"]) <= set(CODES)


@pytest.mark.parametrize(
    ("path", "params", "status", "says"),
    [
        ("/village", {"disease": "stroke"}, 404, "township"),
        ("/county", {"disease": "strok"}, 404, "stroke"),
        ("/county", {"disease": "stroke", "measure": "cost"}, 404, "observed"),
        ("/county", {"disease": "stroke", "sex": "both"}, 404, "female"),
        ("/county", {"disease": "stroke", "age": "40-49"}, 404, "45-64"),
        ("/county", {"disease": "stroke", "measure": "yield"}, 422, "Nothing screens"),
        ("/county", {"disease": "stroke", "measure": "screening"}, 422, "Nothing screens"),
        ("/county", {"disease": "stroke", "year": 5}, 422, "0 to 4"),
        ("/county", {"disease": "stroke", "measure": "risk", "year": 1}, 422, "observed disease only"),
        ("/county", {"disease": "stroke", "year": "x"}, 422, "year"),
        ("/county", {"disease": "stroke", "format": "shp"}, 422, "geojson"),
        ("/county", {}, 422, "disease"),
        ("/999999/profile", {}, 404, "100001"),
        ("/nowhere/series", {"disease": "stroke"}, 404, "area"),
        ("/county/clusters", {"disease": "x" * 100}, 422, "60"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(api, path, params, status, says):
    answer = api.get(f"/v1/areas{path}", params=params)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.text


def test_people_whose_home_is_not_known_make_no_area(world):
    api = client_for(Service(get_source("framingham")), "epidemiologist")
    assert ask(api, "/township", disease="stroke")["areas"] == []
    assert ask(api, "/county", disease="stroke", format="geojson")["features"] == []
    assert ask(api, "/county/clusters", disease="stroke")["clusters"] == []
