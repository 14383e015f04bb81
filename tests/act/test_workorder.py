from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from liuke.act.loop_policy import LoopPolicy
from liuke.act.workorder import (
    Accept,
    Assign,
    Cancel,
    Close,
    Contact,
    Enrich,
    Escalate,
    Event,
    Expire,
    HandOver,
    IllegalMove,
    Order,
    Promise,
    RecordContact,
    Tell,
    advance,
    enrichment,
    open_order,
    play,
    possible_moves,
    sla,
)
from liuke.clock import WorkCalendar
from liuke.errors import OurBug

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(frozenset(), date(2000, 1, 1), date(2000, 1, 1), ZONE)  # plain weekdays
MORNING = datetime(2026, 4, 1, 8, tzinfo=ZONE).astimezone(UTC)  # a Wednesday, before opening
DECISION: dict[str, Any] = {
    "loop_id": "L00", "customer_id": "C1", "staff_id": "S1", "branch_id": "B1", "arm": "treated",
    "treatment": "rm_care", "tier": "red",
}  # fmt: skip


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 4, day, hour, minute, tzinfo=ZONE)


def opened(**over: Any) -> Order:
    return open_order(DECISION | over, LoopPolicy(), CALENDAR, MORNING)


def after(*events: Event, order: Order | None = None, now: datetime = MORNING) -> Order:
    return play(order or opened(), events, now)[0]


CALLED = Contact("phone", "reached", 12)
MISSED = Contact("phone", "not_reached")


def test_an_order_for_an_rm_is_assigned_and_one_for_the_pool_is_new() -> None:
    assert (opened().state, opened().staff_id) == ("assigned", "S1")
    pooled = opened(staff_id=None)
    assert (pooled.state, pooled.staff_id, pooled.branch_id) == ("new", None, "B1")
    assert after(Assign("S2"), order=pooled).staff_id == "S2"


@pytest.mark.parametrize(
    ("tier", "priority", "due", "warn"),
    [
        ("red", "P1", local(1, 14), local(1, 13, 12)),  # 4 h: 9-12, 13-14; 80% = 3 h 12
        ("orange", "P2", local(2, 9, 30), local(1, 16, 24)),  # 8 h with 7.5 h a day; 80% = 6 h 24
        ("yellow", "P3", local(6, 10, 30), local(3, 14, 12)),  # 24 h = 3 days and 1.5 h, over a weekend
    ],
)
def test_the_first_contact_is_due_in_working_time_by_tier(
    tier: str, priority: str, due: datetime, warn: datetime
) -> None:
    order = opened(tier=tier)
    assert (order.priority, order.due_at, order.warn_at) == (priority, due, warn)


def test_a_held_out_decision_never_becomes_an_order() -> None:
    with pytest.raises(OurBug, match="held-out"):
        opened(arm="holdout")


def test_the_sla_clock_stops_with_the_first_contact() -> None:
    order = opened()
    assert [sla(order, local(1, h, m)) for h, m in ((13, 11), (13, 12), (14, 0), (14, 1))] == [
        "on_time", "warn", "warn", "overdue",
    ]  # fmt: skip
    in_time = after(MISSED, order=order, now=local(1, 13, 50))
    late = after(MISSED, order=order, now=local(1, 15))
    assert (sla(in_time, local(9, 9)), sla(late, local(9, 9))) == ("on_time", "overdue")


def test_two_clicks_are_enough_to_log_a_call_and_its_outcome() -> None:
    order, effects = play(opened(), [CALLED, Close("saved")], MORNING)
    assert (order.state, order.outcome, order.closed_at, order.version) == ("done", "saved", MORNING, 3)
    assert (order.accepted_at, order.first_contact_at, order.attempts, order.reached) == (MORNING, MORNING, 1, 1)
    assert effects == (
        RecordContact("C1", "S1", "L00", "phone", "reached", MORNING),
        Tell("S1", "B1", "closed"),
    )


def test_the_first_contact_time_is_kept_when_more_contacts_follow() -> None:
    order = after(CALLED, order=after(MISSED), now=MORNING + timedelta(hours=2))
    assert (order.first_contact_at, order.attempts, order.reached) == (MORNING, 2, 1)


