"""Reminders of promised call-backs: once for each promise, for the desk that gave it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from liuke.state.actions import open_orders
from liuke.state.actions.by_the_clock import by_the_clock
from liuke.state.actions.change_order import Who
from liuke.state.actions.remind_promises import remind_promises
from liuke.state.models import OrderEvent, WorkOrder
from liuke.state.order_news import news_since

from ..conftest import NOW, proposal

MINUTE = timedelta(minutes=1)


def _promised(order: WorkOrder, minutes: int) -> None:
    WorkOrder.objects.filter(pk=order.pk).update(next_contact_at=NOW + minutes * MINUTE)


def test_a_promise_is_called_out_once_when_it_is_due_and_again_when_it_is_made_anew(an_order: WorkOrder) -> None:
    _promised(an_order, 10)
    assert [remind_promises(NOW + n * MINUTE) for n in (9, 10, 11)] == [0, 1, 0]
    _promised(an_order, 40)
    assert [by_the_clock(NOW + n * MINUTE) for n in (39, 41, 42)] == [0, 1, 0]


def test_what_was_missed_long_ago_and_what_is_closed_is_not_called_out(an_order: WorkOrder) -> None:
    _promised(an_order, -61)
    assert remind_promises(NOW) == 0
    _promised(an_order, -1)
    WorkOrder.objects.filter(pk=an_order.pk).update(phase=1, state="done", closed_at=NOW)
    assert remind_promises(NOW) == 0


def test_the_reminder_is_news_for_the_desk_alone(
    an_order: WorkOrder, rm: Who, head: Who, who: Callable[..., Who]
) -> None:
    _promised(an_order, 0)
    remind_promises(NOW)
    [news] = [each for each in news_since(0) if each.kind == "reminder"]
    assert news.number == OrderEvent.objects.get(kind="reminder").pk
    heard = [each.scope.actor for each in (rm, head, who("rm", "NJ1", "S2")) if news.concerns(each.scope)]
    assert heard == [rm.scope.actor]


def test_a_promise_of_the_pool_reminds_nobody(bank: None, rm: Who) -> None:
    open_orders([proposal(1, staff_id=None)], now=NOW)
    WorkOrder.objects.update(next_contact_at=NOW)
    remind_promises(NOW)
    assert not [each for each in news_since(0) if each.kind == "reminder" and each.concerns(rm.scope)]
