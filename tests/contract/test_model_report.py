"""`sanzao report MODEL`: self-contained, in two languages, complete, and honest about where its people come from."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from features.sources import get_source
from models.attribution import explain
from models.bundle import Bundle, InputFeature, Tiers
from models.risk_model import get_model
from models.tables import Curve, Surface, TableForm
from tests.conftest import run
from training.registry import artifact_folder, champion
from training.report.figures import figures
from training.report.page import Origin, page, render
from training.report.tripod import Known, items

VOID = {"meta", "input", "br", "path", "rect", "circle", "link", "img"}


class Balanced(HTMLParser):
    """Holds a page to closing what it opens."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"


def self_contained(html: str) -> None:
    assert not re.findall(r"""\bsrc\s*=|@import|url\(|<script|<link|<img|<iframe""", html)
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', html))
    assert "default-src 'none'" in html
    assert not re.findall(r"https?://", html)
    without_style = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert "{" not in without_style, "a message was left unfilled"
    assert "nan" not in re.sub(r"<[^>]*>", " ", without_style).lower().split()
    assert not re.search(r'="[^"]*\bnan\b', without_style)
    assert len(html.encode()) < 2_000_000
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []


@pytest.fixture(scope="module")
def written(built, tmp_path_factory):
    target = tmp_path_factory.mktemp("report") / "stroke.html"
    result = run(built, "report", "stroke_10y", "--output", str(target), "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout), target.read_text(encoding="utf-8")


def test_it_says_what_it_wrote(written):
    told, html = written
    assert told["report"] == "stroke_10y"
    assert told["source"] == "framingham"
    assert told["synthetic"] is False
    assert told["kilobytes"] == round(len(html.encode()) / 1024)


def test_it_asks_nothing_of_any_other_host(written):
    self_contained(written[1])


def test_it_speaks_both_languages_and_names_its_people(written):
    _, html = written
    for text in ("REAL PEOPLE", "真实人群", "not for clinical use", "Stroke within 10 years", "10年脑卒中风险",
                 "Framingham teaching cohort", "Calibration slope", "校准斜率", "TRIPOD+AI"):  # fmt: skip
        assert text in html, text
    assert "SIMULATED" not in html


def test_every_curve_of_the_bundle_is_drawn(written, world):
    bundle = Bundle.load(artifact_folder(champion("stroke_10y")))
    _, html = written
    assert html.count('<figure class="card curve">') == len(bundle.form.features)
    assert html.count('<figure class="card pair">') == len(bundle.form.surfaces)
    assert bundle.fingerprint in html


def test_the_same_page_lies_beside_the_card_and_in_the_run(world):
    from training.registry import client

    version = champion("stroke_10y")
    folder = artifact_folder(version)
    html = (folder / "report.html").read_text(encoding="utf-8")
    self_contained(html)
    assert "numbered on registration" in html
    assert "report.html" in [entry.path for entry in client().list_artifacts(version.run_id)]


def test_the_card_shows_no_exact_count_of_people(world):
    card = (artifact_folder(champion("stroke_10y")) / "card.md").read_text(encoding="utf-8")
    flow = card.split("## Study flow")[1].split("## ")[0]
    counted = re.findall(r"^\| [^|]+ \| ([\d,]+|≤7) \|", flow, re.MULTILINE)
    counted += re.findall(r"^\| (?:index dates|events by the horizon) \| ([\d,]+|≤7) \|", card, re.MULTILINE)
    assert len(counted) > 4
    assert all(count == "≤7" or int(count.replace(",", "")) % 5 == 0 for count in counted), counted


def test_the_profile_holds_no_person(world):
    folder = artifact_folder(champion("stroke_10y"))
    profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    text = json.dumps(profile)
    people = pd.read_parquet(folder / "validation.parquet")["person_id"].unique()
    assert "person_id" not in text
    assert profile["index_dates"] % 5 == 0
    assert profile["people"] == round(len(people) / 5) * 5
    assert set(profile["effects"]["curves"]) == set(Bundle.load(folder).form.features)
    for entry in profile["contributions"].values():
        for _, shade, share in entry.get("cells", []):
            assert -1 <= shade <= 4
            assert share * profile["index_dates"] >= 7.5


def test_it_stands_without_a_profile(world, tmp_path):
    import shutil

    folder = tmp_path / "older"
    shutil.copytree(artifact_folder(champion("stroke_10y")), folder)
    (folder / "profile.json").unlink()
    html = page(folder, get_model("stroke_10y"), get_source("framingham"), Origin(1, "result", "code"))
    self_contained(html)
    assert "trained before training kept a profile" in html
    assert html.count('<figure class="card curve">') == len(Bundle.load(folder).form.features)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["stroke_10"], "Did you mean 'stroke_10y'"),
        (["stroke_10y", "--version", "99"], "version of stroke_10y"),
        (["stroke_10y", "--county", "331082"], "--county belongs to `sanzao report burden`"),
        (["burden", "--version", "1"], "belongs to the report of a model"),
        (["lung_cancer_5y"], "sanzao train lung_cancer_5y"),
        (["stroke_10y", "--source", "city"], "--source framingham"),
        (["stroke_10y", "--output", "/nonexistent/page.html"], "Name another file."),
    ],
)
def test_errors_say_what_to_do(built, arguments, says):
    result = run(built, "report", *arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def simulated():
    """Return a small model of simulated people with pair maps, no published score, and figures that are not there."""
    generator = np.random.default_rng(0)
    rows = 3000
    columns = {"age": generator.uniform(20, 90, rows), "systolic_bp": generator.normal(130, 15, rows)}
    columns["systolic_bp"][::3] = np.nan
    form = TableForm(
        -2.0,
        (Curve("age", [40.0, 60.0], [-0.5, 0.0, 0.6, 0.0]), Curve("systolic_bp", [120.0, 140.0], [-0.4, 0, 0.7, 0.1])),
        (Surface(("age", "systolic_bp"), ([50.0], [135.0]), [[0.2, -0.1, 0], [-0.2, 0.3, 0], [0, 0, 0]]),),
    )
    model = get_model("undetected_hypertension")
    risk = 1 / (1 + np.exp(-form.raw(columns)))
    event = generator.uniform(size=rows) < risk
    nothing = np.full(rows, np.nan)
    validation = pd.DataFrame(
        {
            "person_id": np.arange(rows), "index_date": pd.Timestamp("2019-01-01"), "time": 1.0,
            "status": event.astype(np.int8), "weight": 1.0, "screened": False, "risk": risk, "refit": risk,
            "deep": nothing, "published": nothing, "temporal_risk": nothing, "temporal_refit": nothing,
            "age": columns["age"], "female": (np.arange(rows) % 2).astype(float), "schooling": np.nan,
            "education_level": np.nan, "insurance": np.nan, "hukou": np.nan, "area_income": np.nan,
        }
    )  # fmt: skip
    metrics = {
        "n": rows, "events": int(event.sum()), "deaths": 0, "flow": {"index dates": rows, "followed up": 3},
        "c_index": 0.7, "c_index_low": math.nan, "c_index_high": math.nan, "c_index_refit": None,
        "c_index_published": None, "c_index_deep": math.nan, "observed": math.nan, "expected": None,
        "published_expected": None, "calibration_slope": math.nan, "subgroups": [], "capacity": [], "by_detection": [],
        "worst_subgroup": None, "worst_subgroup_oe": None, "candidates": {"pairs": math.nan}, "chosen_in_folds": [],
    }  # fmt: skip
    source = get_source("city")
    bundle = Bundle(
        name=model.name, horizon_years=1, form=form, attribution=explain(form, columns), slope=1.0, intercept=0.0,
        inputs=tuple(InputFeature(name, "1", 0, 300, float(np.isnan(c).mean()), float(np.nanmedian(c)))
                     for name, c in columns.items()),
        tiers=Tiers(0.5, 0.3), chosen="pairs", data_source="city", notice=source.notice, notice_zh=source.notice_zh,
        synthetic=True, fingerprint="0" * 16, metrics=metrics,
    )  # fmt: skip
    return model, source, bundle, validation


def test_simulated_people_are_named_so_and_figures_that_are_not_there_are_dashes(simulated):
    model, source, bundle, validation = simulated
    html = render(model, source, bundle, figures(model, validation), None, Origin(None, "result", "code"))
    self_contained(html)
    for text in ("SIMULATED PEOPLE", "模拟人群", "nobody in it exists", "均不存在", "no published score", "≤7"):
        assert text in html, text
    assert html.count('<figure class="card curve">') == 2
    assert html.count('<figure class="card pair">') == 1


def test_what_the_records_could_tell_is_shown_where_it_is_known(simulated):
    model, source, bundle, validation = simulated
    oracle = {"auc_oracle": 0.8123, "auc_model": 0.79, "oracle_events": 3}
    html = render(model, source, bundle, figures(model, validation), None, Origin(2, "r", "c", oracle=oracle))
    assert "AUC 0.812 (model 0.790 on the same ≤7 outcomes)" in html


def test_all_52_items_of_the_checklist_are_there_and_point_into_the_page(written):
    _, html = written
    listed = items(Known(synthetic=False, temporal=False, published=True, profile=True, tested_only=False))
    assert len(listed) == 52
    assert len({item.number for item in listed}) == 52
    for item in listed:
        assert bool(item.section) or item.status == "no", item.number
        assert not item.section or f'<section id="{item.section}">' in html


def test_groups_are_merged_until_eight_events_lie_in_each(simulated):
    model, _, _, validation = simulated
    few = validation.assign(status=(np.arange(len(validation)) % 100 == 0).astype(np.int8))
    drawn = figures(model, few)
    assert 1 <= len(drawn["calibration"]["groups"]) <= 3
    assert sum(group["n"] for group in drawn["calibration"]["groups"]) == len(few)
