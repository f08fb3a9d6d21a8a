"""Risk lists as coordinators, clinicians and residents work with them, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious_faults, serving, sign_in
from tests.conftest import copy_world, run

PHONE = {"width": 390, "height": 844}
PLAN = "/lists?programme=hypertension"
CALLS = f"{PLAN}&view=call"
INVITED = 40


@pytest.fixture(scope="module")
def own_city(city_trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a copy of the trained city: lists are worked here, and accounts made."""
    root = tmp_path_factory.mktemp("worked") / "city"
    copy_world(city_trained, root)
    return root


@pytest.fixture(scope="module")
def served(own_city: Path) -> Iterator[str]:
    """Serve that city, which nobody else looks at."""
    with serving(own_city) as address:
        yield address


@pytest.fixture(scope="module")
def colleague(served: str) -> Iterator[httpx.Client]:
    """Give another browser of the coordinator's, who has opened the week's list."""
    with httpx.Client(base_url=served) as client:
        log_ins = client.get("/v1/session").json()["demo_log_ins"]
        own = next(entry for entry in log_ins if entry["role"] == "coordinator")
        body = {"username": own["name"], "password": own["password"]}
        session = client.post("/v1/session", json=body).json()["signed_in"]
        client.headers["X-CSRF-Token"] = session["csrf_token"]
        area = session["catchment"][0]["code"]
        answer = client.post("/v1/worklists/hypertension/open", json={"area": area, "capacity": INVITED})
        assert answer.status_code == 201, answer.text
        yield client


def to_call(colleague: httpx.Client) -> list[dict[str, Any]]:
    """Return the tasks of which nothing has become yet."""
    found = colleague.get("/v1/tasks", params={"state": "to_call", "limit": 500}).json()["tasks"]
    assert found
    return found


def people(page, **more: Any):
    """Return the lines of the list."""
    return page.get_by_role("listbox", name="人员").get_by_role("option", **more)


def choose(page, task: dict[str, Any]) -> None:
    """Choose a task's person in the list."""
    people(page).filter(has=page.get_by_text(str(task["resident"]), exact=True)).click()
    expect(page.get_by_role("heading", name=f"居民 {task['resident']}")).to_be_visible()


def test_a_capacity_says_what_it_brings_and_opens_the_list_of_a_clinic(page, served, colleague):
    clinic = to_call(colleague)[0]["township"]
    sign_in(page, served, "coordinator", PLAN)
    page.get_by_label("机构或地区").select_option(f"clinic:{clinic}")
    page.get_by_role("spinbutton").fill("12")
    expected = page.get_by_label("预期效果")
    expect(expected.get_by_text("12", exact=True)).to_be_visible()
    few = expected.inner_text()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(expected.get_by_text("13", exact=True)).to_be_visible()
    assert expected.inner_text() != few
    assert "capacity=13" in page.url
    assert f"place=clinic:{clinic}" in page.url
    page.get_by_role("button", name="开启本周名单").click()
    expect(page.get_by_role("status").filter(has_text="待联系 13 人")).to_be_visible()
    page.get_by_role("button", name="开启本周名单").click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("名单未开启")
    expect(refusal).to_contain_text("demo-coordinator opened it")
    refusal.get_by_role("button", name="去联系").click()
    expect(people(page).first).to_be_visible()
    assert "view=call" in page.url


def test_a_list_is_worked_by_keyboard_to_an_outcome_that_can_be_taken_back(page, served, colleague):
    sign_in(page, served, "coordinator", CALLS)
    chosen = people(page, selected=True)
    expect(chosen).to_be_visible()
    before = chosen.inner_text()
    page.keyboard.press("j")
    expect(chosen).not_to_have_text(before)
    resident = chosen.locator("b").inner_text()
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="拒绝")).to_be_visible()
    expect(page.get_by_role("button", name="结果阳性")).to_have_count(0)  # may not follow yet
    page.keyboard.press("r")
    expect(page.get_by_role("radio", name="没有时间")).not_to_be_checked()
    page.keyboard.press("Enter")  # a reason is needed first
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=f"居民 {resident}：拒绝")).to_be_visible()
    expect(chosen.locator("b")).not_to_have_text(resident)  # on to the next
    page.keyboard.press("k")
    steps = page.get_by_label("本次任务").get_by_role("listitem")
    expect(steps.last).to_contain_text("拒绝 · 没有时间")
    page.keyboard.press("u")
    expect(page.get_by_role("status").filter(has_text="已撤销")).to_be_visible()
    expect(steps.last).to_contain_text("撤销 → 待联系")
    page.keyboard.press("u")  # an undo is not undone
    expect(page.get_by_role("status").filter(has_text="没有可撤销的步骤")).to_be_visible()
    page.keyboard.press("c")
    page.keyboard.press("a")
    expect(page.get_by_role("status").filter(has_text=f"居民 {resident}：同意参加")).to_be_visible()
    (task,) = colleague.get("/v1/tasks", params={"limit": 500, "state": "agreed"}).json()["tasks"]
    assert (str(task["resident"]), task["version"]) == (resident, 4)


