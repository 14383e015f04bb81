"""Overdue orders come before the branch head once, whoever sweeps and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from liuke.state.actions import ContactReport, escalate_overdue, hand_over, log_contact, open_orders
from liuke.state.actions.change_order import Who
from liuke.state.audit import verify
from liuke.state.models import AuditEntry, OrderEvent, WorkOrder
from liuke.state.order_list import page
from liuke.state.order_news import news_since

from ..conftest import NOW, proposal

LATE = NOW + timedelta(hours=5)
DUE = [1, 2, 5]
"""W1 in the branch's pool, W2 on a desk, W5 in another province; W3 was called in time, W4 is not overdue yet."""


@pytest.fixture
def swept(rm: Who) -> int:
    open_orders(
        [
            proposal(1, staff_id=None),
            proposal(2),
            proposal(3),
            proposal(4, due_at=LATE, warn_at=NOW),
            proposal(5, branch_id="HZ", staff_id="S3"),
        ],
        now=NOW,
    )
    log_contact(rm, "W000003", ContactReport("phone", "not_reached"))
    return escalate_overdue(LATE)


def _escalated(who: Who) -> list[str]:
    found = page(who.scope, "escalated", "", "urgency", 1, 10, now=LATE)
    assert found.total == len(found.rows)
    return [row.order_id for row in found.rows]


def test_what_is_overdue_and_not_contacted_escalates_once(swept: int) -> None:
    assert swept == len(DUE)
    assert escalate_overdue(LATE) == 0
    rows = WorkOrder.objects.filter(escalated_at=LATE)
    assert set(rows.values_list("order_id", "version", "staff_id", "state")) == {
        ("W000001", 2, None, "new"), ("W000002", 2, "S1", "assigned"), ("W000005", 2, "S3", "assigned"),
    }  # fmt: skip
    assert escalate_overdue(LATE + timedelta(seconds=1)) == 1  # W4: late from the first moment after it is due


def test_each_has_an_event_and_an_audit_row(swept: int) -> None:
    told = OrderEvent.objects.filter(kind="escalated").values_list("order__order_id", "actor", "at")
    assert set(told) == {(f"W{n:06d}", "system", LATE) for n in DUE}
    audited = AuditEntry.objects.filter(action="order_escalated").values_list("object_id", flat=True)
    assert sorted(audited) == [f"W{n:06d}" for n in DUE]
    assert verify() is None


def test_a_head_sees_the_own_branches_until_somebody_calls(swept: int, head: Who, who: Callable[..., Who]) -> None:
    assert _escalated(head) == ["W000001", "W000002"]
    assert _escalated(who("branch_head", "HZ")) == ["W000005"]
    hand_over(head, "W000002", "S2", "陆晓楠请假")
    assert _escalated(head) == ["W000001", "W000002"]
    log_contact(who("rm", "NJ1", "S2", minutes=301), "W000002", ContactReport("phone", "not_reached"))
    assert _escalated(head) == ["W000001"]


def test_what_has_been_overdue_for_days_comes_before_the_head_without_calling_anybody(rm: Who, head: Who) -> None:
    """As at the first sweep after an upgrade: many at once, none of them news."""
    open_orders([proposal(n) for n in range(1, 6)] + [proposal(6, due_at=LATE, warn_at=NOW)], now=NOW)
    now = LATE + timedelta(hours=23, minutes=30)
    assert escalate_overdue(now) == 6
    assert [news.order_id for news in news_since(0) if news.kind.startswith("escalated")] == ["W000006"]
    found = page(head.scope, "escalated", "", "urgency", 1, 10, now=now)
    assert found.total == 6
