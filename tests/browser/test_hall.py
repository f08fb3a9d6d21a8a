"""The operations hall in a browser: all tiles on one wall screen, followed live, and honest when it is not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious_faults, sign_in

TILES = ("本周筛查", "在办诉求", "数据质量", "模型", "提醒")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_one_wall_screen_holds_every_tile(page, served, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1920, "height": 1080})
    sign_in(page, served, "leader", "/hall")
    # The first answer counts what all later ones repeat.
    expect(page.get_by_role("heading", name=re.compile(TILES[0]))).to_be_visible(timeout=30_000)
    for name in TILES:
        expect(page.get_by_role("heading", name=re.compile(name)).first).to_be_visible()
    # No list has been opened in this city, and none is made up.
    expect(page.get_by_text("本周尚未开出名单")).to_be_visible()
    expect(page.get_by_text("没有模型可预测是否超期")).to_be_visible()
    expect(page.get_by_text("不足8者不予显示")).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_role("button", name="全屏").click()
    expect(page.get_by_role("button", name="退出全屏")).to_be_visible()
    expect(page.get_by_text("模拟数据").last).to_be_visible()  # the notice goes along
    wall = page.evaluate("[document.fullscreenElement.scrollHeight, document.fullscreenElement.scrollWidth]")
    assert wall[0] <= 1080
    assert wall[1] <= 1920


def test_it_is_asked_again_and_says_when_it_cannot_be(page, served):
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if answer.url.endswith("/v1/hall") else None)
    sign_in(page, served, "leader", "/hall")
    expect(page.get_by_text("实时")).to_be_visible(timeout=30_000)
    with page.expect_response(lambda answer: answer.url.endswith("/v1/hall"), timeout=20_000) as again:
        pass
    assert again.value.status in (200, 304)
    page.route("**/v1/hall", lambda route: route.abort())
    expect(page.get_by_text("无法连接")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name=re.compile("本周筛查"))).to_be_visible()  # what was last known stays
    page.unroute("**/v1/hall")
    expect(page.get_by_text("实时")).to_be_visible(timeout=20_000)
    assert answers[0] == 200


def test_who_may_not_see_counts_has_no_hall(page, served):
    sign_in(page, served, "resident", "/hall")
    expect(page.get_by_role("alert")).to_contain_text("您的角色无权执行此操作")
    expect(page.get_by_role("link", name="运行大厅")).to_have_count(0)
