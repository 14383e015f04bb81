"""A journey as of a day knows nothing that happened or arrived after it: facts, complaints and marks alike."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.journey_map import JourneyMap
from liuke.insight.journey.reading import read_journey
from liuke.insight.rules.data import rule_data
from tests.insight.bank import DAY, ZONE, Bank, ago, at, complaint, customer, known_tables, row
from tests.insight.journey.applicants import journey

LATE: dict[str, Any] = {"ingested_at": at(ago(-1), 10)}


def told(engine: Engine, bank: Bank) -> JourneyMap:
    tables = known_tables(engine, bank, AsOf.end_of(DAY, ZONE))
    branches = tables.staff.select("branch_id", parent_id="branch_id")
    people = Population(rule_data(tables, branches), zone=ZONE)
    with journey_cases(engine, people, journey(), Period(date(2026, 6, 1), DAY)) as found:
        return read_journey(engine, found)


def event(name: str, days_ago: int, hour: int, **more: Any) -> dict[str, Any]:
    said = {"application": "A", "fields": "mobile"}
    number = f"E{name}{days_ago}{hour}{len(more)}"
    return row("event", event_id=number, customer_id="C1", event_name=name, occurred_at=at(ago(days_ago), hour),
               channel="app", properties=json.dumps(said), **more)  # fmt: skip


def mark(days_ago: int, **more: Any) -> dict[str, Any]:
    return row("interaction", interaction_id=f"I{days_ago}{len(more)}", customer_id="C1", satisfaction=1,
               occurred_at=at(ago(days_ago), 13), **more)  # fmt: skip


def test_what_happens_or_arrives_later_changes_nothing(engine: Engine) -> None:
    known: Bank = {
        "customer": [customer()], "event": [event("begin", 1, 9), event("form", 1, 10)],
        "complaint": [complaint(1)], "interaction": [mark(1)],
    }  # fmt: skip
    until = told(engine, known)
    assert (until.cases, until.waiting, until.stages[0].complained, until.stages[0].marks) == (1, 1, 1, 1)
    later: Bank = {
        "customer": known["customer"],
        "event": [*known["event"], event("check", -1, 1), event("done", 0, 12, **LATE), event("form", 0, 11, **LATE)],
        "complaint": [*known["complaint"], complaint(-1), complaint(0, **LATE)],
        "interaction": [*known["interaction"], mark(-1), mark(0, **LATE)],
    }
    assert told(engine, later) == until
    arrived: Bank = {**later, "event": [*known["event"], event("done", 0, 12)]}
    assert told(engine, arrived).succeeded == 1
