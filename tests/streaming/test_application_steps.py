"""Steps between the state and a real intake log and lake: there exactly once, and from there back once."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liuke.collect.tracking.event import Taken, TrackedEvent, decode
from liuke.collect.tracking.forward import forward_all
from liuke.collect.tracking.log import IntakeLog
from liuke.govern.access import Scope
from liuke.state.actions.change_order import Who
from liuke.state.models import Application, ApplicationStep, LakeBatch
from liuke.streaming.application_steps import off_the_stream, onto_the_stream
from liuke.tables import CUSTOMER_SNAPSHOT, EVENT
from liuke.wiring import House, open_house
from tests.state.applications import ZHANG, issued, stepped

NOW = datetime.now(UTC)
RM = Who(Scope("rm1", "rm", frozenset({"NJ"}), "S1"), NOW)


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 试, en: T}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text(f"date,workday,note\n{NOW:%Y-%m-%d},1,\n", encoding="utf-8")
    made = open_house(tmp_path)
    known = {name: getattr(ZHANG, name) for name in ("customer_id", "name", "phone", "branch_id", "staff_id")}
    rest = {f.name: 0 for f in CUSTOMER_SNAPSHOT.arrow if not f.nullable and not pa.types.is_string(f.type)}
    row: dict[str, Any] = rest | {"as_of": NOW.date(), "tier": "none"} | known
    made.lake.replace(CUSTOMER_SNAPSHOT, pa.Table.from_pylist([row], schema=CUSTOMER_SNAPSHOT.arrow))
    return made


def taken(log: IntakeLog) -> list[TrackedEvent]:
    return [event for _, data in log.read(0) for event in decode(data).events]


@pytest.mark.django_db
def test_a_step_recorded_here_is_in_the_lake_once_and_the_code_is_not(house: House) -> None:
    log = IntakeLog(house.home / "intake", writing=True)
    made = issued(RM)
    stepped(RM, made.application.application_id, "e1")
    assert onto_the_stream(log) == 2
    LakeBatch.objects.update(done_at=None)  # as if killed after the append and before it was noted
    assert onto_the_stream(log) == 2
    assert [event.event_id for event in taken(log)][1:] == ["e1"]
    with house.engine() as engine:
        forward_all(log, house.lake, engine, house.zone)
        rows = engine.arrow(house.lake.scan(engine, EVENT)).to_pylist()
    assert [row["event_name"] for row in rows] == ["application_started", "application_step"]
    assert made.code not in str(rows) + str(taken(log))
    assert off_the_stream(house, log) == 0
    assert ApplicationStep.objects.count() == 2
    log.close()


@pytest.mark.django_db
def test_a_step_told_by_an_app_is_heard_once_and_begins_an_application(house: House) -> None:
    log, now = IntakeLog(house.home / "intake", writing=True), time.time_ns() // 1000
    said = {"application": "LN-7", "journey": "loan_application", "stage": "identity", "fields": "income"}

    def event(event_id: str, customer: str) -> TrackedEvent:
        return TrackedEvent(event_id, "application_step", now, now, customer, None, "app", None, said, "segment:app")

    log.append(Taken([event("a1", ZHANG.customer_id), event("a2", "nobody")]), now)
    log.append(Taken([TrackedEvent("l1", "login", now, now, "C1", None, "app", None, {}, "segment:app")]), now)
    assert off_the_stream(house, log) == 1
    assert log.consumers()["progress"] == log.last == 2
    assert off_the_stream(house, log) == 0
    row = Application.objects.get()
    assert (row.application_id, row.stage, row.branch_id, row.staff_id) == ("LN-7", "identity", "NJ", "S1")
    assert row.customer_name == "张**"
    assert onto_the_stream(log) == 0
    log.close()
