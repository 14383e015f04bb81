"""Today's list: who stands in it, in which order and why, and where the day's capacity cuts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from liuke.govern.access import Scope
from liuke.state.actions import ContactReport, log_contact, open_orders
from liuke.state.actions.change_order import Who
from liuke.state.models import Staff, WorkOrder
from liuke.state.order_list import Only
from liuke.state.today_list import Places, TodayPage, places_of, today

from .conftest import NOW, proposal

HOUR = timedelta(hours=1)
FAR = NOW + timedelta(days=3)
BEFORE = NOW - HOUR


@pytest.fixture
def desk(rm: Who) -> Scope:
    """S1's orders, one of each kind; NOW is 09:00 in the bank."""
    opened = [
        proposal(1, priority="P3", due_at=FAR, warn_at=FAR),
        proposal(2, priority="P1", due_at=FAR, warn_at=FAR),
        proposal(3, due_at=NOW + HOUR, warn_at=NOW),
        proposal(4, due_at=BEFORE, warn_at=BEFORE),
        proposal(5, due_at=FAR, warn_at=FAR),
        proposal(6, due_at=FAR, warn_at=FAR),
        proposal(7, due_at=FAR, warn_at=FAR),
        proposal(8, due_at=FAR, warn_at=FAR),
        proposal(9, staff_id="S2"),
    ]
    open_orders(opened, now=NOW)
    log_contact(rm, "W000005", ContactReport("phone", "reached"))
    for order_id, at in (("W000006", NOW + 3 * HOUR), ("W000007", FAR), ("W000008", NOW + 2 * HOUR)):
        WorkOrder.objects.filter(order_id=order_id).update(next_contact_at=at, attempts=1, first_contact_at=NOW)
    WorkOrder.objects.filter(order_id="W000008").update(next_contact_at=NOW - HOUR)
    return rm.scope


def _today(scope: Scope, capacity: int = 99, contacted: int = 0, **more: str) -> TodayPage:
    return today(scope, "", 1, 10, now=NOW, places=Places(capacity, contacted), only=Only(**more))


def _told(found: TodayPage) -> list[tuple[str, str]]:
    return [(row.order_id[-1], found.ranks[row.pk]) for row in found.page.rows]


def test_promises_come_first_then_late_then_due_then_by_priority_and_each_says_why(desk: Scope) -> None:
    assert _told(_today(desk)) == [
        ("6", "promised"), ("8", "promised"), ("4", "late"), ("3", "due"), ("2", "urgent"), ("1", "new"),
        ("5", "followed"),
    ]  # fmt: skip


def test_the_capacity_that_is_left_cuts_the_list_and_says_how_much_lies_beyond(desk: Scope) -> None:
    found = _today(desk, capacity=9, contacted=5)
    assert [number for number, _ in _told(found)] == ["6", "8", "4", "3"]
    assert (found.page.counts["today"], found.beyond, found.page.counts["open"]) == (4, 3, 8)


def test_a_promise_is_kept_even_when_the_day_is_full(desk: Scope) -> None:
    found = _today(desk, capacity=3, contacted=7)
    assert [number for number, _ in _told(found)] == ["6", "8"]
    assert found.beyond == 5


def test_filters_narrow_before_the_cut(desk: Scope) -> None:
    assert _told(_today(desk, capacity=1, due="late")) == [("4", "late")]
    assert _told(_today(desk, source="trigger")) == []


def test_orders_of_team_customers_on_other_desks_are_not_todays(desk: Scope) -> None:
    shared = replace(desk, customers=frozenset({"C000009"}))
    assert _told(_today(shared)) == _told(_today(desk))


def test_pages_of_the_day_do_not_pass_its_end(desk: Scope) -> None:
    places = Places(5, 0)
    pages = [today(desk, "", n, 2, now=NOW, places=places) for n in (1, 2, 3, 9)]
    assert [len(found.page.rows) for found in pages] == [2, 2, 1, 1]
    assert len({row.pk for found in pages[:3] for row in found.page.rows}) == 5


def test_the_day_of_an_rm_knows_capacity_and_customers_contacted(desk: Scope) -> None:
    assert places_of(desk, NOW) == Places(20, 1)
    Staff.objects.filter(staff_id="S1").update(daily_capacity=None)
    assert places_of(desk, NOW) is None


def test_who_has_no_desk_has_no_day(all_seeing: Scope) -> None:
    assert places_of(all_seeing, NOW) is None
