"""The whole day on both engines: the same home in the same state, run by each, compared row by row."""

import math
import shutil
from datetime import date, timedelta

import pytest
from django.db import transaction

from liuke.daily import run_day
from liuke.settings import EngineKind
from liuke.state.actions import ContactReport, log_contact
from liuke.state.actions.change_order import Who
from liuke.state.models import Branch, Staff, User, WorkOrder
from liuke.state.scopes import scope_for
from liuke.tables import CONTACT, CUSTOMER_SNAPSHOT, DECISION, OUTCOME, SIGNAL, TABLES
from liuke.wiring import House, open_house
from tests.spark import small_spark

pytestmark = [pytest.mark.django_db, pytest.mark.spark]

MUST_HOLD_ROWS = (SIGNAL, CUSTOMER_SNAPSHOT, DECISION, OUTCOME, CONTACT)
COMPARED = (CONTACT, *(table for table in TABLES.values() if "batch_id" not in table.names))
"""Everything that is computed, beside the contacts carried from the desks."""


def left_behind(house: House) -> dict[str, list[dict[str, object]]]:
    """All rows of the compared tables by their keys, read by DuckDB, and what is on the desks."""
    with house.on("duckdb").engine() as engine:
        found = {
            table.name: engine.arrow(house.lake.scan(engine, table).order_by(*table.key)).to_pylist()
            for table in COMPARED
        }
    facts = (
        "order_id",
        "customer_id",
        "staff_id",
        "branch_id",
        "due_at",
        "state",
        "version",
        "aum",
        "score",
        "reasons",
    )
    return found | {
        "orders": list(WorkOrder.objects.order_by("order_id").values(*facts)),
        "branches": list(Branch.objects.order_by("branch_id").values()),
        "staff": list(Staff.objects.order_by("staff_id").values()),
    }


def run_on(kind: EngineKind, house: House, day: date, folder) -> tuple[dict, dict]:
    """The report and what a copy of `house` holds after the day; the state is as before."""
    shutil.copytree(house.home, folder)
    copy = open_house(folder).on(kind)
    with transaction.atomic():
        report = run_day(copy, day)
        left = left_behind(copy)
        transaction.set_rollback(True)
    return report, left


def somebody_calls(order: WorkOrder) -> None:
    user = User.objects.create(username="rm", role="rm", branch_id=order.branch_id, staff_id=order.staff_id)
    report = ContactReport("phone", "reached", outcome="saved", note="已续存")
    log_contact(Who(scope_for(user), order.created_at + timedelta(hours=3), "10.0.0.7"), order.order_id, report)


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12)
    return one == other and type(one) is type(other)


def test_the_whole_day_is_the_same_on_both_engines(house, days, tmp_path):
    """A day with everything in it: orders of a month ago that expire, a contact to carry, outcomes that mature."""
    small_spark().close()  # the test's small JVM, before a house starts a large one
    run_day(house, days[0])
    somebody_calls(WorkOrder.objects.filter(state="assigned").first())
    day = days[0] + timedelta(days=30)
    expected, left = run_on("duckdb", house, day, tmp_path / "duck")
    found, left_by_spark = run_on("spark", house, day, tmp_path / "spark")

    assert expected.outcomes_measured > 0
    assert expected.decided > expected.held_out > 0
    assert (expected.orders_opened > 0, expected.orders_expired > 0, expected.contacts_carried) == (True, True, 1)
    assert {**vars_of(found), "seconds": 0} == {**vars_of(expected), "seconds": 0}
    assert all(left[name] for name in ("orders", "branches", "staff", *(t.name for t in MUST_HOLD_ROWS)))
    for name, rows in left.items():
        assert len(left_by_spark[name]) == len(rows), name
        for row, other in zip(rows, left_by_spark[name], strict=True):
            differing = [(key, row[key], other.get(key)) for key in row if not same(row[key], other.get(key))]
            assert not differing, name


def vars_of(report: object) -> dict[str, object]:
    return {name: getattr(report, name) for name in report.__slots__}
