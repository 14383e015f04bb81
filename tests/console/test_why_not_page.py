"""Why nobody was contacted: counts, lists and one customer's decision; scoped, masked, audited."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from small_bank import LOGINS, PEOPLE, RMS, _number, _rm, last_day

from liuke.act.holdout import draw
from liuke.lake import Lake
from liuke.state.models import AuditEntry, TriggerMatch, WorkOrder
from liuke.tables import CANDIDATE_FATE

ROOT = Path(__file__).resolve().parents[2]
SeenBy = Callable[[str], Client]
OFFER = """\
name: {zh: 闲钱定期, en: "Deposit"}
description: {zh: 定期存款, en: "A deposit"}
owner: 个人金融部
theme: idle_cash
product_id: P1
audience: {attribute: age, op: between, value: [1, 120]}
channels: [phone]
valid: {from: 2020-01-01, to: 2099-12-31}
wording:
  phone:
    zh: "{customer_name}您好,{product_name}在{branch_name}办理。"
    en: "{customer_name}, {product_name} at {branch_name}."
approval: {state: approved, by: 消保部, day: 2020-01-01}
"""


def fate(n: int, treatment: str, **facts: Any) -> dict[str, Any]:
    plain = dict.fromkeys(CANDIDATE_FATE.names) | {
        "as_of": last_day(), "decided_at": datetime(2026, 7, 1, 1, tzinfo=UTC), "customer_id": _number(n),
        "treatment": treatment, "source": "churn", "source_id": "rm_care", "theme": "rm_care",
        "message_class": "service", "channel": "phone", "fate": "passed", "stops": 0, "policy_version": "p1",
    }  # fmt: skip
    if treatment != "rm_care":
        plain |= {"source": "offer", "source_id": treatment, "offer_id": treatment, "message_class": "marketing"}
    return plain | facts


def message(n: int, fate_: str) -> dict[str, Any]:
    """A campaign's text message."""
    about = {"source": "campaign", "source_id": "spring", "channel": "sms", "message_class": "marketing"}
    return fate(n, "rm_care", **about) | {"treatment": "spring.a", "fate": fate_}


