"""The pages of campaigns: counters in scope, the month, previews, the steps of four eyes, and draft to effect."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from small_bank import last_day

from liuke.act.loop_policy import read_loop_policy
from liuke.daily.campaigning import run_campaigns
from liuke.daily.day import measure_day
from liuke.daily.warning import warn_day
from liuke.insight.known import bank_tables
from liuke.state.models import CampaignState, OutboxMessage, WorkOrder
from liuke.wiring import open_house
from tests.act.campaigns.reading import MARKETING, SERVICE, written
from tests.night import nightly

DAY = last_day()
SMS = """
channels:
  text: {kind: sms, signature: 留客, url: "http://127.0.0.1:1/send", fields: {to: "{to}", text: "{text}"}}
"""
CALL = {"channel": "phone", "message_class": "service", "wording": {"zh": "问候{customer_name}", "en": "Greet"}}
KEYS: dict[str, Any] = {
    "name": {"zh": "问候老客户", "en": "Say hello"},
    "valid": {"from": str(DAY - timedelta(days=60)), "to": str(DAY + timedelta(days=60))},
    "arms": {"text": SERVICE, "call": CALL},
    "holdout_share": 0.3,
}


@pytest.fixture
def campaign_bank(own_bank: Path) -> Path:
    (own_bank / "channels.yaml").write_text(SMS, encoding="utf-8")
    (own_bank / "campaigns").mkdir()
    (own_bank / "campaigns" / "hello.yaml").write_text(written(**KEYS), encoding="utf-8")
    return own_bank


def ran(home: Path) -> None:
    """The campaigns of 31 days ago, and the outcomes of today."""
    house = open_house(home)
    with house.engine() as engine:
        then, now = (house.as_of(DAY - timedelta(days=n)) for n in (31, 0))
        tables = bank_tables(house.lake, engine, then, house.zone)
        people = warn_day(house, engine, tables).snapshot
        run_campaigns(house, engine, tables, people, None, read_loop_policy(house.policy("loop")))
        measure_day(house, engine, bank_tables(house.lake, engine, now, house.zone))


def read(client: Any, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return " ".join(answer.content.decode().split())


def approved(seen_by: Any) -> None:
    seen_by("analyst").post("/campaigns/hello/propose/", {"note": "年中问候"})
    row = CampaignState.objects.get()
    seen_by("officer").post("/campaigns/hello/approve/", {"version": row.version})


def test_two_people_bring_a_campaign_to_work_and_stop_it(campaign_bank, seen_by):
    analyst, officer = seen_by("analyst"), seen_by("officer")
    assert "提交审批" in read(analyst, "/campaigns/hello/")
    assert "提交审批" not in read(officer, "/campaigns/hello/")
    assert analyst.post("/campaigns/hello/propose/", {"note": "年中问候"}).status_code == 302
    row = CampaignState.objects.get()
    assert row.preview["messages"] > 0
    assert analyst.post("/campaigns/hello/approve/", {"version": row.version}).status_code == 422
    assert officer.post("/campaigns/hello/approve/", {"version": row.version}).status_code == 302
    ran(campaign_bank)
    row = CampaignState.objects.get()
    assert row.stage == "running"
    text = read(officer, "/campaigns/hello/")
    assert all(word in text for word in ("年中问候", "批准活动", "活动开始", "运行中"))
    assert officer.post("/campaigns/hello/pause/", {"version": row.version, "reason": "x"}).status_code == 422
    assert officer.post("/campaigns/hello/pause/", {"version": row.version, "reason": "投诉增多"}).status_code == 302
    assert "已暂停" in read(officer, "/campaigns/")
    order = WorkOrder.objects.filter(reasons__0__code="campaign").first()
    drawer = read(seen_by("head"), f"/workbench/orders/{order.order_id}/") if order.branch_id == "NJ" else ""
    assert not drawer or "问候老客户" in drawer


def test_counters_are_those_of_the_persons_scope(campaign_bank, seen_by):
    approved(seen_by)
    ran(campaign_bank)
    everybody, branch = (read(seen_by(who), "/campaigns/") for who in ("analyst", "head"))
    sent = OutboxMessage.objects.filter(campaign="hello")
    assert f'待发送</div><div class="value">{sent.count()}<' in everybody
    assert f'待发送</div><div class="value">{sent.filter(branch_id="NJ").count()}<' in branch
    assert 0 < sent.filter(branch_id="NJ").count() < sent.count()
    seen_by("rm1").get("/campaigns/")
    assert seen_by("rm1").get("/campaigns/").status_code == 403


def test_the_preview_is_for_those_who_see_the_whole_bank(campaign_bank, seen_by):
    seen = read(seen_by("officer"), "/campaigns/hello/preview/")
    assert "通过关卡，要联系" in seen
    read(seen_by("head"), "/campaigns/hello/preview/", status=404)


def test_a_gate_that_stops_everybody_is_told_with_its_share_before_anything_is_proposed(campaign_bank, seen_by):
    keys = KEYS | {"arms": {"text": MARKETING}}  # nobody of this bank has consented
    (campaign_bank / "campaigns" / "hello.yaml").write_text(written(**keys), encoding="utf-8")
    analyst = seen_by("analyst")
    assert "关卡「同意」会拦下 100.0% 的营销消息" in read(analyst, "/campaigns/hello/preview/")
    refused = analyst.post("/campaigns/hello/propose/", {"note": "年中问候"})
    assert refused.status_code == 422
    assert "100.0%" in refused.content.decode()
    assert not CampaignState.objects.exists()
    assert analyst.post("/campaigns/hello/propose/", {"note": "年中问候", "confirmed": "yes"}).status_code == 302


def test_the_month_shows_the_days_it_works_on(campaign_bank, seen_by):
    keys = KEYS | {"kind": "recurring", "days": {"month_days": [1, 28]}}
    (campaign_bank / "campaigns" / "hello.yaml").write_text(written(**keys), encoding="utf-8")
    seen_by("analyst").post("/campaigns/hello/propose/", {"note": "年中问候"})
    ahead = (DAY.replace(day=1) + timedelta(days=32)).strftime("%Y-%m")
    text = read(seen_by("officer"), f"/campaigns/?view=month&month={ahead}")
    assert text.count('class="works"') == 2
    assert read(seen_by("officer"), "/campaigns/?view=month&month=never").count("月历") > 1


def test_a_mistake_in_a_file_is_told_and_what_is_not_lawful_says_why(campaign_bank, seen_by):
    loud = KEYS | {"arms": {"text": MARKETING | {"wording": {"zh": "稳赚", "en": "Hello"}}}}
    (campaign_bank / "campaigns" / "hello.yaml").write_text(written(**loud), encoding="utf-8")
    assert "不得对客户说“稳赚”" in read(seen_by("analyst"), "/campaigns/hello/")
    (campaign_bank / "campaigns" / "hello.yaml").write_text(written(kind="ones"), encoding="utf-8")
    board = read(seen_by("analyst"), "/campaigns/")
    assert "campaigns/hello.yaml 有误" in board
    assert "kind" in board
    read(seen_by("analyst"), "/campaigns/nobody/", status=404)


@needs_browser
@nightly  # the whole way is gone by day in test_campaign_to_effect, too
def test_from_a_draft_to_its_effect_in_the_browser(campaign_bank: Path, opened: Any) -> None:
    analyst = opened("analyst", at="/campaigns/")
    analyst.get_by_role("link", name="问候老客户").click()
    analyst.locator("#previewed dd").first.wait_for()
    analyst.get_by_role("button", name="提交审批").first.click()
    analyst.fill("#note", "年中问候")
    analyst.locator("#propose button[type=submit]").click()
    analyst.locator(".idcard .tag", has_text="待审批").wait_for()
    officer = opened("officer", at="/campaigns/hello/")
    officer.get_by_role("button", name="批准", exact=True).click()
    officer.locator(".idcard .tag", has_text="已批准").wait_for()
    ran(campaign_bank)
    officer.goto("/campaigns/hello/")
    officer.locator(".effect .interval", has_text="95% 区间").wait_for()
    officer.locator("#previewed dd").first.wait_for()
    assert troubles(officer) == []
    officer.set_viewport_size(PHONE)
    for path in ("/campaigns/", "/campaigns/?view=month", "/campaigns/hello/"):
        officer.goto(path)
        assert troubles(officer) == [], path
    _pictured(officer, os.environ.get("LIUKE_SHOTS"))


def _pictured(page: Any, folder: str | None) -> None:
    """For people who look: LIUKE_SHOTS=FOLDER."""
    for name, view in (("phone", PHONE), ("wide", WIDE)) if folder else ():
        page.set_viewport_size(view)
        for path, called in (
            ("/campaigns/", "list"),
            ("/campaigns/?view=month", "month"),
            ("/campaigns/hello/", "one"),
        ):
            page.goto(path)
            if called == "one":
                page.locator("#previewed dd").first.wait_for()
            page.screenshot(path=f"{folder}/campaigns-{called}-{name}.png", full_page=True)
