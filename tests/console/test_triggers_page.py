"""The page of trigger rules: what watches, what matched in the person's scope, and the drawer's events."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browsing import PHONE, WIDE, needs_browser, troubles

from liuke.act.triggered import FATES
from liuke.state.models import TriggerMatch, WorkOrder

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.now(UTC)


def matched(n: int, fate: str, branch: str = "NJ", rule: str = "prepay_search") -> TriggerMatch:
    return TriggerMatch.objects.create(
        loop_id=f"L{n:06d}", rule=rule, version="1", customer_id=f"C{n}", branch_id=branch, staff_id="S1",
        matched_at=NOW - timedelta(minutes=n), decided_at=NOW, evidence=["e1", "e2", "e3"], numbers={"count": 3},
        fate=fate,
    )  # fmt: skip


@pytest.fixture
def watched(own_bank: Path) -> Path:
    shutil.copytree(ROOT / "examples" / "bank" / "triggers", own_bank / "triggers")
    for n, fate in enumerate(("treated", "treated", "holdout", "minor")):
        matched(n, fate)
    matched(9, "treated", branch="HZ")
    return own_bank


def read(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def test_rules_stand_with_their_state_and_what_became_of_their_matches(watched, seen_by):
    text = read(seen_by("analyst"), "/triggers/")
    assert text.index("提前还款搜索未操作") < text.index("大额医疗支出")
    assert "已派单 3 · 对照组 1 · 未成年 1" in text
    assert text.count("未启用（敏感）") == 1
    assert text.count("监听中<") >= 11


def test_a_branch_head_counts_the_own_branch_only(watched, seen_by):
    text = read(seen_by("head"), "/triggers/")
    assert "已派单 2 · 对照组 1 · 未成年 1" in text
    assert "已派单 3" not in text


def test_a_rule_shows_its_text_and_its_newest_matches_without_saying_who(watched, seen_by):
    text = read(seen_by("head"), "/triggers/prepay_search/")
    assert "keyword" in text
    assert "7 天内「搜索」至少 3 次" in text
    assert "首次之后没有「提前还款申请」" in text.replace("申请提前还款", "提前还款申请")
    assert len(seen_by("head").get("/triggers/prepay_search/").context["matches"]) == 4
    assert "C1" not in text
    assert seen_by("head").get("/triggers/nosuch/").status_code == 404


def test_a_mistake_in_a_rule_file_is_told_with_its_line(watched, seen_by):
    (watched / "triggers" / "broken.yaml").write_text("name: {zh: 甲, en: A}\nconditon: {}\n", encoding="utf-8")
    text = read(seen_by("analyst"), "/triggers/")
    assert "规则文件有误" in text
    assert "第 2 行" in text
    assert "第 2 行" in read(seen_by("analyst"), "/triggers/prepay_search/")


def test_people_who_see_no_effect_see_no_rules(watched, seen_by):
    assert seen_by("rm1").get("/triggers/").status_code == 403


def test_every_fate_has_words():
    from liuke.console.labels import FATES as WORDS

    assert set(WORDS) == set(FATES)


@pytest.fixture
def order_of_a_rule(watched: Path) -> WorkOrder:
    order = WorkOrder.objects.filter(staff_id="S1", phase=0).first()
    assert order
    seen = [
        {"id": "x3", "at": NOW.isoformat(), "name": "search", "channel": "app", "properties": {"keyword": "提前还款"}}
    ]
    numbers = {"count": 3, "total": 0.0, "first": (NOW - timedelta(days=1)).isoformat(), "last": NOW.isoformat()}
    order.reasons = [{
        "code": "trigger", "severity": 1.0, "rule": "prepay_search", "numbers": numbers, "seen": seen,
        "name": {"zh": "提前还款搜索未操作", "en": "Early repayment searched"}, "evidence": ["x1", "x2", "x3"],
    }]  # fmt: skip
    order.theme, order.tier, order.score = "prepayment", "red", 0.01
    order.save()
    return order


def test_an_order_of_a_rule_says_which_and_shows_the_events_that_made_it(order_of_a_rule, seen_by):
    client = seen_by("rm1")
    desk = read(client, f"/workbench/?q={order_of_a_rule.order_id}")
    assert "提前还款搜索未操作" in desk
    drawer = read(client, f"/workbench/orders/{order_of_a_rule.order_id}/")
    assert "触发事件" in drawer
    assert "提前还款</p>" in drawer
    assert "3 次，" in drawer
    client.post("/language/", {"language": "en", "next": "/"})
    assert "Early repayment searched" in read(client, f"/workbench/orders/{order_of_a_rule.order_id}/")


def test_an_order_of_a_rule_claims_no_warning_that_is_not_there(order_of_a_rule, seen_by):
    desk = read(seen_by("rm1"), f"/workbench/?q={order_of_a_rule.order_id}")
    drawer = read(seen_by("rm1"), f"/workbench/orders/{order_of_a_rule.order_id}/")
    for text in (desk, drawer):
        assert '<span class="tierdot red">紧急</span>' in text
        assert "红色预警" not in text
        assert "预警分 0.01" in text
    assert "为什么派单" in drawer


def test_facts_behind_an_order_are_told_without_names_and_amounts(order_of_a_rule, seen_by):
    at = NOW.isoformat()
    share = {"aum_share_30": 0.45}
    moved = {"direction": "out", "transaction_type": "transfer", "counterparty_bank": "他行"}
    order_of_a_rule.reasons[0] |= {
        "evidence": ["balance:C1:2026-03-20", "transaction:t1", "maturity:H1:2026-03-19"],
        "seen": [{"id": "balance:C1:2026-03-20", "at": at, "name": "balance", "channel": None, "properties": share},
                 {"id": "transaction:t1", "at": at, "name": "transaction", "channel": "app", "properties": moved}],
    }  # fmt: skip
    order_of_a_rule.save()
    drawer = read(seen_by("rm1"), f"/workbench/orders/{order_of_a_rule.order_id}/")
    events = drawer[drawer.index("触发事件") : drawer.index("客户时间线")]
    for said in ("资产变化", "为 30 天前的 45%", "交易", "手机银行 · 他行", "产品到期", "2026-03-19"):
        assert said in events
    assert "transfer" not in events


@needs_browser
def test_the_pages_are_whole_on_a_desk_and_on_a_phone(order_of_a_rule, opened):
    for view in (WIDE, PHONE):
        page = opened("analyst", view, at=None)
        for path in ("/triggers/", "/triggers/prepay_search/"):
            page.goto(path)
            page.wait_for_selector("main .card")
            assert troubles(page) == []
        page = opened("rm1", view, at=f"/workbench/orders/{order_of_a_rule.order_id}/")
        page.wait_for_selector(".timeline")
        assert troubles(page) == []
