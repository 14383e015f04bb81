"""Handing orders over from the drawer: the pool and other desks, who may, and what an old page does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from liuke.state.accounts import ensure_user
from liuke.state.models import AuditEntry, Staff, WorkOrder

SeenBy = Callable[[str], Client]


@pytest.fixture
def pooled(bank: object) -> WorkOrder:
    """An order of the Nanjing branch's pool, and a log-in of its RM S2."""
    order = WorkOrder.objects.filter(branch_id="NJ", phase=0).order_by("id").first()
    assert order
    WorkOrder.objects.filter(pk=order.pk).update(staff_id=None, state="new")
    ensure_user("rm2", role="rm", password=None, branch_id="NJ", staff_id="S2")
    ensure_user("far", role="branch_head", password=None, branch_id="HZ")
    order.refresh_from_db()
    return order


def _form(order: WorkOrder, staff_id: str = "S2", **more: object) -> dict[str, object]:
    return {"staff": staff_id, "version": order.version, **more}


def _page(order: WorkOrder) -> str:
    return f"/workbench/orders/{order.order_id}/"


def test_a_branch_head_puts_a_pooled_order_on_a_desk_and_its_rm_sees_it(seen_by: SeenBy, pooled: WorkOrder) -> None:
    assert seen_by("rm2").get(_page(pooled)).status_code == 404
    head = seen_by("head")
    text = head.get(_page(pooled)).content.decode()
    assert text.index("hand-over/") < text.index('class="scroll"')
    answer = head.post(f"{_page(pooled)}hand-over/", _form(pooled, reason="本周轮到她"))
    assert answer.status_code == 204
    assert set(json.loads(answer["HX-Trigger"])) == {"liuke:toast", "liuke:order-changed"}
    pooled.refresh_from_db()
    assert (pooled.staff_id, pooled.state) == ("S2", "assigned")
    assert seen_by("rm2").get(_page(pooled)).status_code == 200
    row = AuditEntry.objects.get(action="order_hand_over")
    assert (row.actor, row.object_id, row.reason, row.data["to"]) == ("head", pooled.order_id, "本周轮到她", "S2")


def test_an_order_moves_from_one_desk_to_another_and_its_history_names_the_taker(
    seen_by: SeenBy, pooled: WorkOrder
) -> None:
    head, other = seen_by("head"), WorkOrder.objects.filter(staff_id="S1", phase=0).first()
    assert other
    text = head.get(_page(other)).content.decode()
    assert text.index('class="scroll"') < text.index("hand-over/")
    assert 'value="S2"' in text
    assert 'value="S1"' not in text
    assert head.post(f"{_page(other)}hand-over/", _form(other)).status_code == 204
    assert "周敏" in head.get(_page(other)).content.decode().split("跟进记录")[1]
    assert seen_by("rm1").get(_page(other)).status_code == 404


@pytest.mark.parametrize(
    ("username", "code"), [("rm1", 403), ("rm3", 403), ("analyst", 403), ("officer", 403), ("far", 404)]
)
def test_whoever_may_not_hand_over_changes_nothing(
    seen_by: SeenBy, pooled: WorkOrder, username: str, code: int
) -> None:
    client = seen_by(username)
    assert client.post(f"{_page(pooled)}hand-over/", _form(pooled)).status_code == code
    assert "hand-over/" not in client.get(_page(pooled)).content.decode()
    pooled.refresh_from_db()
    assert (pooled.staff_id, pooled.state) == (None, "new")


def test_a_page_that_is_out_of_date_hands_nothing_over(seen_by: SeenBy, pooled: WorkOrder) -> None:
    answer = seen_by("head").post(f"{_page(pooled)}hand-over/", _form(pooled) | {"version": pooled.version + 3})
    assert answer.status_code == 409
    assert json.loads(answer["HX-Trigger"])["liuke:toast"]["text"] == "这张工单刚被别人更新过"
    pooled.refresh_from_db()
    assert pooled.state == "new"


@pytest.mark.parametrize("staff_id", ["S3", "gone", "teller", "nobody", ""])
def test_only_active_rms_of_the_own_branches_receive(seen_by: SeenBy, pooled: WorkOrder, staff_id: str) -> None:
    Staff.objects.create(staff_id="gone", name="已离职", branch_id="NJ", role="rm", active=False)
    Staff.objects.create(staff_id="teller", name="柜员甲", branch_id="NJ", role="teller")
    head = seen_by("head")
    assert head.post(f"{_page(pooled)}hand-over/", _form(pooled, staff_id)).status_code == 409
    text = head.get(_page(pooled)).content.decode()
    assert f'<option value="{staff_id or "S3"}"' not in text
    pooled.refresh_from_db()
    assert pooled.state == "new"


def test_a_branch_head_finds_escalated_orders_on_a_tab_of_their_own_and_an_rm_has_none(
    seen_by: SeenBy, pooled: WorkOrder
) -> None:
    other = WorkOrder.objects.filter(branch_id="NJ", phase=0).exclude(pk=pooled.pk).order_by("id").last()
    assert other
    WorkOrder.objects.filter(phase=0).update(escalated_at=None, attempts=0)
    WorkOrder.objects.filter(pk=other.pk).update(escalated_at=other.due_at)
    text = seen_by("head").get("/workbench/?tab=escalated").content.decode()
    assert text.count("<tr data-order=") == 1
    assert f'data-order="{other.order_id}"' in text
    assert "tab=escalated" not in seen_by("rm1").get("/workbench/").content.decode()
