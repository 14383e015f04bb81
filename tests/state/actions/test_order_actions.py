"""What people do to orders: permission, change, history and audit, all or nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from liuke.act.workorder import IllegalMove
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions import (
    ContactReport,
    Stale,
    accept_order,
    cancel_order,
    expire_due,
    hand_over,
    log_contact,
    open_orders,
)
from liuke.state.actions.change_order import Who
from liuke.state.audit import verify
from liuke.state.models import AuditEntry, OrderEvent, WorkOrder

from ..conftest import NOW, proposal


def _now(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.get(pk=order.pk)


def test_accepting_is_stored_in_the_order_its_history_and_the_audit_log(rm: Who, an_order: WorkOrder) -> None:
    accept_order(rm, an_order.order_id, version=1)
    row = _now(an_order)
    assert (row.state, row.accepted_at, row.version) == ("accepted", rm.at, 2)
    event = OrderEvent.objects.latest("id")
    assert (event.kind, event.actor) == ("accept", "rm-NJ-S1")
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.object_id, entry.role, entry.address) == ("order_accept", "W000001", "rm", "10.0.0.7")
    assert verify() is None


def test_one_report_logs_the_contact_and_closes_the_order(rm: Who, an_order: WorkOrder) -> None:
    log_contact(rm, an_order.order_id, ContactReport("phone", "reached", outcome="saved", note="已续存"))
    row = _now(an_order)
    assert (row.state, row.outcome, row.closed_at, row.phase, row.attempts) == ("done", "saved", rm.at, 1, 1)
    event = OrderEvent.objects.latest("id")
    assert (event.channel, event.result, event.outcome, event.note) == ("phone", "reached", "saved", "已续存")


def test_a_next_date_keeps_the_order_open(rm: Who, an_order: WorkOrder) -> None:
    day = rm.at + timedelta(days=3)
    log_contact(rm, an_order.order_id, ContactReport("phone", "not_reached", next_contact_at=day))
    assert (_now(an_order).state, _now(an_order).next_contact_at) == ("contacting", day)


def test_secrets_in_a_note_are_not_stored_and_no_note_enters_the_audit_log(rm: Who, an_order: WorkOrder) -> None:
    note = "卡号6222 0212 3456 7890 123,密码:abc123,电话13812345678"
    log_contact(rm, an_order.order_id, ContactReport("phone", "reached", note=note))
    stored = OrderEvent.objects.latest("id").note
    assert stored == "卡号****0123,密码:******,电话138****5678"
    assert "卡号" not in str(AuditEntry.objects.values_list("data", "reason"))


def test_an_impossible_move_changes_nothing_at_all(rm: Who, an_order: WorkOrder) -> None:
    audits = AuditEntry.objects.count()
    with pytest.raises(IllegalMove):
        log_contact(rm, an_order.order_id, ContactReport("phone", "not_reached", outcome="saved"))
    assert (_now(an_order).state, _now(an_order).attempts) == ("assigned", 0)
    assert (OrderEvent.objects.count(), AuditEntry.objects.count()) == (1, audits)


def test_the_second_of_two_who_save_the_same_page_is_told(rm: Who, an_order: WorkOrder) -> None:
    accept_order(rm, an_order.order_id, version=1)
    with pytest.raises(Stale):
        log_contact(rm, an_order.order_id, ContactReport("phone", "reached"), version=1)


def test_an_order_of_another_rm_is_answered_like_one_that_does_not_exist(
    who: Callable[..., Who], an_order: WorkOrder
) -> None:
    other = who("rm", "NJ1", "S2")
    with pytest.raises(YourMistake) as hidden:
        accept_order(other, an_order.order_id)
    with pytest.raises(YourMistake) as missing:
        accept_order(other, "W999999")
    assert hidden.value.render().replace("W000001", "W999999") == missing.value.render()


@pytest.mark.parametrize("role", ["analyst", "compliance", "admin"])
def test_roles_that_do_not_work_orders_cannot(role: str, who: Callable[..., Who], an_order: WorkOrder) -> None:
    with pytest.raises(NotAllowed):
        accept_order(who(role, "HQ"), an_order.order_id)
    assert _now(an_order).version == 1


def test_a_branch_head_hands_over_within_the_own_branches(head: Who, an_order: WorkOrder) -> None:
    hand_over(head, an_order.order_id, "S2", "休假")
    assert (_now(an_order).staff_id, _now(an_order).due_at) == ("S2", an_order.due_at)
    assert AuditEntry.objects.latest("seq").reason == "休假"
    with pytest.raises(YourMistake, match="no active RM 'S3'"):
        hand_over(head, an_order.order_id, "S3")


def test_an_order_in_the_pool_is_assigned_by_handing_it_over(head: Who) -> None:
    open_orders([proposal(1, staff_id=None)], now=NOW)
    assert hand_over(head, "W000001", "S1").state == "assigned"


def test_an_rm_may_not_hand_over(rm: Who, an_order: WorkOrder) -> None:
    with pytest.raises(NotAllowed):
        hand_over(rm, an_order.order_id, "S2")


def test_a_cancelled_order_is_closed_for_the_stated_reason(head: Who, an_order: WorkOrder) -> None:
    cancel_order(head, an_order.order_id, "客户拒绝来电")
    assert (_now(an_order).state, OrderEvent.objects.latest("id").note) == ("cancelled", "客户拒绝来电")


def test_orders_lapse_when_their_time_is_over_and_only_once(rm: Who) -> None:
    open_orders([proposal(n, expires_at=NOW + timedelta(days=1 + n % 2)) for n in range(6)], now=NOW)
    log_contact(rm, "W000000", ContactReport("phone", "reached", outcome="lost"))
    after = NOW + timedelta(days=1)
    assert expire_due(after) == 2
    assert expire_due(after) == 0
    assert set(WorkOrder.objects.filter(state="expired").values_list("order_id", flat=True)) == {"W000002", "W000004"}
    assert OrderEvent.objects.filter(kind="expired").count() == 2
