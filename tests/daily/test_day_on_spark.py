"""The whole day on both engines: the same home in the same state, run by each, compared row by row."""

import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pytest
from django.db import transaction

from liuke.cli.effect import as_dict, measured_effect
from liuke.daily import DayReport, run_day
from liuke.insight.churn.definition import ChurnDefinition, Hard, SilentActivity, SilentBalance
from liuke.insight.churn.watch.readings import Kind
from liuke.settings import EngineKind
from liuke.state.actions import ContactReport, log_contact
from liuke.state.actions.change_order import Who
from liuke.state.models import Branch, Staff, User, WorkOrder
from liuke.state.scopes import scope_for
from liuke.tables import CONTACT, CUSTOMER
from liuke.wiring import House, open_house
from tests.alike import differences
from tests.daily.left_behind import COMPARED, MUST_HOLD_ROWS, in_the_lake, same
from tests.daily.teaching import QUIET, WIDE, name_clusters, teach, telling
from tests.night import nightly
from tests.spark import small_spark_in

pytestmark = [pytest.mark.django_db, pytest.mark.spark, nightly]

SOON = ChurnDefinition(
    name={"zh": "四周", "en": "four weeks"},
    horizon_days=28,
    losses=(Hard(), SilentActivity(days=14, minimum_monthly_mean=1), SilentBalance(fall=0.3, stays_days=7)),
)
"""A loss that comes soon and often, so that a month later there are enough to judge the scores by."""


def on_the_desks() -> dict[str, list[dict[str, object]]]:
    """What people see in the morning."""
    facts = "order_id customer_id staff_id branch_id due_at state version aum score reasons"
    return {
        "orders": list(WorkOrder.objects.order_by("order_id").values(*facts.split())),
        "branches": list(Branch.objects.order_by("branch_id").values()),
        "staff": list(Staff.objects.order_by("staff_id").values()),
    }


@dataclass(frozen=True)
class Left:
    """What a day leaves behind."""

    report: DayReport
    lake: dict[str, pa.Table]
    desks: dict[str, list[dict[str, object]]]
    effect: dict[str, object]


def run_on(kind: EngineKind, house: House, day: date, folder: Path, *, loop_only: bool = False) -> Left:
    """The day on a copy of `house`; the state is as before."""
    shutil.copytree(house.home, folder)
    copy = open_house(folder).on(kind)
    with transaction.atomic():
        report = run_day(copy, day, loop_only=loop_only)
        left = Left(report, in_the_lake(copy), on_the_desks(), as_dict(measured_effect(copy, day, 30), "en"))
        transaction.set_rollback(True)
    return left


def somebody_calls(order: WorkOrder) -> None:
    user = User.objects.create(username="rm", role="rm", branch_id=order.branch_id, staff_id=order.staff_id)
    report = ContactReport("phone", "reached", outcome="saved", note="已续存")
    log_contact(Who(scope_for(user), order.created_at + timedelta(hours=3), "10.0.0.7"), order.order_id, report)


def nobody_answers(house: House, days: list[date]) -> None:
    """Everybody was called on each of the days, and nobody picked up."""
    with house.engine() as engine:
        people = engine.arrow(house.lake.scan(engine, CUSTOMER).select("customer_id").distinct())
    tried = [
        {
            "contact_id": f"X-{who}-{day}", "customer_id": who, "channel": "phone", "result": "not_reached",
            "occurred_at": datetime.combine(day, time(10), house.zone), "business_date": day, "source": "calls",
            "batch_id": "calls", "line": 1, "ingested_at": datetime.combine(day, time(20), house.zone),
        }
        for who in sorted(people["customer_id"].to_pylist()) for day in days
    ]  # fmt: skip
    house.lake.append(CONTACT, pa.Table.from_pylist(tried, schema=CONTACT.arrow), commit_id="calls")


def a_model_at_work(house: House, day: date) -> None:
    """Run up to `day`: a whole day of signals, then a model decides, with another in the shadow, both of SOON."""
    run_day(house, day - timedelta(days=1))
    name_clusters(house, day - timedelta(days=1))
    names = [name for name in telling(house) if name != QUIET]
    teach(house, names, definition=SOON, settings=WIDE)
    teach(house, names[::3], version="v2", state="candidate", definition=SOON, settings=WIDE)
    run_day(house, day, loop_only=True)


def test_the_whole_day_is_the_same_on_both_engines(house, days, tmp_path):
    """A day with everything in it: a model and its shadow, orders of a month ago that expire, a contact to carry,
    customers whom nobody reaches, scores and outcomes that mature.
    """
    small_spark_in(house.home)
    a_model_at_work(house, days[0])
    somebody_calls(WorkOrder.objects.filter(state="assigned").first())
    nobody_answers(house, [days[0] + timedelta(days=n) for n in (1, 2, 3)])
    day = days[0] + timedelta(days=30)
    duck, spark = (run_on(kind, house, day, tmp_path / kind) for kind in ("duckdb", "spark"))

    assert duck.report.outcomes_measured > 0
    assert duck.report.decided > duck.report.held_out > 0
    assert duck.report.orders_opened > 0 < duck.report.orders_expired
    assert duck.report.contacts_carried == 1
    assert not [t.name for t in MUST_HOLD_ROWS if not duck.lake[t.name].num_rows]
    assert {row["kind"] for row in duck.lake["drift"].to_pylist() if row["as_of"] == day} == {*get_args(Kind)}
    assert len(duck.lake["score"].group_by(["role", "reason_1"]).aggregate([])) > 8
    assert replace(spark.report, seconds=0) == replace(duck.report, seconds=0)
    for table in COMPARED:
        assert not list(differences(duck.lake[table.name], spark.lake[table.name], table.key)), table.name
    assert all(duck.desks.values())
    assert same(duck.desks, spark.desks)
    assert duck.effect["treated"]["measured"] > 0
    assert same(duck.effect, spark.effect)
