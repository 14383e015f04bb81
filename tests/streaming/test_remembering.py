"""A stream that begins late: as if its rules had been at work all the time and had told nobody."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from liuke.act.triggers import Core, Event, Match, Rule, rule_set
from liuke.act.triggers.catalogue import SHIPPED
from liuke.streaming.core.feed import LATENESS
from liuke.streaming.remembering import remember
from liuke.tables import EVENT, TRANSACTION
from tests.act.triggers.stories import shipped
from tests.streaming.core.conftest import nights as nights  # noqa: PLC0414 - a fixture
from tests.streaming.core.nights import ZONE, Nights, at, micros


def began(nights: Nights, rule: Rule, until: datetime) -> Core:
    core = Core.start(rule_set([rule], SHIPPED), ZONE, lateness=LATENESS // timedelta(microseconds=1), room_gb=0.05)
    remember(core, nights.lake, nights.engine, ZONE, until)
    return core


def search(event_id: str, when: datetime, customer: str = "C1") -> Event:
    moment = micros(when)
    return Event(event_id, "search", moment, moment, customer, {"keyword": "提前还款"}, "app")


def collected(nights: Nights, events: Iterable[Event], known: datetime) -> None:
    """App events that the forwarder has brought into the lake by `known`."""
    rows = [
        {
            "event_id": e.event_id, "customer_id": e.customer_id, "event_name": e.name, "channel": "app",
            "occurred_at": datetime.fromtimestamp(e.occurred_at / 1e6, UTC), "source": "plain:app", "batch_id": "b",
            "business_date": datetime.fromtimestamp(e.occurred_at / 1e6, ZONE).date(), "line": 1, "ingested_at": known,
            "properties": json.dumps(dict(e.properties), ensure_ascii=False),
        }
        for e in events
    ]  # fmt: skip
    columns = [pa.array([row.get(f.name) for row in rows], f.type) for f in EVENT.arrow]
    nights.lake.append(EVENT, pa.table(columns, schema=EVENT.arrow), commit_id=f"events:{known}")


def salary(number: int, when: datetime) -> dict[str, Any]:
    return {
        "transaction_id": f"s{number}", "account_id": "A1", "occurred_at": when.isoformat(), "direction": "in",
        "amount": "9000", "transaction_type": "salary",
    }  # fmt: skip


@pytest.fixture
def bank(nights: Nights) -> Nights:
    nights.found(at(0))
    return nights


def test_what_lay_before_the_start_counts_towards_the_next_match(bank):
    collected(bank, [search(f"e{n}", at(100, f"09:0{n}")) for n in range(2)], at(100, "10:00"))
    core = began(bank, shipped("prepay_search"), at(101, "06:00"))
    [match] = core.feed([search("e3", at(101, "09:00"))])
    assert (match.count, match.evidence) == (3, ("e0", "e1", "e3"))


def test_what_had_matched_before_the_start_is_told_to_nobody_and_cools_down(bank):
    collected(bank, [search(f"e{n}", at(100, f"09:0{n}")) for n in range(3)], at(100, "10:00"))
    core = began(bank, shipped("prepay_search"), at(101, "06:00"))
    assert core.feed([search(f"f{n}", at(101, f"09:0{n}")) for n in range(3)]) == []


def test_what_comes_on_the_log_as_well_counts_once(bank):
    twice = [search(f"e{n}", at(101, f"05:0{n}")) for n in range(2)]
    collected(bank, twice, at(101, "05:30"))
    core = began(bank, shipped("prepay_search"), at(101, "06:00"))
    assert core.feed(twice) == []
    assert [m.count for m in core.feed([search("e3", at(101, "09:00"))])] == [3]


def test_nothing_that_was_known_later_enters_so_that_no_match_is_swallowed(bank):
    late = [search(f"e{n}", at(101, f"05:0{n}")) for n in range(3)]
    collected(bank, late, at(101, "06:30"))
    core = began(bank, shipped("prepay_search"), at(101, "06:00"))
    assert [m.count for m in core.feed(late)] == [3]


def test_nothing_that_happened_later_enters(bank):
    collected(bank, [search(f"e{n}", at(101, f"07:0{n}")) for n in range(2)], at(101, "05:00"))
    core = began(bank, shipped("prepay_search"), at(101, "06:00"))
    assert core.feed([search("e3", at(101, "09:00"))]) == []


def silence(core: Core, first: int, last: int) -> list[Match]:
    """What the clock alone makes true, day by day."""
    return [match for day in range(first, last) for match in core.advance(micros(at(day)))]


def test_a_salary_paid_for_months_and_then_no_more_is_missed_by_rules_that_begin_today(bank):
    bank.put(TRANSACTION, [salary(n, at(20 + 30 * n, "10:00")) for n in range(4)], at(111))
    core = began(bank, shipped("payroll_stopped"), at(120))
    [match] = silence(core, 120, 170)
    assert match.customer_id == "C1"
    assert at(140) < datetime.fromtimestamp(match.matched_at / 1e6, UTC) < at(150)
    assert silence(Core.start(core.rules, ZONE, room_gb=0.05), 120, 170) == []


def test_a_salary_that_had_stopped_long_before_makes_no_orders_on_the_first_day(bank):
    bank.put(TRANSACTION, [salary(n, at(20 + 30 * n, "10:00")) for n in range(4)], at(111))
    assert silence(began(bank, shipped("payroll_stopped"), at(200)), 200, 260) == []


def test_it_stops_when_it_is_told_to(bank):
    collected(bank, [search(f"e{n}", at(100, f"09:0{n}")) for n in range(2)], at(100, "10:00"))
    core = Core.start(rule_set([shipped("prepay_search")], SHIPPED), ZONE, room_gb=0.05)
    assert remember(core, bank.lake, bank.engine, ZONE, at(101), lambda: True) == 0
