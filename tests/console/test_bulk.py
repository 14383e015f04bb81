"""Acting on ticked orders: each by itself, and those that did not go are listed with why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from liuke.state.models import AuditEntry, WorkOrder

SeenBy = Callable[[str], Client]


@pytest.fixture
def mine(bank: object) -> list[WorkOrder]:
    """Three open orders of RM S1, the last accepted already."""
    orders = list(WorkOrder.objects.filter(staff_id="S1", phase=0).order_by("id")[:3])
    assert len(orders) == 3
    WorkOrder.objects.filter(pk__in=[o.pk for o in orders]).update(state="assigned", accepted_at=None)
    WorkOrder.objects.filter(pk=orders[2].pk).update(state="accepted")
    return list(WorkOrder.objects.filter(pk__in=[o.pk for o in orders]).order_by("id"))


def _ticks(*orders: WorkOrder) -> list[str]:
    return [f"{order.order_id}:{order.version}" for order in orders]


def _states(orders: list[WorkOrder]) -> list[str]:
    return list(WorkOrder.objects.filter(pk__in=[o.pk for o in orders]).order_by("id").values_list("state", flat=True))


def test_what_cannot_be_done_is_listed_and_the_rest_is_done(seen_by: SeenBy, mine: list[WorkOrder]) -> None:
    foreign = WorkOrder.objects.filter(phase=0).exclude(staff_id="S1").first()
    assert foreign
    old = f"{mine[1].order_id}:{mine[1].version + 1}"
    ticks = [*_ticks(mine[0]), old, *_ticks(mine[2], foreign)]
    answer = seen_by("rm1").post("/workbench/bulk/", {"act": "accept", "order": ticks})
    text = answer.content.decode()
    assert "已处理 1 张工单" in text
    said = [line.split("</b> ") for line in text.split("<li><b>")[1:]]
    assert [(order_id, why.partition("</li>")[0]) for order_id, why in said] == [
        (mine[1].order_id, "刚被别人更新过，请看过后再试"),
        (mine[2].order_id, "当前状态不能这样做"),
        (foreign.order_id, "不在您能看到的工单里"),
    ]
    assert _states(mine) == ["accepted", "assigned", "accepted"]
    assert list(AuditEntry.objects.filter(action="order_accept").values_list("object_id", flat=True)) == [
        mine[0].order_id
    ]


def test_a_head_hands_over_and_cancels_with_a_reason(seen_by: SeenBy, mine: list[WorkOrder]) -> None:
    head, address = seen_by("head"), "/workbench/bulk/"
    assert 'value="cancel"' in head.get("/workbench/").content.decode()
    assert head.post(address, {"act": "hand_over", "staff": "S2", "order": _ticks(*mine[:2])}).status_code == 200
    assert set(WorkOrder.objects.filter(pk__in=[o.pk for o in mine[:2]]).values_list("staff_id", flat=True)) == {"S2"}
    assert head.post(address, {"act": "cancel", "order": _ticks(mine[2])}).status_code == 409
    assert head.post(address, {"act": "cancel", "reason": "客户要求", "order": _ticks(mine[2])}).status_code == 200
    assert _states(mine) == ["assigned", "assigned", "cancelled"]
    assert AuditEntry.objects.get(action="order_cancel").reason == "客户要求"


def test_a_role_without_the_right_changes_nothing(seen_by: SeenBy, mine: list[WorkOrder]) -> None:
    page = seen_by("rm1").get("/workbench/").content.decode()
    assert 'value="accept"' in page
    assert 'value="cancel"' not in page
    form = {"act": "cancel", "reason": "x", "order": _ticks(*mine)}
    for username in ("rm1", "analyst"):
        assert seen_by(username).post("/workbench/bulk/", form).status_code == 403
    assert seen_by("rm1").post("/workbench/bulk/", {"act": "accept"}).status_code == 409
    assert _states(mine) == ["assigned", "assigned", "accepted"]
