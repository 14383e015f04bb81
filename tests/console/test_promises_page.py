"""The calendar of promised call-backs: spans, scope, missed ones, and dates that are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from liuke.state.models import WorkOrder

SeenBy = Callable[[str], Client]
MONDAY = datetime(2031, 3, 3, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def promised(bank: object) -> list[WorkOrder]:
    """S1's four promises: Monday's first minute, Sunday's last, the Monday after; and one missed long ago."""
    orders = list(WorkOrder.objects.filter(staff_id="S1", phase=0).order_by("id")[:4])
    assert len(orders) == 4
    WorkOrder.objects.filter(phase=0).update(next_contact_at=None)
    minute, week = timedelta(minutes=1), timedelta(days=7)
    for order, at in zip(orders, (MONDAY, MONDAY + week - minute, MONDAY + week, MONDAY - 600 * week), strict=True):
        WorkOrder.objects.filter(pk=order.pk).update(next_contact_at=at)
    return orders


def _shown(client: Client, query: str) -> list[str]:
    text = client.get(f"/workbench/calendar/?{query}").content.decode()
    return [part.split("/", 1)[0] for part in text.split('hx-get="/workbench/orders/')[1:]]


def test_a_week_runs_from_monday_to_sunday_and_a_day_is_one_day(seen_by: SeenBy, promised: list[WorkOrder]) -> None:
    first, last, next_week, missed = (order.order_id for order in promised)
    rm = seen_by("rm1")
    assert _shown(rm, "view=week&on=2031-03-06") == [missed, first, last]
    assert _shown(rm, "view=week&on=2031-03-10") == [missed, next_week]
    assert _shown(rm, "view=day&on=2031-03-03") == [missed, first]
    assert _shown(rm, "view=day&on=2031-03-04") == [missed]


def test_promises_of_others_and_of_closed_orders_are_not_shown(seen_by: SeenBy, promised: list[WorkOrder]) -> None:
    assert not _shown(seen_by("rm3"), "view=week&on=2031-03-06")
    assert len(_shown(seen_by("head"), "view=week&on=2031-03-06")) == 3
    WorkOrder.objects.filter(pk=promised[0].pk).update(phase=1, state="done", closed_at=MONDAY)
    assert promised[0].order_id not in _shown(seen_by("rm1"), "view=week&on=2031-03-06")


@pytest.mark.parametrize("on", ["2031-02-30", "x", "9999-12-31", "0001-01-01"])
def test_a_date_that_is_none_or_far_away_is_answered(seen_by: SeenBy, promised: list[WorkOrder], on: str) -> None:
    assert seen_by("rm1").get(f"/workbench/calendar/?view=week&on={on}").status_code == 200


def test_a_busy_day_is_cut_in_the_week_and_paged_on_its_own(
    seen_by: SeenBy, bank: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liuke.console.views.promises.WEEK_ROWS", 2)
    monkeypatch.setattr("liuke.console.views.promises.DAY_ROWS", 3)
    mine = WorkOrder.objects.filter(staff_id="S1", phase=0)
    mine.update(next_contact_at=None)
    orders = list(mine.order_by("id")[:5])
    for n, order in enumerate(orders):
        WorkOrder.objects.filter(pk=order.pk).update(next_contact_at=MONDAY + timedelta(hours=9, minutes=n))
    ids, rm = [order.order_id for order in orders], seen_by("rm1")
    assert _shown(rm, "view=week&on=2031-03-03") == ids[:2]
    assert "另有 3 个" in rm.get("/workbench/calendar/?view=week&on=2031-03-03").content.decode()
    assert _shown(rm, "view=day&on=2031-03-03") == ids[:3]
    assert _shown(rm, "view=day&on=2031-03-03&page=2") == ids[3:]
