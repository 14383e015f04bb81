"""What counts as wrong, at and beyond each limit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from liuke.health.facts import HealthFacts
from liuke.health.findings import findings
from liuke.health.policy import HealthPolicy

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
WELL = HealthFacts(
    NOW, date(2026, 12, 1), run_day=date(2026, 11, 30), events=500, newest_event=NOW - timedelta(minutes=1),
    workers={"collector": 0.0, "lake": 30.0, "triggers": 0.0}, waiting=1, waiting_since=NOW - timedelta(minutes=1),
    sent=1000, dead=20, open_orders=100, late_orders=30, audit_rows=9, audit_first=NOW - timedelta(days=90),
    anchored=NOW - timedelta(hours=5), disk_free=0.4,
)  # fmt: skip


def codes(**changes: Any) -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in findings(replace(WELL, **changes), HealthPolicy())]


def test_nothing_is_found_where_all_is_within_its_limits() -> None:
    assert codes() == []


@pytest.mark.parametrize(("changes", "found"), [
    ({"run_day": None}, [("no_run", "warn")]),
    ({"run_failed": True}, [("run_failed", "bad")]),
    ({"run_day": date(2026, 11, 29)}, []),
    ({"run_day": date(2026, 11, 28)}, [("run_late", "bad")]),
    ({"late_feeds": ("transaction",)}, [("feed_late", "bad")]),
    ({"workers": {"triggers": None}}, [("worker_away", "bad")]),
    ({"workers": {"lake": 901.0}}, [("events_waiting", "bad")]),
    ({"workers": {"lake": 900.0}}, []),
    ({"newest_event": NOW - timedelta(minutes=61)}, [("no_events", "warn")]),
    ({"newest_event": NOW - timedelta(minutes=61), "events": 0}, []),
    ({"newest_event": None, "events": None, "workers": {}}, []),
    ({"waiting_since": NOW - timedelta(minutes=16)}, [("messages_waiting", "bad")]),
    ({"dead": 60}, [("messages_dead", "warn")]),
    ({"dead": 19, "sent": 0}, []),
    ({"late_orders": 31}, [("orders_late", "warn")]),
    ({"late_orders": 19, "open_orders": 19}, []),
    ({"anchored": NOW - timedelta(days=4)}, [("not_anchored", "warn")]),
    ({"anchored": None}, [("not_anchored", "warn")]),
    ({"anchored": None, "audit_first": None}, []),
    ({"anchors_unreadable": True}, [("anchors_unreadable", "bad")]),
    ({"disk_free": 0.04}, [("disk_full", "bad")]),
])  # fmt: skip
def test_what_is_beyond_its_limit_is_found_and_what_is_at_it_is_not(
    changes: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert codes(**changes) == found


def test_the_bad_comes_first_and_each_is_said_in_both_languages() -> None:
    found = findings(replace(WELL, late_orders=50, run_day=date(2026, 11, 20), disk_free=0.01), HealthPolicy())
    assert [one.text("en") for one in found] == [
        "the daily run stands at 2026-11-20, 11 days ago",
        "1% of the disk is left",
        "first contact is overdue for 50 orders, 50% of the open",
    ]
    assert found[0].text("zh-hans") == "日批停在 2026-11-20，已 11 天"
