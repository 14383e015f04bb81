"""移交 on a day: planned, carried out once, withdrawn before; and orders opened meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from liuke.act.routing.route import Wants
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions import open_orders
from liuke.state.actions.change_order import Who
from liuke.state.actions.transfer import carry_out_transfers, plan_transfer, withdraw_transfer
from liuke.state.models import AuditEntry, OrderEvent, Staff, StaffLeave, StaffShift, Transfer, WorkOrder
from liuke.state.sync import sync_organisation

from ..conftest import BRANCHES, NOW, proposal

MORE = [("S1", "NJ"), ("S2", "NJ1"), ("S4", "NJ"), ("S3", "HZ")]
DAY = date(2026, 11, 25)
THEN = NOW + timedelta(days=3)


@pytest.fixture
def orders(bank: None) -> None:
    """Twelve open orders of S1, one of S2."""
    sync_organisation(
        [{"branch_id": b, "name": n, "parent_id": p, "level": lv, "city": None} for b, n, p, lv in BRANCHES],
        [{"staff_id": s, "name": s, "branch_id": b, "role": "rm", "daily_capacity": 20} for s, b in MORE],
    )
    open_orders([proposal(n, staff_id="S2" if n == 0 else "S1") for n in range(13)], now=NOW)


def desks() -> dict[str, int]:
    return {s: WorkOrder.objects.open().filter(staff_id=s).count() for s in ("S1", "S2", "S4")}


def test_on_its_day_all_open_orders_go_to_the_receivers_once_with_history_and_audit(head: Who, orders: None) -> None:
    row = plan_transfer(head, "S1", ["S2", "S4"], DAY, reason="调岗")
    assert carry_out_transfers(THEN - timedelta(days=1)) == 0
    assert desks()["S1"] == 12
    assert carry_out_transfers(THEN) == 12
    assert carry_out_transfers(THEN) == 0
    after = desks()
    assert (after["S1"], after["S2"] + after["S4"]) == (0, 13)
    assert min(after["S2"], after["S4"]) > 0
    row.refresh_from_db()
    assert (row.state, row.moved) == ("done", 12)
    events = OrderEvent.objects.filter(kind="hand_over")
    assert events.count() == 12
    assert {event.data["from"] for event in events} == {"S1"}
    assert AuditEntry.objects.get(action="transfer_done").data["orders"] == 12


def test_chosen_customers_alone_go_and_their_orders_keep_their_due_time(head: Who, orders: None) -> None:
    before = dict(WorkOrder.objects.values_list("customer_id", "due_at"))
    plan_transfer(head, "S1", ["S4"], DAY, ["C000003", "C000004", " "])
    assert carry_out_transfers(THEN) == 2
    moved = WorkOrder.objects.filter(staff_id="S4")
    assert sorted(moved.values_list("customer_id", flat=True)) == ["C000003", "C000004"]
    assert dict(WorkOrder.objects.values_list("customer_id", "due_at")) == before


def test_before_its_day_a_transfer_can_be_withdrawn_and_from_its_day_on_not(head: Who, orders: None) -> None:
    first, second = plan_transfer(head, "S1", ["S2"], DAY), plan_transfer(head, "S2", ["S4"], head.at.date())
    withdraw_transfer(head, first.pk)
    assert carry_out_transfers(THEN) == 1
    assert desks() == {"S1": 12, "S2": 0, "S4": 1}
    for row in (first, second):
        with pytest.raises(YourMistake):
            withdraw_transfer(head, row.pk)


@pytest.mark.parametrize(
    ("giver", "takers", "day", "code"),
    [
        ("S3", ["S2"], DAY, "no_giver"), ("S9", ["S2"], DAY, "no_giver"), ("S1", [], DAY, "receivers_wanted"),
        ("S1", ["S1", "S2"], DAY, "receivers_wanted"), ("S1", ["S3"], DAY, "no_receiver"),
        ("S1", ["S2"], NOW.date() - timedelta(days=1), "day_past"),
    ],
)  # fmt: skip
def test_a_transfer_that_cannot_be_is_refused(
    head: Who, orders: None, giver: str, takers: list[str], day: date, code: str
) -> None:
    with pytest.raises(YourMistake) as told:
        plan_transfer(head, giver, takers, day)
    assert told.value.mistakes[0].said.code == code
    assert not Transfer.objects.exists()


def test_only_those_who_may_hand_over_plan_and_withdraw(head: Who, orders: None, who: Callable[..., Who]) -> None:
    with pytest.raises(NotAllowed):
        plan_transfer(who("rm", "NJ", "S1"), "S1", ["S2"], DAY)
    row = plan_transfer(head, "S1", ["S2"], DAY)
    with pytest.raises(YourMistake):
        withdraw_transfer(who("branch_head", "HZ"), row.pk)
    row.refresh_from_db()
    assert row.state == "planned"


def test_an_rm_who_has_left_can_still_give(head: Who, orders: None) -> None:
    Staff.objects.filter(staff_id="S1").update(active=False)
    plan_transfer(head, "S1", ["S2"], head.at.date())
    assert carry_out_transfers(head.at) == 12


def test_an_order_opened_after_the_day_goes_to_the_receiver_though_the_data_still_name_the_giver(
    head: Who, orders: None
) -> None:
    plan_transfer(head, "S1", ["S4"], DAY)
    open_orders([proposal(50)], now=THEN)
    row = WorkOrder.objects.get(order_id="W000050")
    assert (row.staff_id, row.state, row.acting_for) == ("S4", "assigned", "")
    assert row.events.get().data == {
        "loop_id": "L000050", "way": "moved", "to": "S4", "acting_for": None, "absence": None,
    }  # fmt: skip


def test_orders_opened_during_leave_go_to_the_deputy_and_say_for_whom(bank: None) -> None:
    StaffLeave.objects.create(staff_id="S1", since=DAY, until=DAY, deputy_id="S2")
    open_orders([proposal(1)], now=NOW)
    open_orders([proposal(2)], now=THEN)
    rows = WorkOrder.objects.order_by("id").values_list("staff_id", "acting_for")
    assert list(rows) == [("S1", ""), ("S2", "S1")]


def test_an_order_nobody_can_take_waits_in_the_pool(bank: None) -> None:
    StaffLeave.objects.create(staff_id="S1", since=DAY, until=DAY)
    open_orders([proposal(2)], now=THEN)
    row = WorkOrder.objects.get()
    assert (row.staff_id, row.state, row.events.get().data["way"]) == (None, "new", "pool")


def test_on_line_customers_of_the_evening_go_to_the_adviser_on_duty(bank: None) -> None:
    StaffShift.objects.create(staff_id="S2", branch_id="JS", starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    order, facts = proposal(1)
    facts_on_line = type(facts)(as_of=facts.as_of, wants=Wants(on_line=True))
    open_orders([(order, facts_on_line), proposal(2)], now=NOW)
    assert list(WorkOrder.objects.order_by("id").values_list("staff_id", flat=True)) == ["S2", "S1"]


def test_orders_that_ask_for_a_certificate_go_to_who_holds_it(bank: None) -> None:
    from liuke.state.models import StaffSkill

    Staff.objects.create(staff_id="S5", name="有证", branch_id="NJ", role="rm")
    StaffSkill.objects.create(staff_id="S5", code="fund", since=date(2020, 1, 1), until=DAY)
    order, facts = proposal(1)
    asked = type(facts)(as_of=facts.as_of, wants=Wants(frozenset({"fund"})))
    open_orders([(order, asked)], now=THEN)
    late, _ = proposal(2)
    open_orders([(late, asked)], now=THEN + timedelta(days=1))
    assert list(WorkOrder.objects.order_by("id").values_list("staff_id", flat=True)) == ["S5", None]
