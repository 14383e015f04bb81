"""A fortnight of a bank: what its rules make of it, live and looking back, and through crashes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from liuke.act.loop_policy import LoopPolicy
from liuke.act.triggers import rule_set
from liuke.act.triggers.catalogue import BANK_FACTS, SHIPPED
from liuke.clock import AsOf, WorkCalendar
from liuke.collect.tracking.event import TrackedEvent
from liuke.collect.tracking.log import IntakeLog, LogFull
from liuke.engine import DuckEngine, Engine
from liuke.lake import Lake
from liuke.streaming.core import feed as feeding
from liuke.streaming.core.heard import EVERYTHING
from liuke.streaming.core.sight import past_sight
from liuke.streaming.deciding import Terms, decide_matches
from liuke.streaming.history import events_of, past
from liuke.streaming.people import Person
from tests.act.triggers.stories import shipped
from tests.night import nightly
from tests.streaming.core.nights import START, ZONE, Nights, at, balance

RULES = rule_set([shipped("complaint_then_outflow"), shipped("deposit_maturing"), shipped("matured_not_renewed"),
                  shipped("large_outflow")], SHIPPED)  # fmt: skip


def day(number: int) -> str:
    return str(START + timedelta(days=number))


def deposit(number: str, who: str, product: str, due: int, **more: object) -> dict[str, object]:
    return {"holding_id": number, "customer_id": who, "product_id": product, "matures_on": day(due), **more}


def move(number: str, account: str, amount: int, when: datetime, **more: object) -> dict[str, object]:
    row = {"transaction_id": number, "account_id": account, "amount": str(amount), "occurred_at": when.isoformat()}
    return row | more


def deliveries() -> dict[int, dict[str, list[dict[str, object]]]]:
    """By the morning on which they come."""
    own = {"counterparty_name": "李明", "counterparty_bank": "他行"}
    return {
        101: {
            "complaint": [{"complaint_id": "K1", "customer_id": "C1", "received_at": at(100, "10:00").isoformat()}],
            "balance_daily": [balance("A1", 100, 1200)],
            "holding": [deposit("H1", "C2", "TD", 110), deposit("H2", "C1", "W", 104)],
        },
        102: {"balance_daily": [balance("A1", 101, 900), balance("A2", 101, 300)]},
        104: {"balance_daily": [balance("A1", 103, 300)]},
        105: {
            "transaction": [move("t1", "A2", 30000, at(104, "09:00"), **own)],
            "balance_daily": [balance("S1", 104, 700)],
        },
        106: {"transaction": [move("t2", "A2", 25000, at(105, "23:00"), **own)]},
        109: {  # two mornings late
            "transaction": [move("t3", "A1", 250000, at(107, "00:30"))],
            "balance_daily": [balance("A2", 107, 10)],
        },
    }


@dataclass(frozen=True)
class Fortnight:
    """The bank after it, and the events that had been told on the sixth morning."""

    nights: Nights
    sixth: list[TrackedEvent]


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fortnight]:
    """Every morning the files that have come, then the round that closes the day before."""
    folder = tmp_path_factory.mktemp("fortnight")
    engine, log = DuckEngine(memory_limit_mb=512, threads=1), IntakeLog(folder / "intake")
    nights = Nights(folder, Lake(folder / "lake"), engine, log)
    nights.found(at(0), balance_daily=[balance("A1", 0, 1000), balance("S1", 0, 500), balance("A2", 0, 300)])
    nights.feed(at(100))
    for morning in range(101, 113):
        if tables := deliveries().get(morning):
            nights.deliver(at(morning), f"day{morning}", **tables)
        nights.feed(at(morning, "06:30"), morning - 1)
        if morning == 106:
            sixth = nights.told()
    yield Fortnight(nights, sixth)
    log.close()
    engine.close()


GOLDEN = [
    ("deposit_maturing", "C2", "2026-06-12 00:00", ("maturity:H1:2026-06-12",)),
    ("complaint_then_outflow", "C1", "2026-06-12 23:59", ("complaint:K1", "balance:C1:2026-06-12")),
    ("matured_not_renewed", "C1", "2026-06-16 00:00", ("maturity:H2:2026-06-13",)),
    ("large_outflow", "C2", "2026-06-14 23:00", ("transaction:t1", "transaction:t2")),
    ("large_outflow", "C1", "2026-06-16 00:30", ("transaction:t3",)),
]
"""Rule, customer, moment, evidence."""


def said(matches):
    return [
        (m.rule, m.customer_id, f"{datetime.fromtimestamp(m.matched_at / 1e6, ZONE):%Y-%m-%d %H:%M}", m.evidence)
        for m in matches
    ]


def test_nights_become_matches_and_matches_orders(fortnight):
    found = fortnight.nights.matches(RULES, until=at(113))
    assert sorted(said(found)) == sorted(GOLDEN)
    calendar = WorkCalendar(frozenset(), START, START, ZONE)
    terms = Terms(RULES.rules, LoopPolicy(holdout_share=0.01, salt="x"), calendar)
    person = Person("C1", START, "王岚", None, None, "B", "S1", None, Decimal(1000), Decimal(1500), 0.01)
    people = {who: replace(person, customer_id=who) for who in ("C1", "C2")}
    decided = decide_matches(found, people, terms, at(113))
    assert [order.theme for order, _ in decided.proposals] == [RULES.rules[m.rule].spec.theme for m in found]
    assert {row.fate for row in decided.rows} == {"treated"}


def looking_back(nights, until):
    as_of = AsOf.end_of(START + timedelta(days=until), ZONE)
    rows = past(past_sight(nights.lake, nights.engine, as_of, ZONE), at(100, "06:00"), BANK_FACTS, EVERYTHING)
    return [event for batch in events_of(nights.engine, rows) for event in batch]


def contents(events):
    return {event.event_id: (event.occurred_at, event.customer_id, event.properties) for event in events}


def test_looking_back_sees_what_the_stream_saw(fortnight):
    then, now = contents(looking_back(fortnight.nights, 111)), contents(fortnight.nights.told())
    last = max(moment for moment, *_ in then.values())
    assert then == {key: told for key, told in now.items() if told[0] <= last}
    assert {key.split(":")[0] for key in then} == {"balance", "complaint", "maturity", "transaction"}


def test_nothing_told_is_of_later_and_what_comes_later_changes_nothing(fortnight):
    told = fortnight.nights.told()
    assert all(event.occurred_at <= event.received_at for event in told)
    assert told[: len(fortnight.sixth)] == fortnight.sixth
    early, late = looking_back(fortnight.nights, 105), looking_back(fortnight.nights, 111)
    assert early == late[: len(early)]
    assert 8 < len(early) < len(late)


class Broken(Exception):
    """The process died here."""


@pytest.mark.parametrize("write", [pytest.param(1, marks=nightly), 3, 6])
def test_a_round_that_dies_anywhere_is_finished_by_the_next(tmp_path: Path, engine: Engine, monkeypatch, write):
    """Nothing lost, nothing doubled, in the same order; here before the so-manieth transaction of a round."""
    monkeypatch.setattr(feeding, "_EVENTS", 3)
    monkeypatch.setattr(feeding, "_BATCHES", 1)
    append = IntakeLog.append_fed
    logs = [IntakeLog(tmp_path / name) for name in ("calm", "broken")]
    calm, broken = (Nights(tmp_path, Lake(tmp_path / f"lake{n}"), engine, log) for n, log in enumerate(logs))
    moves = [
        {"transaction_id": f"t{n}", "account_id": "A1", "occurred_at": at(100, f"{n:02}:00").isoformat()}
        for n in range(9)
    ]
    for bank in (calm, broken):
        bank.found(at(0), balance_daily=[balance("A1", 0, 1000), balance("A2", 0, 300)])
        bank.feed(at(100))
        bank.deliver(at(101), balance_daily=[balance("A1", 100, 1), balance("A2", 100, 1)], transaction=moves)
    calm.feed(at(101, "07:00"), closes=100)
    left = write

    def dies(self, *given):
        nonlocal left
        left -= 1
        if left == 0:
            raise Broken
        append(self, *given)

    monkeypatch.setattr(IntakeLog, "append_fed", dies)
    with pytest.raises(Broken):
        broken.feed(at(101, "07:00"), closes=100)
    monkeypatch.setattr(IntakeLog, "append_fed", append)
    broken.deliver(at(102), transaction=[moves[0] | {"transaction_id": "t99", "occurred_at": at(101).isoformat()}])
    broken.feed(at(102, "07:00"), closes=100)  # the daily run is started again
    calm_, broken_ = ([e.event_id for e in bank.told()] for bank in (calm, broken))
    assert len(calm_) == 11
    assert broken_ == [*calm_, "transaction:t99"]
    for log in logs:
        log.close()


def test_a_full_log_keeps_the_rest_for_the_next_round(nights):
    nights.found(at(0))
    nights.feed(at(100))
    moves = [{"transaction_id": f"t{n}", "account_id": "A1", "occurred_at": at(100).isoformat()} for n in range(9)]
    nights.deliver(at(101), transaction=moves)
    roomy = nights.log.settings
    nights.log.settings = roomy.model_copy(update={"spare_mb": 1 << 40})
    with pytest.raises(LogFull):
        nights.feed(at(101))
    nights.log.settings = roomy
    nights.feed(at(101))
    assert len(nights.told()) == 9
