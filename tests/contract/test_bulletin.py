"""`sanzao report bulletin`: figures are those of burden and areas, months agree, and nothing small leaves."""

from __future__ import annotations

import json
import re

import numpy as np
import pypdf
import pytest
from scipy.optimize import linprog

import sanzao
from features.sources import get_source
from models.disclosure import DisclosureRule, safe_count
from models.risk_model import models_for
from serving.area_cells import SEXES, AreaCells
from serving.service import Service
from tests.conftest import run, use
from training.bulletin.cells import protect
from training.bulletin.counting import count_months
from training.bulletin.coverage import coverage
from training.bulletin.measure import measure_bulletin
from training.bulletin.months import Month, span_of
from training.bulletin.page import page
from training.bulletin.story import document
from training.bulletin.wording import Wording
from training.burden import measure_burden, release

EXACT = DisclosureRule(suppress_up_to=0, round_to=1)
LAST, BEFORE, COUNTY = "2023-12", "2022-12", "331082"


@pytest.fixture(scope="module")
def told(city_built, tmp_path_factory):
    file = tmp_path_factory.mktemp("bulletin") / "bulletin.html"
    result = run(city_built, "report", "bulletin", "--source", "city", "--json", "--output", str(file))
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout), file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def exact(city_built):
    """Return the exact counts of the city's months and townships, and the burden of the same years."""
    with use(city_built, SANZAO_SOURCE="city"):
        source = get_source("city")
        span = span_of(source)
        ledger, small = count_months(source, span, span.burden_period(span.last))
        return ledger, small, measure_burden(source)


@pytest.fixture
def of_city(city_trained):
    """The same city with a record log, from which a service tells homes."""
    with use(city_trained, SANZAO_SOURCE="city"):
        yield


@pytest.fixture(scope="module")
def bulletins(city_built, told):
    """Return the bulletins of the city in two months and of a county."""
    with use(city_built, SANZAO_SOURCE="city"):
        source = get_source("city")
        return [told[0], measure_bulletin(source, BEFORE), measure_bulletin(source, LAST, COUNTY)]