def fates() -> list[dict[str, Any]]:
    """Every care call chosen, held out or left to people; of each S1 customer an offer, of some stopped."""
    off = {"gate": "consent", "rule": "automated_off", "fact": "2026-05-01", "stops": 1}
    rows = []
    for n in range(PEOPLE):
        value = draw(_number(n), "rm_care", "liuke")
        kept = {"experiment": "rm_care", "draw": value, "holdout_share": 0.3}
        rows.append(fate(n, "rm_care", fate="human_review", **off) if n % 10 == 0 else
                    fate(n, "rm_care", fate="held_out" if value < 0.3 else "chosen", **kept))  # fmt: skip
        if _rm(n) == "S1":
            stop = {"fate": "gated", "gate": "frequency", "rule": "cap_7", "fact": "2/7", "stops": 1 + n % 4 // 2}
            rows.append(message(n, "chosen"))
            rows.append(fate(n, "deposit", **(stop if n >= 30 else {"fate": "passed"})))
    return rows


@pytest.fixture
def told(own_bank: Path) -> Path:
    Lake(own_bank / "lake").replace(CANDIDATE_FATE, pa.Table.from_pylist(fates(), schema=CANDIDATE_FATE.arrow))
    (own_bank / "offers").mkdir()
    (own_bank / "offers" / "deposit.yaml").write_text(OFFER, encoding="utf-8")
    return own_bank


def test_rules_count_what_they_stop_of_the_own_scope_and_small_groups_are_not_told(told: Path, seen_by: SeenBy) -> None:
    stopped = {_number(n) for n in range(30, PEOPLE) if _rm(n) == "S1"}
    alone = {_number(n) for n in range(30, PEOPLE) if _rm(n) == "S1" and n % 4 < 2}
    rules = seen_by("rm1").get("/warnings/why-not/?treatment=deposit").context["rules"]
    assert [(r["customers"], r["candidates"], r["more"]) for r in rules] == [(len(stopped), len(stopped), len(alone))]
    other = seen_by("rm3").get("/warnings/why-not/")
    assert other.context["people"] == sum(_rm(n) == "S3" for n in range(PEOPLE))
    assert "cap" not in [r["rule"] for r in other.context["rules"]]
    text = seen_by("analyst").get("/warnings/why-not/?branch=HZ").content.decode()
    left = sum(n % 10 == 0 and RMS[_rm(n)][1] == "HZ" for n in range(PEOPLE))
    assert left == 0 or f">{left}<" not in text
    assert AuditEntry.objects.filter(action="view_why_not", actor="analyst").count() == 1


def test_who_refuses_automated_decisions_is_on_a_list_of_the_own_scope(told: Path, seen_by: SeenBy) -> None:
    for person in ("rm1", "head", "analyst"):
        role, branch, staff = LOGINS[person]
        mine = {
            _number(n) for n in range(0, PEOPLE, 10)
            if role == "analyst" or (_rm(n) == staff if staff else RMS[_rm(n)][1] == branch)
        }  # fmt: skip
        text = seen_by(person).get("/warnings/why-not/?tab=people").content.decode()
        assert set(re.findall(r'href="/customers/(\d+)/decision/', text)) == mine


def test_a_rules_match_of_somebody_who_refuses_automated_decisions_is_on_the_list_too(
    told: Path, seen_by: SeenBy
) -> None:
    shutil.copytree(ROOT / "examples" / "bank" / "triggers", told / "triggers")
    now = datetime.now(UTC)
    for n, (rule, ago) in enumerate((("automated_off", 1), ("automated_off", 9), ("fraud", 1), ("automated_off", 1))):
        customer = 3 if n == 3 else 2
        TriggerMatch.objects.create(
            loop_id=f"L{n}", rule="prepay_search", version="1", customer_id=_number(customer), fate="gated",
            branch_id=RMS[_rm(customer)][1], staff_id=_rm(customer), matched_at=now,
            decided_at=now - timedelta(days=ago),
            numbers={"count": 1, "stopped": {"gate": "consent", "rule": rule, "fact": "2026-05-01"}},
        )  # fmt: skip
    assert _rm(2) == "S1" != _rm(3)
    matches = seen_by("rm1").get("/warnings/why-not/?tab=people").context["matches"]
    assert [(m["key"], m["fact"]) for m in matches] == [(_number(2), "2026-05-01")]
    assert len(seen_by("analyst").get("/warnings/why-not/?tab=people").context["matches"]) == 2


def test_the_under_served_come_with_why_and_never_outside_the_scope(told: Path, seen_by: SeenBy) -> None:
    answer = seen_by("rm1").get("/warnings/why-not/?tab=lonely")
    rows = answer.context["rows"]
    assert rows
    assert {row["fate"] for row in rows} <= {"chosen", "held_out", "human_review"}
    assert {row["key"] for row in rows} <= {_number(n) for n in range(PEOPLE) if _rm(n) == "S1"}


def test_a_decision_is_explained_and_its_draw_can_be_repeated(told: Path, seen_by: SeenBy) -> None:
    n = next(n for n in range(PEOPLE) if _rm(n) == "S1" and n % 10 and n >= 30)
    who = _number(n)
    text = unescape(seen_by("rm1").get(f"/customers/{who}/decision/").content.decode())
    assert "已达频次上限(次/天)2/7" in text
    assert "已选中，由活动发送。" in text
    assert "抽签复算" not in text  # an RM does not work out who is held out
    assert AuditEntry.objects.filter(action="view_customer", object_id=who).count() == 1
    page = unescape(seen_by("officer").get(f"/customers/{who}/decision/").content.decode())
    hashed = re.search(r"printf '%s' '([^']+)'", page)
    assert hashed
    assert who not in hashed.group(1)
    whole = hashed.group(1).replace("客户号", who)
    value = int(hashlib.sha256(whole.encode()).hexdigest()[:13], 16) / 2**52
    assert repr(value) in page


def test_whoever_may_not_know_who_is_held_out_reads_it_as_one_of_several(told: Path, seen_by: SeenBy) -> None:
    held = next(n for n in range(PEOPLE) if _rm(n) == "S1" and n % 10 and draw(_number(n), "rm_care", "liuke") < 0.3)
    own = f"/customers/{_number(held)}/decision/"
    for address in (own, "/warnings/why-not/", "/warnings/why-not/?tab=lonely"):
        text = seen_by("rm1").get(address).content.decode()
        assert not [word for word in ("对照", "held_out", "抽签") if word in text], address
    assert "未排上" in seen_by("rm1").get(own).content.decode()
    assert "对照组" in seen_by("head").get(own).content.decode()


def test_a_match_that_was_stopped_is_told_with_its_rule_and_counted(own_bank: Path, seen_by: SeenBy) -> None:
    shutil.copytree(ROOT / "examples" / "bank" / "triggers", own_bank / "triggers")
    mine = [n for n in range(PEOPLE) if _rm(n) == "S1"]
    stop = {"gate": "hold", "rule": "fraud", "fact": "2026-06-01", "stops": 1, "fate": "gated"}
    about = {"source": "trigger", "source_id": "prepay_search", "theme": "prepay_search"}
    rows = [fate(n, "trigger_prepay_search", **stop) | about | {"offer_id": None} for n in mine]
    Lake(own_bank / "lake").replace(CANDIDATE_FATE, pa.Table.from_pylist(rows, schema=CANDIDATE_FATE.arrow))
    text = seen_by("rm1").get(f"/customers/{_number(mine[0])}/decision/").content.decode()
    assert "触发：提前还款搜索未操作" in text
    assert "2026-06-01 起涉诈限制" in text
    board = seen_by("rm1").get("/warnings/why-not/")
    assert [(r["rule"], r["customers"]) for r in board.context["rules"]] == [("涉诈限制", len(mine))]
    assert "…" not in board.content.decode().split("<table", 1)[1].split("</table", 1)[0]


def test_matches_since_the_last_run_are_told_at_once_but_not_to_an_rm_who_is_held_out(
    told: Path, seen_by: SeenBy
) -> None:
    shutil.copytree(ROOT / "examples" / "bank" / "triggers", told / "triggers")
    now, who = datetime.now(UTC), _number(2)
    stop = {"stopped": {"gate": "hold", "rule": "dispute", "fact": "2026-06-01", "may_change_on": "2026-08-01"}}
    for n, (fate_, numbers) in enumerate((("gated", stop), ("holdout", {}), ("treated", {}))):
        TriggerMatch.objects.create(
            loop_id=f"L{n}", rule="payroll_stopped", version="1", customer_id=who, branch_id="NJ", staff_id="S1",
            matched_at=now, decided_at=now + timedelta(seconds=n), fate=fate_, numbers={"count": 1} | numbers,
        )  # fmt: skip
    address = f"/customers/{who}/decision/"
    rm, head = (seen_by(name).get(address).context["matches"] for name in ("rm1", "head"))
    assert [m["label"] for m in rm] == ["已派单", "联系规则拦下"]
    assert rm[1]["why"] == "限制 · 2026-06-01 起有诉讼纠纷,2026-08-01 起可能变化"
    assert len(head) == 3


def test_a_decision_outside_the_scope_does_not_exist(told: Path, seen_by: SeenBy) -> None:
    n = next(n for n in range(PEOPLE) if _rm(n) == "S3")
    assert seen_by("rm1").get(f"/customers/{_number(n)}/decision/").status_code == 404
    assert seen_by("root").get("/warnings/why-not/").status_code == 403


def test_an_order_shows_what_may_be_offered_with_what_is_missing_and_what_may_not_and_why(
    told: Path, seen_by: SeenBy
) -> None:
    orders = {order.customer_id: order.order_id for order in WorkOrder.objects.open().filter(staff_id="S1")}
    numbers = {_number(n): n for n in range(PEOPLE)}
    may = next(order for customer, order in orders.items() if numbers[customer] < 30)
    may_not = next(order for customer, order in orders.items() if numbers[customer] >= 30)
    text = seen_by("rm1").get(f"/workbench/orders/{may}/").content.decode()
    assert 'data-offer="deposit"' in text
    assert "南京鼓楼支行办理" in text
    assert "〔产品名称〕" in text
    assert "系统里没有：产品名称" in text
    text = seen_by("rm1").get(f"/workbench/orders/{may_not}/").content.decode()
    assert "data-offer" not in text
    assert "已达频次上限(次/天)2/7" in text


def test_an_order_about_an_offer_says_what_is_offered_and_does_not_speak_of_a_warning(
    told: Path, seen_by: SeenBy
) -> None:
    order = WorkOrder.objects.open().filter(staff_id="S1").first()
    assert order
    name = {"zh": "闲钱定期", "en": "Deposit"}
    order.theme, order.reasons = "offer", [{"code": "offer", "severity": 1.0, "offer": "deposit", "name": name}]
    order.save()
    text = seen_by("rm1").get(f"/workbench/orders/{order.order_id}/").content.decode()
    assert "为什么派单" in text
    assert "闲钱定期" in text
    assert "为什么预警" not in text
    assert '<b class="red">1.00</b>' not in text


def test_offers_that_cannot_be_read_are_said_to_be_so(told: Path, seen_by: SeenBy) -> None:
    (told / "offers" / "deposit.yaml").write_text("name: [", encoding="utf-8")
    order = WorkOrder.objects.open().filter(staff_id="S1").first()
    assert order
    assert "读不出来" in seen_by("rm1").get(f"/workbench/orders/{order.order_id}/").content.decode()
    assert seen_by("rm1").get("/warnings/why-not/").status_code == 200


def test_before_any_run_the_page_says_so(own_bank: Path, seen_by: SeenBy) -> None:
    Lake(own_bank / "lake").replace(CANDIDATE_FATE, CANDIDATE_FATE.arrow.empty_table())
    assert "还没有候选结局" in seen_by("rm1").get("/warnings/why-not/").content.decode()


@needs_browser
def test_the_pages_are_accessible_and_fit_in_either_width(told: Path, opened: Callable[..., Any]) -> None:
    addresses = (
        "/warnings/why-not/", "/warnings/why-not/?tab=lonely", f"/customers/{_number(2)}/decision/",
        "/warnings/why-not/trial/", "/offers/", "/offers/deposit/",
    )  # fmt: skip
    for view in (WIDE, PHONE):
        page = opened("analyst", view, at=None)
        for address in addresses:
            page.goto(address)
            assert troubles(page) == [], (address, view)
