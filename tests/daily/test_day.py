from datetime import UTC, date, datetime, timedelta

import pytest

from liuke.act.holdout import draw
from liuke.act.loop_policy import read_loop_policy
from liuke.daily import run_day, worklist
from liuke.errors import YourMistake
from liuke.state.models import Branch, Run, WorkOrder
from liuke.tables import CANDIDATE_FATE, CUSTOMER_SNAPSHOT, DECISION, OUTCOME, SIGNAL
from liuke.wiring import House
from tests.daily.lived import Lived
from tests.simulated import SMALL

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def one_day(loaded_home, days, tmp_path_factory, django_db_setup, django_db_blocker) -> Lived:
    """The bank after the first day."""
    with django_db_blocker.unblock():
        return Lived(loaded_home, {}, []).longer(tmp_path_factory.mktemp("one-day"), days[:1])


@pytest.fixture(scope="module")
def three_days(one_day, days, tmp_path_factory, django_db_blocker) -> Lived:
    """The bank after all three days."""
    with django_db_blocker.unblock():
        return one_day.longer(tmp_path_factory.mktemp("three-days"), days[1:])


@pytest.fixture
def after_one(one_day, tmp_path, db) -> House:
    return one_day.entered(tmp_path)


@pytest.fixture
def after_three(three_days, tmp_path, db) -> House:
    return three_days.entered(tmp_path)


def rows(house, table, *columns):
    with house.engine() as engine:
        found = engine.arrow(house.lake.scan(engine, table).select(*columns)).to_pylist()
    return sorted(tuple(row.values()) for row in found)


def everything(house):
    """All that a run leaves behind, in the lake and on the desks."""
    tables = (SIGNAL, CUSTOMER_SNAPSHOT, DECISION, CANDIDATE_FATE, OUTCOME)
    lake = {table.name: rows(house, table, *table.names) for table in tables}
    orders = list(
        WorkOrder.objects.order_by("order_id").values_list("order_id", "staff_id", "due_at", "state", "version")
    )
    return lake, orders


def test_a_day_warns_decides_and_opens_orders(one_day, after_one):
    [report] = one_day.reports
    assert report.customers > 200
    assert sum(report.warned.values()) > 0
    assert report.decided == report.held_out + report.orders_opened
    assert report.decided > 0
    assert WorkOrder.objects.count() == report.orders_opened


def test_running_a_day_twice_changes_nothing(after_one, days):
    before = everything(after_one)
    again = run_day(after_one, days[0], loop_only=True)
    assert everything(after_one) == before
    assert (again.decided, again.orders_opened, again.outcomes_measured) == (0, 0, 0)


def test_held_out_customers_never_get_an_order(after_three):
    held_out = {c for c, arm in rows(after_three, DECISION, "customer_id", "arm") if arm == "holdout"}
    assert held_out
    assert not held_out & set(WorkOrder.objects.values_list("customer_id", flat=True))


def test_orders_lie_on_the_desk_of_the_customers_own_rm(after_one):
    owners = dict(rows(after_one, CUSTOMER_SNAPSHOT, "customer_id", "staff_id"))
    orders = WorkOrder.objects.values_list("customer_id", "staff_id")
    assert orders
    assert all(owners[customer] == staff for customer, staff in orders)


def test_nobody_is_decided_twice_within_the_cool_down(three_days, after_three):
    customers = [c for (c,) in rows(after_three, DECISION, "customer_id")]
    assert len(customers) == sum(report.decided for report in three_days.reports) > three_days.reports[0].decided
    assert len(customers) == len(set(customers))


def test_an_older_day_run_later_leaves_the_newer_snapshot(after_three, days):
    newer = rows(after_three, CUSTOMER_SNAPSHOT, *CUSTOMER_SNAPSHOT.names)
    run_day(after_three, days[1] + timedelta(days=1), loop_only=True)
    assert rows(after_three, CUSTOMER_SNAPSHOT, *CUSTOMER_SNAPSHOT.names) == newer


