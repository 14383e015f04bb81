"""Random lives of a work order keep the promises of its docstrings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.act.loop_policy import LoopPolicy
from liuke.act.workorder import (
    CLOSED_STATES,
    Accept,
    Assign,
    Cancel,
    Close,
    Contact,
    Enrich,
    Event,
    Expire,
    HandOver,
    IllegalMove,
    Order,
    Promise,
    RecordContact,
    advance,
    open_order,
    possible_moves,
)
from liuke.clock import WorkCalendar

START = datetime(2026, 4, 1, tzinfo=UTC)
CALENDAR = WorkCalendar(frozenset(), date(2000, 1, 1), date(2000, 1, 1), ZoneInfo("Asia/Shanghai"))
moments = st.integers(0, 20 * 24).map(lambda hours: START + timedelta(hours=hours))
desks = st.sampled_from(["S1", "S2", "S3"])
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Assign, desks),
    st.builds(Accept),
    st.builds(Contact, st.sampled_from(["phone", "visit"]), st.sampled_from(["reached", "not_reached", "refused"])),
    st.builds(Promise, moments),
    st.builds(Close, st.sampled_from(["saved", "undecided", "lost", "unreachable", "wrong_signal"])),
    st.builds(Expire),
    st.builds(Cancel, st.just("asked")),
    st.builds(HandOver, desks),
    st.builds(Enrich, st.sampled_from(["L1", "L2", "L3"]), st.sampled_from(["P1", "P2", "P3"]), moments, moments),
)
lives = st.lists(st.tuples(st.integers(0, 30), events), max_size=25)


def first(staff_id: str | None, tier: str) -> Order:
    decision = {
        "loop_id": "L0", "customer_id": "C", "staff_id": staff_id, "branch_id": "B", "arm": "treated",
        "treatment": "rm_care", "tier": tier,
    }  # fmt: skip
    return open_order(decision, LoopPolicy(), CALENDAR, START)


@given(st.one_of(st.none(), desks), st.sampled_from(["red", "orange", "yellow"]), lives)
def test_every_step_keeps_the_orders_invariants(staff_id: str | None, tier: str, life: list[tuple[int, Event]]) -> None:
    order, now, contacts = first(staff_id, tier), START, 0
    for hours, event in life:
        now += timedelta(hours=hours)
        try:
            moved, effects = advance(order, event, now)
        except IllegalMove:
            continue
        assert type(event).__name__ in possible_moves(order)
        assert order.is_open, "closed orders never move"
        assert moved.version == order.version + 1
        assert moved.due_at <= order.due_at
        if moved.due_at != order.due_at or moved.priority != order.priority:
            assert isinstance(event, Enrich)
            assert moved.priority < order.priority
        assert (moved.state in CLOSED_STATES) == (moved.closed_at is not None)
        assert (moved.state == "done") == (moved.outcome is not None)
        assert (moved.staff_id is None) <= (moved.state in ("new", "expired", "cancelled"))
        contacts += sum(isinstance(e, RecordContact) for e in effects)
        assert moved.attempts == contacts >= moved.reached
        assert moved.outcome not in ("saved", "undecided", "lost") or moved.reached > 0
        assert (moved.order_id, moved.loop_id, moved.customer_id, moved.created_at, moved.expires_at) == (
            order.order_id, order.loop_id, order.customer_id, order.created_at, order.expires_at,
        )  # fmt: skip
        order = moved


@given(lives)
def test_replaying_the_same_events_gives_the_same_order(life: list[tuple[int, Event]]) -> None:
    def lived() -> Order:
        order, now = first("S1", "red"), START
        for hours, event in life:
            now += timedelta(hours=hours)
            try:
                order, _ = advance(order, event, now)
            except IllegalMove:
                continue
        return order

    assert lived() == lived()


@given(events)
def test_a_closed_order_refuses_every_event(event: Event) -> None:
    done, _ = advance(first("S1", "red"), Cancel("asked"), START)
    with pytest.raises(IllegalMove):
        advance(done, event, START + timedelta(days=30))
