"""The day's experiments: started before anything is decided, read as frozen, kept as said, ended by their own rule."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from django.db import transaction

from liuke.daily import run_day
from liuke.daily.experimenting import (
    ExperimentDay,
    leaks_of,
    plan_one,
    read_experiments,
    read_one,
    reading_day,
)
from liuke.errors import YourMistake
from liuke.govern.access import Scope
from liuke.insight.known import bank_tables
from liuke.state.actions.change_experiment import decide_experiment, propose_experiment
from liuke.state.actions.change_order import Who
from liuke.state.experiment_list import listed_named
from liuke.state.models import AuditEntry, ExperimentState
from liuke.tables import DECISION, EXPERIMENT_READING
from liuke.track.experiments.catalogue import read_bank_experiments
from liuke.track.experiments.kept_readings import reading_rows, said_so_far
from liuke.track.experiments.planner import as_json
from liuke.wiring import House, open_house
from tests.daily.lived import Lived
from tests.simulated import SMALL
from tests.state_rows import taken
from tests.track.experiments.writing import written

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, tzinfo=UTC)
AUTHOR = Who(Scope("ann", "analyst", None), AT, "")
BOSS = Who(Scope("bob", "compliance", None), AT, "")
METRICS = {"primary": ["retained_30"], "money": "aum_kept_90"}


def put(house: House, code: str, day: date, **keys: Any) -> None:
    """Writes an experiment, plans, proposes and approves it."""
    folder = house.home / "experiments"
    folder.mkdir(exist_ok=True)
    (folder / f"{code}.yaml").write_text(written(**{"metrics": METRICS} | keys), encoding="utf-8")
    made = read_bank_experiments(house.home).named(code)
    with house.engine() as engine:
        planned = as_json(plan_one(house, engine, made, day))
    row = propose_experiment(AUTHOR, made, planned, "we want to know")
    decide_experiment(BOSS, made, "approve", row.version)


def run(house: House, day: date):
    return run_day(house, day, loop_only=True, experiments=True)


@pytest.fixture(scope="module")
def one_day(
    loaded_home: Path, days: list[date], tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any
) -> Lived:
    """The bank after the first day, on which the experiment `trial` started."""
    with django_db_blocker.unblock(), transaction.atomic():
        house = open_house(shutil.copytree(loaded_home, tmp_path_factory.mktemp("trial") / "home"))
        put(house, "trial", days[0])
        reports = [run(house, days[0])]
        begun = Lived(house.home, taken(), reports)
        transaction.set_rollback(True)
    return begun


@pytest.fixture
def after_one(one_day: Lived, tmp_path: Path, db: None) -> House:
    return one_day.entered(tmp_path)


def kept(house: House, code: str) -> pa.Table:
    with house.engine() as engine:
        rows = house.lake.scan(engine, EXPERIMENT_READING)
        return engine.arrow(rows.filter(rows.experiment == code).order_by("as_of", "metric"))


def read(house: House, code: str, day: date):
    with house.engine() as engine:
        return read_one(house, engine, listed_named(read_bank_experiments(house.home), code), day)


def test_an_experiment_starts_is_read_each_day_once_and_a_past_day_reads_the_same(
    one_day: Lived, after_one: House, days: list[date]
) -> None:
    house, [first] = after_one, one_day.reports
    assert (first.experiments_started, first.experiments_read) == (("trial",), 1)
    assert sum(read(house, "trial", days[0]).reading.sizes.values()) == first.decided > 0
    run(house, days[1])
    again = run(house, days[1])
    run(house, SMALL.end)
    assert again.experiments_started == ()
    rows = kept(house, "trial")
    assert rows.column("as_of").to_pylist() == [d for d in (days[0], days[1], SMALL.end) for _ in range(2)]
    assert set(rows.column("text_hash").to_pylist()) == {read_bank_experiments(house.home).named("trial").version}
    for day in (days[0], days[1], SMALL.end):
        then = rows.filter(pc.equal(rows["as_of"], day))
        now = reading_rows(read(house, "trial", day)).sort_by("metric")
        assert now.equals(then.combine_chunks().cast(now.schema))
    with house.engine() as engine:
        told = said_so_far(engine, house.lake.scan(engine, EXPERIMENT_READING), "trial", "retained_30")
    assert [said.day for said in told] == [days[0], days[1], SMALL.end]
    assert told[-1].units > 0


def test_a_file_changed_after_the_start_changes_no_reading_and_is_told(after_one: House, days: list[date]) -> None:
    house = after_one
    before = reading_rows(read(house, "trial", SMALL.end))
    path = house.home / "experiments" / "trial.yaml"
    path.write_text(written(metrics={"primary": ["retained_90"]}, mde=0.5), encoding="utf-8")
    policies = house.home / "policies"
    (policies / "experiment_outcomes.yaml").write_text(
        "outcomes:\n  retained_90: {kind: retained, horizon_days: 1}\n", encoding="utf-8"
    )
    found = read(house, "trial", SMALL.end)
    assert reading_rows(found).equals(before)
    assert "text_changed" in [f.code for f in found.reading.findings]
    path.unlink()
    assert reading_rows(read(house, "trial", SMALL.end)).equals(before)


def test_a_file_changed_before_the_start_does_not_start(house: House, days: list[date]) -> None:
    put(house, "trial", days[0])
    (house.home / "experiments" / "trial.yaml").write_text(written(mde=0.2), encoding="utf-8")
    report = run(house, days[0])
    assert (report.experiments_started, report.experiments_moved) == ((), ("trial",))
    assert ExperimentState.objects.get().stage == "approved"


def test_a_split_changed_midway_is_refused_with_the_reason(after_one: House, days: list[date]) -> None:
    house = after_one
    policy = house.policy("loop")
    policy.write_text(policy.read_text(encoding="utf-8") + "\nholdout_share: 0.4\n", encoding="utf-8")
    run(house, days[1])
    rows = kept(house, "trial").to_pylist()
    assert [row["refused"] for row in rows] == [None, None, "split_moved", "split_moved"]
    assert rows[-1]["estimate"] is None


def test_it_ends_by_its_own_rule_and_is_read_no_more(house: House, days: list[date]) -> None:
    put(house, "trial", days[0], stop={"on": str(days[1]), "units_reached": False})
    run(house, days[0])
    assert run(house, days[1]).experiments_ended == ("trial:day",)
    row = ExperimentState.objects.get()
    assert (row.stage, row.ended_because, row.ended_on) == ("finished", "day", days[1])
    assert AuditEntry.objects.filter(action="experiment_finish").count() == 1
    run(house, days[2])
    assert kept(house, "trial").num_rows == 4
    sizes = read(house, "trial", SMALL.end).reading.sizes
    line = listed_named(read_bank_experiments(house.home), "trial")
    assert reading_day(line, SMALL.end) == days[1]  # what is over is read as of the day it ended
    with house.engine() as engine:
        decided = house.lake.scan(engine, DECISION)
        inside = engine.count(decided.filter(decided.as_of <= days[1]))
    assert sum(sizes.values()) == inside


def test_a_draw_nobody_wrote_about_is_read_too_and_called_so(house: House, days: list[date]) -> None:
    report = run(house, days[0])
    assert report.experiments_read == 1
    rows = kept(house, "draw_rm_care").to_pylist()
    assert {row["role"] for row in rows} == {"primary", "guardrail", "money"}
    found = read(house, "draw_rm_care", days[0])
    assert "not_pre_registered" in [f.code for f in found.reading.findings]


def test_a_wrong_file_is_told_and_stops_neither_the_day_nor_what_is_frozen(after_one: House, days: list[date]) -> None:
    house = after_one
    (house.home / "experiments" / "odd.yaml").write_text("name: 3\n", encoding="utf-8")
    report = run(house, days[1])
    assert report.experiments_read == 1
    assert any("odd.yaml" in mistake for mistake in report.experiment_mistakes)
    (house.home / "policies" / "experiment_outcomes.yaml").write_text("outcomes: 3\n", encoding="utf-8")
    with house.engine() as engine:
        tables = bank_tables(house.lake, engine, house.as_of(days[2]), house.zone)
        later = read_experiments(house, engine, tables, ExperimentDay())
    assert later.read == 1
    assert any("experiment_outcomes.yaml" in mistake for mistake in later.mistakes)
    assert kept(house, "trial").num_rows == 6


def test_one_manager_alone_cannot_be_drawn_into_two_arms(house: House, days: list[date]) -> None:
    with pytest.raises(YourMistake, match="there are 1 to draw"):
        put(house, "taught", days[0], unit="rm")


def test_the_planner_measures_where_nothing_is_assumed_and_says_when_it_cannot(house: House, days: list[date]) -> None:
    with house.engine() as engine:
        folder = house.home / "experiments"
        folder.mkdir(exist_ok=True)
        (folder / "bare.yaml").write_text(written(assumed=None), encoding="utf-8")
        bare = read_bank_experiments(house.home).named("bare")
        with pytest.raises(YourMistake, match="no outcome of retained_30 is known yet"):
            plan_one(house, engine, bare, days[0])
        run(house, days[0])
        planned = plan_one(house, engine, bare, SMALL.end)
    assert not planned.baseline.assumed
    assert 0 <= planned.baseline.mean <= 1
    assert planned.baseline.existing > 0
    assert planned.baseline.entrants_per_day > 0
    assert planned.always_valid.days is not None


def test_what_has_not_started_cannot_be_read_and_leaks_ask_for_a_known_key(house: House, days: list[date]) -> None:
    put(house, "trial", days[0])
    with pytest.raises(YourMistake, match="has not started"):
        read(house, "trial", days[0])
    with pytest.raises(YourMistake, match="did you mean 'trial'"):
        read(house, "trail", days[0])
    run(house, days[0])
    with house.engine() as engine:
        line = listed_named(read_bank_experiments(house.home), "trial")
        assert isinstance(leaks_of(house, engine, line, SMALL.end, "staff_id"), list)
        with pytest.raises(YourMistake, match="not grouped by"):
            leaks_of(house, engine, line, SMALL.end, "colour")
