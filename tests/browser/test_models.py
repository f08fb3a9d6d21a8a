"""The pages of the models and of the burden of diseases, in a real browser."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import serious_faults, sign_in

MODEL = "/models/type2_diabetes_5y"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_champions_are_listed_and_one_is_read_whole(served, page, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(page, served, "engineer", "/models")
    row = page.get_by_role("row", name=re.compile("type2_diabetes_5y"))
    assert re.search(r"0\.\d{3}", row.inner_text())
    assert "服务中" in row.inner_text()
    assert serious_faults(page) == []
    row.get_by_role("link").click()
    page.wait_for_url(lambda url: url.endswith(MODEL))
    curves = page.get_by_role("img", name=re.compile("优势为平均的"))
    curves.first.wait_for()
    said = page.get_by_role("heading", name=re.compile("全部曲线")).inner_text()
    assert curves.count() == int(re.search(r"\d+", said)[0]) > 5
    assert serious_faults(page) == []
    page.get_by_label("查找特征").fill("年龄")
    assert 0 < curves.count() < 10
    assert page.get_by_label("某位居民处于何处？").count() == 0  # an engineer sees no person


def test_figures_drift_and_versions_of_a_champion(served, page):
    sign_in(page, served, "epidemiologist", f"{MODEL}?show=quality")
    page.get_by_role("img", name=re.compile("斜率")).wait_for()
    page.get_by_text("这是什么？").first.click()
    assert page.get_by_text("约十分之一应发生结局").is_visible()
    table = page.get_by_role("region", name="对每个人群都正确吗？")
    assert "性别" in table.inner_text()
    # A script's value cannot be polled for: the page's policy forbids it.
    page.locator("canvas").nth(2).wait_for(state="attached")
    assert serious_faults(page) == []
    page.get_by_role("radio", name="漂移").click()
    page.get_by_text("sanzao drift type2_diabetes_5y").wait_for()  # nobody has asked yet, and it says how
    page.get_by_role("radio", name="版本").click()
    page.get_by_text("批准上线").wait_for()
    assert "校准斜率" in page.get_by_role("listitem").first.inner_text()
    assert page.url.endswith("show=versions")
    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("完整报告")).click()
    assert opened.value.get_by_role("heading").first.inner_text()
    opened.value.close()


def test_a_resident_stands_on_the_curves_and_they_add_up(served, page):
    sign_in(page, served, "coordinator", MODEL)
    person = page.evaluate(
        "fetch('/v1/risk-list?model=type2_diabetes_5y&limit=1').then((a) => a.json()).then((a) => a.people[0])"
    )
    page.get_by_label("某位居民处于何处？").fill(str(person["resident"]))
    page.keyboard.press("Enter")
    told = page.get_by_role("region", name=f"居民 {person['resident']}")
    told.get_by_text("曲线和配对图上读出的数相加得").wait_for()  # else it would say that they do not agree
    assert f"{100 * person['risk']['risk']:.1f} %" in told.inner_text()
    assert f"resident={person['resident']}" in page.url
    page.get_by_label("某位居民处于何处？").fill("987654321")
    page.get_by_role("button", name="显示", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert told.count() == 0  # nobody stays on the curves who was not asked for


def test_models_fit_a_phone(served, page):
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, served, "leader", MODEL)
    page.get_by_role("img", name=re.compile("优势为平均的")).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="← 模型").click()
    page.get_by_role("row", name=re.compile("undetected_hypertension")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
