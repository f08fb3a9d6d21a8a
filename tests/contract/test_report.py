"""`sanzao report burden`: shape, exit codes, errors, and that nothing small leaves."""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import run


@pytest.fixture(scope="module")
def told(city_built, tmp_path_factory):
    page = tmp_path_factory.mktemp("report") / "burden.html"
    result = run(city_built, "report", "burden", "--source", "city", "--json", "--output", str(page))
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout), page.read_text(encoding="utf-8")


def test_it_names_its_source_period_and_method(told):
    report, _ = told
    assert report["report"] == "burden"
    assert report["source"] == "city"
    assert report["synthetic"] is True
    assert "nobody in it exists" in report["notice"]
    assert report["period"] == {"first": 2019, "last": 2023, "trend_from": 2009}
    assert report["standard"]["name"] == "china2000"
    assert "cost" in report["missing"]
    assert report["areas"][0]["code"] == ""
    assert len(report["areas"]) == 10
    assert report["areas"][1]["name_zh"] == "椒江区"


def test_diseases_come_in_the_order_of_harm_with_all_ranks_apart(told):
    city = told[0]["areas"][0]
    harm = [row["ranks"]["harm"] for row in city["diseases"] if "harm" in row["ranks"]]
    assert harm == sorted(harm) == list(range(1, len(harm) + 1))
    rates = [row["years_lost_rate"]["value"] for row in city["diseases"] if "harm" in row["ranks"]]
    assert rates[0] == max(rates)
    assert city["diseases"][0]["disease"] == "stroke"
    assert not city["diseases"][-1]["ranked"]
    by_incidence = {row["ranks"].get("incidence"): row["disease"] for row in city["diseases"]}
    assert by_incidence[1] == "hypertension"
    stroke = city["diseases"][0]
    for name in (
        "incidence",
        "incidence_standardised",
        "prevalence",
        "deaths",
        "years_lost_rate",
        "stays_rate",
        "trend",
    ):
        assert stroke[name]["low"] <= stroke[name]["value"] <= stroke[name]["high"], name


def test_no_small_count_leaves(told):
    report, _ = told
    for area in report["areas"]:
        for row in area["diseases"]:
            for name in ("cases", "living"):
                assert row[name] is None or row[name] == 0 or (row[name] >= 10 and row[name] % 5 == 0)
            if row["cases"] is None:
                assert row["incidence"] is row["incidence_standardised"] is row["trend"] is None
            if row["deaths"] is not None:
                assert row["deaths"]["value"] == 0 or row["deaths"]["value"] % 5 == 0
            else:
                assert row["years_lost"] is row["lethality"] is row["years_lost_standardised"] is None
            if row["living"] is None:
                assert row["prevalence"] is row["poor"] is row["uninsured"] is None
            if row["screening"] and row["screening"]["found"] is None:
                assert row["screening"]["yield"] is row["screening"]["undetected"] is None
    counties = report["areas"][1:]
    assert any(row["cases"] is None for area in counties for row in area["diseases"])


def test_the_page_needs_nothing_from_elsewhere_and_says_what_it_shows_in_both_languages(told):
    _, page = told
    assert not re.findall(r"""(?:src|href)\s*=|@import|url\(|<script""", page)
    assert "default-src 'none'" in page
    for text in (
        "SIMULATED DATA",
        "模拟数据",
        "nobody in it exists",
        "均不存在",
        "lead time",
        "领先时间",
        "脑卒中",
        "Linhai City",
    ):
        assert text in page, text
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)  # no message left unfilled


def test_a_county_alone(city_built):
    result = run(
        city_built, "report", "burden", "--source", "city", "--json", "--county", "331082", "--standard", "who"
    )
    report = json.loads(result.stdout)
    assert [area["code"] for area in report["areas"]] == ["331082"]
    assert report["standard"]["name"] == "who"


def test_people_get_a_table_that_names_the_source_and_progress_apart_from_it(city_built):
    result = run(city_built, "report", "burden", "--source", "city")
    assert result.returncode == 0
    assert "Simulated city: nobody in it exists" in result.stdout
    assert "stroke" in result.stdout
    assert "burden:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["burdn"], "Did you mean 'burden'?"),
        (["burden", "--county", "33108"], "There is no county '33108'"),
        (["burden", "--years", "40"], "Say --years 1 to 15."),
        (["burden", "--standard", "world"], "Known: china2000, segi, who."),
        (["burden", "--source", "framingham"], "sanzao data build --source framingham"),
        (["burden", "--output", "/nonexistent/page.html"], "Name another file."),
    ],
)
def test_errors_say_what_to_do(city_built, arguments, says):
    source = [] if "--source" in arguments else ["--source", "city"]
    result = run(city_built, "report", *arguments, *source)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_messages_are_the_same_in_both_languages():
    from training.burden.page import HERE

    english, chinese = (json.loads((HERE / "messages" / f"{code}.json").read_text("utf-8")) for code in ("en", "zh"))
    assert set(english) == set(chinese)
    for key, text in english.items():
        assert set(re.findall(r"{(\w+)}", chinese[key])) <= set(re.findall(r"{(\w+)}", text)) | {"date"}, key
