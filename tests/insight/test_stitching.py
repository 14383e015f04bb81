"""Anonymous events belong to whom they are linked to, by what was known at the moment, and never later."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.engine import DuckEngine
from liuke.insight.known import bank_tables
from liuke.insight.profile.reading import CustomerFile
from liuke.insight.stitching import stitched
from liuke.lake import Lake
from liuke.tables import EVENT, IDENTITY_LINK, Table
from tests.night import times

ZONE = ZoneInfo("Asia/Shanghai")
SYSTEM = {"source": "s", "batch_id": "b", "line": 1}


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=ZONE) + timedelta(days=day - 1)


def as_of(day: int) -> AsOf:
    return AsOf.end_of(date(2026, 3, day), ZONE)


def event(name: str, day: int, *, anonymous: str | None = "d1", customer: str | None = None) -> dict[str, Any]:
    moment = at(day)
    return SYSTEM | {
        "event_id": name, "customer_id": customer, "anonymous_id": anonymous, "occurred_at": moment,
        "event_name": name, "channel": "app", "session_id": None, "properties": None, "business_date": moment.date(),
        "ingested_at": moment,
    }  # fmt: skip


def link(customer: str, since: int, until: int | None = None, *, value: str = "d1", told: int | None = None):
    moment = at(since)
    return SYSTEM | {
        "id_type": "anonymous", "id_value": value, "customer_id": customer, "linked_at": moment,
        "unlinked_at": None if until is None else at(until), "business_date": moment.date(),
        "ingested_at": at(told if told is not None else until or since),
    }  # fmt: skip


def rows(table: Table, values: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(values, schema=table.arrow)


def owners(engine: Any, events: list[dict[str, Any]], links: list[dict[str, Any]], moment: AsOf) -> dict[str, Any]:
    made = stitched(engine.from_arrow(rows(EVENT, events)), engine.from_arrow(rows(IDENTITY_LINK, links)), moment, ZONE)
    found = engine.arrow(made.select("event_id", "customer_id")).to_pylist()
    assert len({row["event_id"] for row in found}) == len(found)
    return {row["event_id"]: row["customer_id"] for row in found}


def test_a_late_link_stitches_what_was_done_before_it(engine):
    events = [event("before", 2), event("after", 6)]
    assert owners(engine, events, [link("C1", 5)], as_of(7)) == {"before": "C1", "after": "C1"}


def test_before_the_link_is_known_the_event_is_nobodys(engine):
    events = [event("before", 2)]
    assert owners(engine, events, [link("C1", 5)], as_of(4)) == {"before": None}
    assert owners(engine, events, [link("C1", 3, told=9)], as_of(5)) == {"before": None}


def test_an_unlink_gives_back_what_was_inferred_and_keeps_what_happened_under_the_link(engine):
    events = [event("before", 2), event("during", 6), event("after", 9)]
    versions = [link("C1", 5), link("C1", 5, until=8)]
    assert owners(engine, events, versions, as_of(10)) == {"before": None, "during": "C1", "after": None}
    assert owners(engine, events[:2], versions, as_of(7)) == {"before": "C1", "during": "C1"}


def test_a_link_that_ended_before_it_began_never_was(engine):
    events = [event("before", 2), event("after", 9)]
    versions = [link("C1", 5), link("C1", 5, until=4, told=6), link("C2", 7)]
    assert owners(engine, events, versions, as_of(10)) == {"before": "C2", "after": "C2"}


def test_a_device_passed_on_belongs_to_each_in_turn(engine):
    events = [event("first", 2), event("second", 6), event("third", 9)]
    links = [link("C1", 3), link("C2", 8)]
    assert owners(engine, events, links, as_of(10)) == {"first": "C1", "second": "C1", "third": "C2"}


def test_a_log_in_that_is_no_customer_number_leads_to_the_customer(engine):
    login = link("C1", 5, value="zhang.wei") | {"id_type": "login"}
    phone = link("C2", 5, value="zhang.wei") | {"id_type": "phone_hash"}
    assert owners(engine, [event("own", 6, anonymous="zhang.wei")], [login, phone], as_of(7)) == {"own": "C1"}


def test_what_bears_a_customer_keeps_it_and_strangers_stay_strangers(engine):
    events = [event("own", 6, customer="C9"), event("other", 6, anonymous="d2"), event("none", 6, anonymous=None)]
    assert owners(engine, events, [link("C1", 5)], as_of(7)) == {"own": "C9", "other": None, "none": None}


def oracle(events: list[dict[str, Any]], links: list[dict[str, Any]], moment: AsOf) -> dict[str, Any]:
    """The rule of stitching.py, one event and one link after the other."""
    ends = datetime.combine(moment.day + timedelta(days=1), datetime.min.time(), ZONE)
    newest: dict[Any, dict[str, Any]] = {}
    for each in sorted(links, key=lambda x: (x["ingested_at"], x["line"])):
        if each["business_date"] <= moment.day and each["ingested_at"] <= moment.known_by:
            newest[each["id_value"], each["customer_id"], each["linked_at"]] = each
    found = {}
    for e in events:
        if e["business_date"] > moment.day or e["ingested_at"] > moment.known_by:
            continue
        owner = e["customer_id"]
        if owner is None and e["anonymous_id"] is not None:
            mine = []
            for each in newest.values():
                until = each["unlinked_at"] if each["unlinked_at"] is not None and each["unlinked_at"] < ends else None
                if each["id_value"] == e["anonymous_id"] and (until is None or until > each["linked_at"]):
                    mine.append((each["linked_at"], each["customer_id"], until))
            mine.sort(key=lambda m: m[:2])
            before = [m for m in mine if m[0] <= e["occurred_at"]]
            if before:
                owner = before[-1][1] if before[-1][2] is None or e["occurred_at"] < before[-1][2] else None
            elif mine and mine[0][2] is None:
                owner = mine[0][1]
        found[e["event_id"]] = owner
    return found


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], AsOf]:
    devices = st.sampled_from(["d1", "d2"])
    events = [
        event(f"e{n}", draw(st.integers(1, 12)), anonymous=draw(st.none() | devices),
              customer=draw(st.none() | st.none() | st.just("C9")))
        for n in range(draw(st.integers(1, 8)))
    ]  # fmt: skip
    links = []
    for n in range(draw(st.integers(0, 6))):
        since = draw(st.integers(1, 10))
        first = link(
            draw(st.sampled_from(["C1", "C2"])), since, value=draw(devices), told=since + draw(st.integers(0, 3))
        )
        links.append(first | {"line": 2 * n})
        if draw(st.booleans()):
            end = draw(st.integers(1, 12))
            told = first["ingested_at"] + timedelta(days=draw(st.integers(0, 3)))
            links.append(first | {"unlinked_at": at(end), "ingested_at": told, "line": 2 * n + 1})
    return events, links, as_of(draw(st.integers(1, 14)))


@settings(max_examples=times(25, 250), deadline=None)
@given(histories())
def test_it_agrees_with_the_rule_told_event_by_event(history):
    events, links, moment = history
    engine = DuckEngine(memory_limit_mb=256, threads=1)
    try:
        assert owners(engine, events, links, moment) == oracle(events, links, moment)
    finally:
        engine.close()


@pytest.fixture
def linked(tmp_path, engine):
    lake = Lake(tmp_path / "lake")
    events = [event("before", 2), event("shared", 9), event("own", 6, customer="C1", anonymous=None),
              event("other", 6, customer="C2", anonymous=None), event("stranger", 6, anonymous="d9")]  # fmt: skip
    lake.append(EVENT, rows(EVENT, events), commit_id="1")
    lake.append(IDENTITY_LINK, rows(IDENTITY_LINK, [link("C1", 5), link("C2", 8)]), commit_id="1")
    return lake


def test_the_banks_tables_and_the_360_page_show_stitched_events(linked, engine):
    moment = as_of(10)
    found = engine.arrow(bank_tables(linked, engine, moment, ZONE).event.select("event_id", "customer_id")).to_pylist()
    assert {r["event_id"]: r["customer_id"] for r in found} == {
        "before": "C1", "shared": "C2", "own": "C1", "other": "C2", "stranger": None
    }  # fmt: skip
    file = CustomerFile(linked, engine, moment, zone=ZONE)
    assert {e.code for e in file.timeline("C1", kinds=("event",))} == {"before", "own"}
    assert {e.code for e in file.timeline("C2", kinds=("event",))} == {"shared", "other"}


def test_the_360_page_of_an_earlier_day_does_not_know_the_link(linked, engine):
    file = CustomerFile(linked, engine, as_of(4), zone=ZONE)
    assert file.timeline("C1", kinds=("event",)) == ()