def test_outcomes_appear_when_their_horizon_is_over_and_only_once(after_one, days):
    assert rows(after_one, OUTCOME, "loop_id") == []
    report = run_day(after_one, days[0] + timedelta(days=30), loop_only=True)
    assert report.outcomes_measured == len([d for (d,) in rows(after_one, DECISION, "as_of") if d == days[0]])
    assert run_day(after_one, days[0] + timedelta(days=31), loop_only=True).outcomes_measured == 0


def test_the_organisation_is_mirrored_and_the_run_is_logged(after_one, days):
    assert Branch.objects.filter(level="head").count() == 1
    [log] = Run.objects.all()
    assert (log.as_of, log.status, log.counts["customers"] > 200) == (days[0], "done", True)


def test_a_day_before_the_first_customer_is_refused_and_logged_as_failed(house):
    with pytest.raises(YourMistake, match=r"no customer is known|branch list is empty"):
        run_day(house, date(1990, 1, 1), loop_only=True)
    assert Run.objects.get().status == "failed"


def test_the_worklist_shows_masked_names_and_reasons_in_urgency_order(after_one, days):
    lines = worklist(days[0], 50)
    assert [line.priority for line in lines] == sorted(line.priority for line in lines)
    assert all("*" in line.customer for line in lines)
    assert all(line.reasons for line in lines)


def test_a_late_feed_is_reported(house):
    assert run_day(house, SMALL.end, loop_only=True).late_feeds == ()
    assert run_day(house, SMALL.end + timedelta(days=5), loop_only=True).late_feeds == ("transaction", "balance_daily")


def test_without_the_days_data_nothing_is_decided_or_measured_for_good(after_one):
    late = SMALL.end + timedelta(days=30)
    report = run_day(after_one, late, loop_only=True)
    assert sum(report.warned.values()) > 0
    assert (report.decided, report.orders_opened, report.outcomes_measured) == (0, 0, 0)
    assert run_day(after_one, SMALL.end, loop_only=True).outcomes_measured > 0


def test_orders_that_a_killed_run_left_out_are_opened_by_the_next_day(house, days, monkeypatch):
    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("liuke.daily.day.open_day_orders", dies)
        with pytest.raises(KeyboardInterrupt):
            run_day(house, days[0], loop_only=True)
    assert WorkOrder.objects.count() == 0
    run_day(house, days[0] + timedelta(days=1), loop_only=True)
    treated = {c for c, arm in rows(house, DECISION, "customer_id", "arm") if arm == "treated"}
    assert set(WorkOrder.objects.values_list("customer_id", flat=True)) == treated


def test_a_run_that_was_killed_is_marked_when_the_next_begins(house, days):
    Run.objects.create(as_of=days[0], started_at=datetime(2026, 1, 1, tzinfo=UTC), status="running")
    run_day(house, days[0], loop_only=True)
    assert list(Run.objects.order_by("id").values_list("status", flat=True)) == ["failed", "done"]


def test_whom_the_global_hold_out_keeps_is_not_decided_about_and_his_fate_says_so(house, days):
    policy = house.policy("levers")
    policy.write_text("global_holdout: {experiment: everything, share: 0.5}\n", encoding="utf-8")
    run_day(house, days[0], loop_only=True)
    decided = {row[0] for row in rows(house, DECISION, "customer_id")}
    fates = rows(house, CANDIDATE_FATE, "customer_id", "fate", "experiment", "draw", "holdout_share")
    held = {who: (fate, value, share) for who, fate, name, value, share in fates if name == "everything"}
    assert decided
    assert held
    assert not decided & held.keys()
    assert all(fate == "held_out" and value < share == 0.5 for fate, value, share in held.values())
    salt = read_loop_policy(house.policy("loop")).salt
    assert all(value == draw(who, "everything", salt) for who, (_, value, _) in held.items())
    assert all(draw(who, "everything", salt) >= 0.5 for who in decided)