def test_a_promise_is_kept_until_the_next_contact() -> None:
    promised = after(MISSED, Promise(MORNING + timedelta(days=1)))
    assert promised.next_contact_at == MORNING + timedelta(days=1)
    assert after(CALLED, order=promised).next_contact_at is None


def test_a_hand_over_needs_a_new_acceptance_and_keeps_the_due_time() -> None:
    before = after(Accept())
    moved, effects = advance(before, HandOver("S2"), MORNING)
    assert (moved.state, moved.staff_id, moved.accepted_at, moved.due_at) == ("assigned", "S2", None, before.due_at)
    assert effects == (Tell("S1", "B1", "taken_away"), Tell("S2", "B1", "handed_over"))


def test_a_more_urgent_decision_brings_the_due_time_forward_and_a_calmer_one_changes_nothing() -> None:
    calm = opened(tier="yellow")
    urgent = enrichment(DECISION | {"loop_id": "L01"}, LoopPolicy(), CALENDAR, MORNING)
    joined = after(urgent, order=calm)
    assert (joined.priority, joined.due_at, joined.enriched_by) == ("P1", local(1, 14), ("L01",))
    calmer = after(Enrich("L02", "P3", calm.due_at, calm.warn_at), order=joined)
    assert (calmer.priority, calmer.due_at, calmer.enriched_by) == ("P1", local(1, 14), ("L01", "L02"))


def test_an_order_expires_only_when_its_time_is_over() -> None:
    with pytest.raises(IllegalMove, match="valid until"):
        after(Expire())
    assert after(Expire(), now=MORNING + timedelta(days=14)).state == "expired"


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([Close("saved")], "needs a contact that reached"),
        ([MISSED, Close("lost")], "needs a contact that reached"),
        ([Close("unreachable")], "at least one contact tried"),
        ([CALLED, Close("unreachable")], "none that got through"),
        ([Promise(MORNING + timedelta(days=1))], "not possible while the order is 'assigned'"),
        ([Accept(), Promise(MORNING)], "must lie in the future"),
        ([Assign("S2")], "not possible"),
        ([HandOver("S1")], "on this desk already"),
        ([Enrich("L00", "P1", MORNING, MORNING)], "part of the order already"),
        ([Accept(), Accept()], "not possible"),
        ([Cancel("asked"), CALLED], "none; the order is closed"),
    ],
)
def test_an_impossible_move_says_why_and_what_is_possible(events: list[Event], why: str) -> None:
    with pytest.raises(IllegalMove) as caught:
        after(*events)
    assert why in caught.value.render()
    assert "possible now:" in caught.value.render()


def test_a_wrong_signal_may_be_closed_without_a_call() -> None:
    assert after(Close("wrong_signal")).outcome == "wrong_signal"


def test_the_possible_moves_are_those_a_face_may_offer() -> None:
    assert possible_moves(opened(staff_id=None)) == ("Assign", "Enrich", "Escalate", "Expire", "Cancel")
    assert possible_moves(replace(opened(), state="done")) == ()


def test_an_order_escalates_once_when_its_first_contact_is_overdue_and_moves_nowhere() -> None:
    order, late = opened(), opened().due_at + timedelta(seconds=1)
    with pytest.raises(IllegalMove, match="overdue"):
        advance(order, Escalate(), order.due_at)
    raised, effects = advance(order, Escalate(), late)
    assert raised == replace(order, escalated_at=late, version=2)
    assert effects == (Tell(None, "B1", "escalated"),)
    for later in (raised, after(HandOver("S2"), order=raised)):
        with pytest.raises(IllegalMove, match="already"):
            advance(later, Escalate(), late)


def test_an_order_that_was_tried_in_time_or_late_does_not_escalate() -> None:
    order = opened()
    late = order.due_at + timedelta(hours=1)
    for tried in (MORNING, late):
        with pytest.raises(IllegalMove):
            advance(after(MISSED, order=order, now=tried), Escalate(), late)