def test_what_somebody_else_did_is_shown_and_nothing_typed_is_lost(page, served, colleague):
    sign_in(page, served, "coordinator", CALLS)
    task = to_call(colleague)[5]
    choose(page, task)
    page.keyboard.press("c")
    page.keyboard.press("x")
    page.keyboard.type("肾功能不全")
    other = {"version": task["version"], "outcome": "refused", "reason": "cost"}
    assert colleague.post(f"/v1/tasks/{task['id']}/outcome", json=other).status_code == 200
    page.keyboard.press("Enter")
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("他人已先行变更")
    expect(refusal).to_contain_text("demo-coordinator：拒绝")
    expect(refusal).to_contain_text("费用原因")
    expect(page.get_by_label("检查的禁忌是什么？（必填）")).to_have_value("肾功能不全")
    refusal.get_by_role("button", name="接续记录").click()
    expect(page.get_by_role("status").filter(has_text="有禁忌")).to_be_visible()
    steps = colleague.get(f"/v1/tasks/{task['id']}").json()["history"]
    assert [step["after"] for step in steps] == ["to_call", "refused", "contraindicated"]
    assert steps[-1]["note"] == "肾功能不全"


def test_an_outcome_that_cannot_follow_any_more_is_explained(page, served, colleague):
    sign_in(page, served, "coordinator", CALLS)
    task = to_call(colleague)[6]
    choose(page, task)
    page.keyboard.press("c")
    other = {"version": task["version"], "outcome": "moved"}
    assert colleague.post(f"/v1/tasks/{task['id']}/outcome", json=other).status_code == 200
    page.keyboard.press("a")
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("“同意参加”不能接续该状态")
    expect(refusal.get_by_role("button", name="接续记录")).to_have_count(0)
    refusal.get_by_role("button", name="保持现状").click()
    expect(page.get_by_text("任务已结束，不能再变更。")).to_be_visible()


def test_who_may_not_see_lists_is_told_so(page, served):
    sign_in(page, served, "leader", "/lists")
    expect(page.get_by_role("alert")).to_contain_text("您的角色无权执行此操作")
    expect(page.get_by_role("alert")).to_contain_text("市领导")
    expect(page.get_by_role("link", name="风险名单")).to_have_count(0)


def test_a_clinician_goes_from_a_models_list_to_a_resident_and_no_further(page, served):
    sign_in(page, served, "clinician", "/lists")
    expect(page.get_by_role("radio", name="本周计划")).to_have_count(0)
    page.get_by_label("模型").select_option("type2_diabetes_5y")
    resident = people(page, selected=True).locator("b").inner_text()
    page.keyboard.press("/")
    page.keyboard.type(resident)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"居民 {resident}")).to_be_visible()
    risk = page.get_by_role("radio", name="2型糖尿病")
    risk.click()
    expect(risk).to_be_checked()
    expect(page.get_by_label("历史记录").get_by_role("listitem").first).to_be_visible()
    page.goto(f"{served}/residents/999999937")
    expect(page.get_by_role("alert")).to_contain_text("not among those that you may see")


def test_a_resident_reads_their_own_risks_and_says_which_app_may(page, served, own_city: Path):
    added = run(own_city, "user", "add", "step-counter", "--role", "app", "--source", "city")
    assert added.returncode == 0, added.stderr
    sign_in(page, served, "resident")
    page.wait_for_url(f"{served}/me")
    expect(page.get_by_role("heading", name="我的健康")).to_be_visible()
    page.get_by_role("button", name="同意 step-counter 查看我的风险").click()
    withdraw = page.get_by_role("button", name="收回 step-counter 查看我的风险的许可")
    expect(withdraw).to_be_visible()
    page.reload()
    withdraw.click()
    expect(page.get_by_role("button", name="同意 step-counter 查看我的风险")).to_be_visible()
    assert serious_faults(page) == []


def test_a_list_is_worked_on_a_phone(page, served, colleague):
    page.set_viewport_size(PHONE)
    sign_in(page, served, "coordinator", CALLS)
    task = to_call(colleague)[-1]
    expect(page.get_by_role("heading", name=re.compile("^居民"))).to_be_hidden()
    choose(page, task)
    expect(people(page).first).to_be_hidden()
    page.get_by_role("button", name="联系 c").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="未联系上").click()
    expect(page.get_by_role("status").filter(has_text=f"居民 {task['resident']}：未联系上")).to_be_visible()
    page.get_by_role("button", name="返回名单").click()
    expect(people(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious_faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_in_the_way_of_anybody(page, served, colleague, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(page, served, "coordinator", PLAN)
    expect(page.get_by_role("slider")).to_be_visible()
    page.get_by_text("各乡镇（街道）份额与数据依据").click()
    assert serious_faults(page) == []
    page.goto(served + CALLS)
    choose(page, to_call(colleague)[0])
    page.keyboard.press("c")
    page.keyboard.press("r")
    expect(page.get_by_label("本次任务").get_by_role("listitem").first).to_be_visible()
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious_faults(page) == []
    page.goto(f"{served}/residents/{to_call(colleague)[0]['resident']}")
    expect(page.get_by_label("历史记录").get_by_role("listitem").first).to_be_visible()
    assert serious_faults(page) == []


def test_a_list_on_paper_has_everybody_and_room_for_what_came_of_it(page, served, colleague):
    sign_in(page, served, "coordinator", f"{PLAN}&view=all")
    expect(people(page).first).to_be_visible()
    everybody = len(colleague.get("/v1/tasks", params={"programme": "hypertension", "limit": 500}).json()["tasks"])
    # In a function: what an expression gives is called at once if it is one, and that was before anything was printed.
    page.evaluate("() => { window.print = () => { document.title = 'printed' } }")
    page.get_by_role("button", name="打印").click()
    expect(page).to_have_title("printed")
    page.emulate_media(media="print")
    assert page.get_by_role("row").count() == everybody + 1
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_text("模拟城市")).to_be_visible()
    with page.expect_download() as waiting:
        page.emulate_media(media="screen")
        page.get_by_role("button", name="CSV").click()
    lines = waiting.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == everybody + 1
    assert all("模拟城市" in line for line in lines[1:])
