"""The health map in a real browser: drilled by mouse and keyboard, reproduced by its address, explained, handed out."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import serious_faults, sign_in

DRAWN = "[data-drawn]"


def open_map(page, served, query="", role="epidemiologist"):
    """Open the map and wait until it is drawn."""
    sign_in(page, served, role, "/map")
    if query:
        page.goto(f"{served}/map?{query}")
    page.wait_for_selector(DRAWN)


def rows(page):
    return page.get_by_role("row").filter(has=page.get_by_role("cell"))


def address(page):
    return page.evaluate("location.search")


def test_a_county_opens_into_its_townships_and_back(page, served):
    open_map(page, served)
    expect(rows(page)).to_have_count(9)
    first = rows(page).first.get_by_role("button")
    county = first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="当前位置")).to_contain_text(county)
    expect(page.get_by_role("radio", name="乡镇（街道）")).to_be_checked()
    expect(rows(page).nth(3)).to_be_visible()  # the townships have come
    townships = rows(page).count()
    assert townships < 40
    # The keyboard goes on where the table went on.
    expect(rows(page).first.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="地区概况").get_by_role("heading", level=2)).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(townships)
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(9)


def test_the_map_is_clicked_and_points_at_the_table_and_the_table_at_the_map(page, served):
    open_map(page, served)
    box = page.locator(".map canvas").bounding_box()
    middle = box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.5
    page.mouse.move(*middle, steps=3)
    expect(page.locator("tr.pointed")).to_have_count(1)
    name = page.locator("tr.pointed").get_by_role("button").inner_text()
    assert name in page.locator(".tip").inner_text()
    other = rows(page).filter(has_not_text=name).first
    other.hover()
    expect(page.locator(".tip")).to_contain_text(other.get_by_role("button").inner_text())
    page.mouse.click(*middle)
    expect(page.get_by_role("navigation", name="当前位置")).to_contain_text(name)


def test_a_link_shows_the_same_view(page, served):
    open_map(page, served)
    page.get_by_label("疾病").select_option("diabetes")
    page.get_by_label("显示方式").select_option("ratio")
    page.get_by_label("性别").select_option("female")
    page.get_by_label("年龄").select_option("45-64")
    page.get_by_role("slider").fill("3")
    expect(page.get_by_role("heading", level=1)).to_have_text("糖尿病 · 新诊断 · 标准化比")
    expect(page.locator(".left")).to_contain_text("2022")
    rows(page).first.get_by_role("button").click()
    expect(page.get_by_role("radio", name="乡镇（街道）")).to_be_checked()
    expect(page.get_by_role("navigation", name="当前位置").get_by_role("button")).to_have_count(2)
    expect(rows(page).nth(1)).to_be_visible()  # the townships have come
    seen = page.locator(".table").inner_text()
    page.goto(served + "/map" + address(page))
    expect(page.get_by_role("heading", level=1)).to_have_text("糖尿病 · 新诊断 · 标准化比")
    expect(page.locator(".table")).to_have_text(seen, use_inner_text=True)


def test_what_is_hidden_and_unsure_is_explained(page, served):
    open_map(page, served, "disease=diabetes&level=township")
    legend = page.get_by_role("region", name="图例")
    expect(legend).to_contain_text("1–7 或过少，不予显示")
    expect(legend).to_contain_text("区间上限超过下限的 2 倍")
    expect(legend).to_contain_text("乡镇边界为近似形状")
    hidden = page.locator("td .hidden").first
    assert hidden.inner_text() == "过少"
    assert "1 至 7 人" in hidden.get_attribute("title")


def test_clusters_are_looked_for_on_demand(page, served):
    open_map(page, served)
    with page.expect_response(lambda answer: "/clusters" in answer.url) as asked:
        page.get_by_role("checkbox", name="聚集区").check()
    found = asked.value.json()
    strong = [one for one in found["clusters"] if one["p"] <= 0.05]
    words = f"有 {len(strong)} 个" if strong else "没有 p ≤ 0.05 的聚集区" if found["clusters"] else "无法寻找聚集区"
    expect(page.get_by_role("status").filter(has_text="聚集区")).to_contain_text(words)


def test_table_and_picture_are_handed_out(page, served):
    open_map(page, served)
    with page.expect_download() as table:
        page.get_by_role("button", name="CSV").click()
    lines = list(csv.reader(io.StringIO(table.value.path().read_text(encoding="utf-8-sig"))))
    assert lines[0][:2] == ["代码", "地区"]
    assert [len(line[0]) for line in lines[1:10]] == [6] * 9
    assert any("不代表真实人群" in cell for line in lines for cell in line)
    with page.expect_download() as picture:
        page.get_by_role("button", name="图片").click()
    with Image.open(picture.value.path()) as image:
        assert image.size[0] > 500
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50  # a map is drawn in it


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_table_profile_and_funnel_are_there_without_serious_fault(page, served, theme):
    page.emulate_media(color_scheme=theme)
    open_map(page, served, "level=township&within=331082&area=331082")
    assert serious_faults(page) == []
    page.get_by_role("radio", name="地区概况").click()
    profile = page.get_by_role("region", name="地区概况")
    expect(profile.get_by_role("heading", level=2)).to_have_text("临海市")
    expect(profile.get_by_role("img")).to_have_count(2)
    assert serious_faults(page) == []
    page.get_by_role("radio", name="漏斗图").click()
    expect(page.get_by_role("region", name="漏斗图").get_by_role("img")).to_be_visible()


def test_on_a_phone_nothing_is_cut_off(page, served):
    page.set_viewport_size({"width": 390, "height": 844})
    open_map(page, served)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("region", name="图例")).to_be_visible()
    rows(page).first.get_by_role("button").click()
    expect(page.get_by_role("radio", name="乡镇（街道）")).to_be_checked()
    assert serious_faults(page) == []


def test_who_may_see_no_counts_is_told_so(page, served):
    sign_in(page, served, "resident", "/map")
    expect(page.get_by_role("alert")).to_contain_text("您的角色无权执行此操作")


def test_the_scripts_before_the_map_weigh_less_than_250_kb(page, served):
    sign_in(page, served, "epidemiologist", "/map")
    page.wait_for_selector(DRAWN)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.resource_type == "script" else None)
    page.reload()
    page.wait_for_selector(DRAWN)
    place = next(number for number, url in enumerate(asked) if "AreaMap" in url)  # the chunk that draws the map
    weights = [len(gzip.compress(page.request.get(url).body())) for url in asked[:place]]
    assert weights
    assert sum(weights) <= 250_000
