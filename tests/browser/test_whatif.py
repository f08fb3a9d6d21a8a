"""What-if in a browser: a lever moves figures, map and table, the link shows the same, and a role sees its own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious_faults, sign_in

MODEL = "undetected_hypertension"
MOVED = f"/whatif?model={MODEL}&move=pressure:118"
SLOW = 30_000  # milliseconds: the first question reads where everybody lives


def open_page(page, served, role, path):
    sign_in(page, served, role)
    page.goto(served + path)


def test_a_lever_moves_the_figures_and_the_link_shows_the_same(page, served):
    open_page(page, served, "leader", f"/whatif?model={MODEL}")
    expect(page.get_by_text("并非已证实的治疗效果")).to_be_visible()
    expect(page.get_by_text("尚未调整任何因素")).to_be_visible()
    table = page.get_by_role("region", name="各地区结果")
    expect(table.get_by_role("row").nth(5)).to_be_visible(timeout=SLOW)
    page.get_by_role("checkbox", name="收缩压").check()
    expect(page.get_by_text("尚未调整任何因素")).to_have_count(0)
    amount = page.get_by_role("spinbutton", name="收缩压")
    amount.fill("118")
    amount.press("Tab")
    expect(page).to_have_url(re.compile("move=pressure:118"))
    # What is allowed comes from the model: what lies beyond is brought back to it.
    expect(page.get_by_text("允许 50 至 300")).to_be_visible()
    amount.fill("500")
    amount.press("Tab")
    expect(page).to_have_url(re.compile("move=pressure:300"))
    amount.fill("118")
    amount.press("Tab")
    expect(page.get_by_role("region", name="各种疾病")).to_be_visible(timeout=SLOW)
    change = page.get_by_role("definition").filter(has_text=re.compile("^[−+].*%"))
    expect(change).to_contain_text("−", timeout=SLOW)
    told = change.inner_text()
    page.reload()
    expect(page.get_by_role("spinbutton", name="收缩压")).to_have_value("118")
    expect(change).to_have_text(re.compile(re.escape(told.split()[0])), timeout=SLOW)


def test_the_map_is_walked_by_keys_and_leads_into_a_county(page, served):
    open_page(page, served, "leader", f"{MOVED}&by=county")
    counties = page.get_by_role("listbox").get_by_role("option")
    expect(counties).to_have_count(9, timeout=SLOW)
    counties.first.focus()
    page.keyboard.press("ArrowRight")
    expect(counties.nth(1)).to_be_focused()
    expect(counties.nth(1)).to_have_attribute("aria-label", re.compile(r"：|: [−+0]"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"area=\d{6}"))
    expect(page.get_by_role("radio", name="乡镇（街道）")).to_be_checked()
    expect(counties.nth(2)).to_be_visible()


def test_a_clinician_asks_of_one_resident_and_a_leader_of_none(page, served):
    open_page(page, served, "clinician", f"{MOVED}&whom=person")
    number = page.evaluate(
        f"fetch('/v1/risk-list?model={MODEL}&limit=1').then((a) => a.json()).then((a) => String(a.people[0].resident))"
    )
    page.get_by_label("居民编号").fill(number)
    page.get_by_role("button", name="查看").click()
    expect(page).to_have_url(re.compile(f"resident={number}"))
    expect(page.get_by_role("heading", name="未检出高血压")).to_be_visible(timeout=SLOW)
    # A number that is nobody's is refused with a reason.
    page.get_by_label("居民编号").fill("999999937")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("alert")).to_contain_text("您的角色无权执行此操作")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login**")
    open_page(page, served, "leader", MOVED)
    expect(page.get_by_role("listbox")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("radio", name="一位居民")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(1360, "light"), (1360, "dark"), (390, "light")])
def test_no_barrier_and_nothing_wider_than_the_screen(page, served, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, served, "leader", MOVED)
    expect(page.get_by_role("listbox")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("region", name="各种疾病")).to_be_visible(timeout=SLOW)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
