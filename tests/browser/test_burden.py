"""The page of the burden of diseases, in a real browser."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import serious_faults, sign_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_diseases_are_weighed_and_one_is_looked_into(served, page, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(page, served, "leader", "/burden")
    diseases = page.get_by_role("group", name="各病寿命损失年").get_by_role("button")
    diseases.first.wait_for()
    assert "脑卒中" in diseases.first.inner_text()
    assert page.get_by_text("1–7").first.is_visible()
    page.get_by_role("radio", name="新发病例").click()
    first = page.get_by_role("group", name="各病新发病例").get_by_role("button").first
    assert "高血压" in first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    told = page.get_by_role("region", name="高血压")
    counties = told.get_by_role("group").get_by_role("button")
    counties.first.wait_for()
    assert counties.count() == 9
    assert "by=incidence" in page.url
    assert "disease=hypertension" in page.url
    assert serious_faults(page) == []


def test_a_county_is_chosen_and_the_link_shows_it_again(served, page):
    sign_in(page, served, "epidemiologist", "/burden")
    page.get_by_label("地区").select_option(label="临海市")
    page.get_by_text("筛查项目按全市统计").wait_for()
    address = page.url
    assert "county=331082" in address
    page.goto(address)
    page.get_by_text("筛查项目按全市统计").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    lines = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) > 10
    assert all("synthetic" in line and "331082" in line for line in lines[1:])
    page.get_by_role("button", name="English").click()
    assert page.get_by_role("heading", name="Three ranks side by side").is_visible()


def test_the_burden_fits_a_phone(served, page):
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, served, "leader", "/burden")
    page.get_by_role("region", name=re.compile("脑卒中")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_faults(page) == []