def leaves(value, path=()):
    """Return every number of a report with the names that lead to it."""
    if isinstance(value, dict):
        return [leaf for name, one in value.items() for leaf in leaves(one, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, one in enumerate(value) for leaf in leaves(one, (*path, at))]
    return [(path, value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


# --- what it says is what is there ---


def test_it_names_its_source_month_and_rule(told):
    report, _ = told
    assert (report["report"], report["source"], report["month"], report["year"]) == (
        "bulletin",
        "city",
        "2023-12",
        2023,
    )
    assert report["synthetic"] is True
    assert "均不存在" in report["notice_zh"]
    assert report["disclosure"] == {"suppress_up_to": 7, "round_to": 5, "mark": "≤7"}
    assert "近似边界" in report["shapes_note_zh"]
    assert len(report["months"]) == len(report["diseases"][0]["series"]) == 36
    assert 0.5 < report["completeness"] < 0.8  # most of a month is known when it ends, but not all


def test_its_months_add_up_to_the_burden_of_the_same_years(exact):
    ledger, small, burden = exact
    first = Month(burden.period.first, 1).index - ledger.span.first.index
    years = ledger.counts[:, first : first + 12 * burden.period.years]
    for place, area in enumerate((burden.city, *burden.counties)):
        assert ledger.areas[place] == area.code
        deaths = years[place, :, ledger.series.index("deaths")].sum()
        assert deaths == pytest.approx(area.deaths)
        for one in area.diseases:
            counted = years[place, :, ledger.series.index(one.disease.name)].sum()
            assert counted == pytest.approx(one.cases), (area.code, one.disease.name)
    inside = small.by_county()
    assert list(inside.codes) == [area.code for area in burden.counties]
    for at, area in enumerate(burden.counties):
        assert inside.cases[at].sum(axis=1) == pytest.approx([one.cases for one in area.diseases])
    lived = ledger.people[0, first : first + 12 * burden.period.years].sum() / 12
    assert lived == pytest.approx(burden.city.person_years, rel=0.005)
    found = {one.disease.programme: one.programme for one in burden.city.diseases if one.programme}
    for name, programme in found.items():
        assert years[0, :, ledger.series.index(f"{name}.found")].sum() == programme.found
        assert years[0, :, ledger.series.index(f"{name}.missed")].sum() == programme.others


def test_the_burden_in_it_is_the_report_of_burden(told, exact):
    released = json.loads(json.dumps(release(exact[2])))
    assert told[0]["burden"] == released["areas"][0]["diseases"]
    cases = {area["code"]: {row["disease"]: row["cases"] for row in area["diseases"]} for area in released["areas"]}
    for row in told[0]["places"]["counties"]:
        for area in row["areas"]:
            assert area["cases"] == (cases[area["code"]].get(row["disease"]) or None)
        expected = sum(area["expected"] for area in row["areas"])
        assert expected == pytest.approx(cases[""][row["disease"]], rel=1e-3)  # the shown count, not the exact one


def test_its_year_and_its_coverage_are_those_of_the_area_answers(exact, of_city):
    ledger = exact[0]
    source = get_source("city")
    cells = AreaCells(Service(source).ranking, models_for(source), EXACT)
    last = slice(ledger.span.months - 12, None)
    for disease in ("stroke", "diabetes", "lung_cancer"):
        counted = ledger.counts[0, last, ledger.series.index(disease)].sum()
        assert np.nansum(cells.observed[disease].cases[:, :, -1]) == pytest.approx(counted, abs=2)
    cover = coverage(source, ledger.span.last)
    county = np.array([str(code)[:6] for code in cells.townships])
    for column, disease in enumerate(cover.diseases):
        shown = cells.screened(disease)
        assert shown.people.shape[:2] == (len(county), len(SEXES))
        for row, code in enumerate(cover.areas):
            inside = county == code
            assert np.nansum(shown.people[inside]) == pytest.approx(cover.eligible[row, column], abs=2)
            assert np.nansum(shown.cases[inside]) == pytest.approx(cover.tested[row, column], abs=2)


def test_bulletins_of_all_months_agree_and_hold_the_exact_counts_rounded(bulletins, exact):
    ledger = exact[0]
    shown = protect(ledger)
    assert np.isfinite(shown[0]).sum() > 500
    told: dict[tuple[str, str, str], int | None] = {}
    for report in bulletins:
        for row in report["diseases"]:
            for month, count in zip(report["months"], row["series"], strict=True):
                key = (report["area"], row["disease"], month)
                assert told.setdefault(key, count) == count, key
                at = Month.parse(month).index - ledger.span.first.index
                cell = shown[ledger.areas.index(report["area"]), at, ledger.series.index(row["disease"])]
                assert count == (None if np.isnan(cell) else int(cell))
    assert len(set(bulletins[0]["months"]) & set(bulletins[1]["months"])) == 24


# --- nothing small leaves ---

COUNTS = ("count", "series", "yearly", "year_before", "cases", "people", "eligible", "tested", "invited", "found",
          "missed", "missed_years", "absent", "tests", "living", "records", "set_aside")  # fmt: skip


def test_no_count_of_one_to_seven_people_leaves(bulletins):
    checked = 0
    for report in bulletins:
        for path, value in leaves(report):
            names = [name for name in path if isinstance(name, str)]
            if names[-1] in COUNTS and names[:2] != ["burden", "yearly"]:  # those are rates
                assert value == 0 or (value >= 10 and value % 5 == 0), (path, value)
                checked += 1
    assert checked > 2000


def test_months_counties_and_years_cannot_be_subtracted_to_a_small_count(exact):
    """An attacker takes from each published sum all that is told beside a cell, in every way that the sums allow."""
    ledger = exact[0]
    cells, counts = protect(ledger), ledger.counts
    low = np.where(np.isfinite(cells), np.maximum(np.nan_to_num(cells) - 2, 8), 0)
    small = ~np.isfinite(cells) & (counts <= 7)
    attacked = 0
    elsewhere = counts[0] - counts[1:].sum(axis=0)
    open_above = np.where(np.isfinite(cells[0]), np.nan_to_num(cells[0]) + 2, np.inf) - elsewhere
    left = open_above - low[1:].sum(axis=0)  # the city's month less all that its counties show
    reachable = small[1:].any(axis=0) & np.isfinite(cells[1:]).any(axis=0)
    assert np.all(left[reachable] >= 7)
    attacked += int(reachable.sum())
    years = len(ledger.span.whole_years)
    for first in range(years):
        for last in range(first, years):
            span = slice(12 * first, 12 * (last + 1))
            total = counts[:, span].sum(axis=1)
            most = np.where(total > 7, np.floor(total / 5 + 0.5) * 5 + 2, np.where(total > 0, 7, 0))
            left = most - low[:, span].sum(axis=1)
            reachable = small[:, span].any(axis=1) & (total > 0)
            assert np.all(left[reachable] >= 7)
            attacked += int(reachable.sum())
    assert attacked > 1000
    assert (np.isnan(cells) & (counts > 7)).sum() < 0.05 * np.isfinite(cells).sum()  # and little is kept back for it


def seen(total):
    """Return between which numbers a published total lies, for somebody who knows the rule."""
    told = safe_count(total)
    return (1, 7) if told is None else (told, told) if told == 0 else (max(told - 2, 8), told + 2)


@pytest.mark.parametrize("disease", ["stroke", "lung_cancer"])
def test_all_published_sums_together_leave_a_small_count_open(exact, disease):
    """Linear programs over the county months of three years, with every month of the city and every run of years."""
    ledger, first, years = exact[0], 12 * 12, 3
    at, span = ledger.series.index(disease), slice(first, first + 12 * years)
    counts, cells = ledger.counts[:, span, at], protect(ledger)[:, span, at]
    place = np.arange(counts[1:].size).reshape(counts[1:].shape)
    runs = [np.arange(12 * start, 12 * end + 12) for start in range(years) for end in range(start, years)]
    months = [np.array([month]) for month in range(12 * years)]
    ties, limits = [], []
    for area in range(len(counts)):
        for when in (*runs, *months):
            if len(when) == 1 and np.isnan(cells[area, when[0]]):
                continue
            inside = place[:, when] if area == 0 else place[area - 1, when]
            # Who lives in no known county counts for the city only; the attacker may even know how many these are.
            elsewhere = counts[0, when].sum() - counts[1:, when].sum() if area == 0 else 0
            ties.append(np.isin(np.arange(place.size), inside))
            limits.append(np.array(seen(counts[area, when].sum())) - elsewhere)
    tie, (low, high) = np.array(ties, dtype=float), np.array(limits, dtype=float).T
    exactly = counts[1:].ravel()
    small = np.flatnonzero((exactly > 0) & (exactly <= 7))
    for target in small[:: len(small) // 8]:
        aim = (np.arange(place.size) == target).astype(float)
        least, most = (
            linprog(sign * aim, np.vstack([tie, -tie]), np.concatenate([high, -low]), bounds=(0, None))
            for sign in (1, -1)
        )
        assert least.status == most.status == 0
        assert -most.fun - least.fun >= 4


# --- the page and the paper ---


def test_the_page_needs_nothing_from_elsewhere_and_says_what_it_shows(told):
    _, printed = told
    bare = re.sub(r"url\(#hatch\)", "", printed)
    assert not re.findall(r"""(?:src|href)\s*=|@import|url\(|<script|https?:""", bare)
    assert "default-src 'none'" in printed
    for text in ("模拟台州居民健康月报", "2023年12月", "模拟数据", "均不存在", "本月要点", "哪里偏高", "披露控制",
                 "近似边界", "脑卒中", "临海市", "椒江区", "Spiegelhalter"):  # fmt: skip
        assert text in printed, text
    assert "{" not in re.sub(r"<style>.*?</style>", "", printed, flags=re.DOTALL)  # no message left unfilled
    assert printed.count("<svg") == printed.count("</svg>") >= 5


def test_the_paper_is_archivable_and_its_chinese_can_be_read(city_built, tmp_path):
    file = tmp_path / "bulletin.pdf"
    result = run(city_built, "report", "bulletin", "--source", "city", "--month", "2023-06", "--output", str(file))
    assert result.returncode == 0, result.stderr
    assert "模拟城市" in result.stdout
    assert str(file) in result.stdout
    document = pypdf.PdfReader(file)
    text = "".join(page.extract_text() for page in document.pages)
    joined = re.sub(r"\s", "", text)
    for words in (
        "模拟台州居民健康月报",
        "2023年6月",
        "其中居民均不存在",
        "本月要点",
        "脑卒中",
        "临海市",
        "方法与依据",
    ):
        assert words in joined, words
    assert document.metadata is not None
    assert "模拟台州居民健康月报" in str(document.metadata.title)
    fonts = {
        str(font["/BaseFont"]): font["/DescendantFonts"][0]["/FontDescriptor"]
        for page in document.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert fonts
    assert all("Noto" in name and ("/FontFile3" in font or "/FontFile2" in font) for name, font in fonts.items())
    assert 3 <= len(document.pages) <= 8
    assert b"pdfaid" in file.read_bytes() or "pdfaid" in str(document.xmp_metadata.stream.get_data())


def test_a_county_in_english(bulletins, city_world):
    county = bulletins[2]
    assert (county["area"], county["name"]) == (COUNTY, "Linhai City")
    printed = page(document(county, get_source("city"), Wording.of("en")))
    for text in (
        "Linhai City: monthly health bulletin",
        "nobody in it exists",
        '<html lang="en">',
        "what rose, what fell",
    ):
        assert text in printed, text
    assert {area["code"][:6] for one in county["places"]["maps"] for area in one["areas"]} >= {COUNTY}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--month", "2023-13"], "'2023-13' is not a month. Write year and month like 2023-06."),
        (["--month", "2024-01"], "it is not over yet. Choose 2009-12 to 2023-12."),
        (["--month", "1999-01"], "no whole calendar year of records before its end"),
        (["--county", "331099"], "There is no county '331099'"),
        (["--lang", "fr"], "There is no language 'fr'. Known: en, zh."),
        (["--output", "bulletin.docx"], "HTML or PDF"),
        (["--output", "/nonexistent/bulletin.pdf"], "There is no folder /nonexistent."),
        (["--years", "3"], "--years belongs to `sanzao report burden`"),
        (["--source", "framingham"], "sanzao data build --source framingham"),
    ],
)
def test_errors_say_what_to_do(city_world, capsys, arguments, says):
    assert sanzao.main(["report", "bulletin", *arguments, "--json"]) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert says in json.loads(printed.out)["error"]
