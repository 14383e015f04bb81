"""One round of the core feed: loads that are in the lake → facts → the intake log, each exactly once.

    begin (once)  what is known by now is history
    plan          which finished loads, up to which day
    carry out     facts in order of time, in short transactions that also note how far the round is
    end           the loads and days are noted as told

What is told when: a transaction, a complaint, a contact with the round that takes up its load; a maturity on each of
its days; balances when a day is closed by the daily run, for only then have all sources delivered: told in the middle,
money that moved between two accounts would look lost.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import msgspec

from liuke.act.triggers.catalogue import BANK_FACTS
from liuke.clock import AsOf
from liuke.collect.tracking.event import FROM_CORE, Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.streaming.core.balances import balances, only, touched
from liuke.streaming.core.book import Batch, FeedBook, Plan, Told, beginning, rounds
from liuke.streaming.core.heard import Heard
from liuke.streaming.core.maturities import maturities
from liuke.streaming.core.moves import complaints, contacts, transactions
from liuke.streaming.core.shape import COLUMNS, PROPERTIES
from liuke.streaming.core.sight import Rounds, Sight
from liuke.tables import COMPLAINT, CONTACT, LOAD_LOG, TRANSACTION

LATENESS: Final = timedelta(days=3)
"""How long after it happened a fact may still come and count: yesterday's, and those of a weekend."""
_DAYS: Final = LATENESS.days
_EVENTS: Final = 500
_BATCHES: Final = 20
"""Events of a batch in the log, and batches of a transaction: the collector never waits long for the log."""
_BALANCES: Final = ("balance_daily", "account")
_HOLDINGS: Final = ("holding", "product")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: Final = {name: tuple(p for p in facts if p != "channel") for name, facts in BANK_FACTS.items()}
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Bank:
    """Where the feed works."""

    lake: Lake
    engine: Engine
    log: IntakeLog
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Fed:
    """What was told. loads: taken up; events: appended. began: the feed began, and what was there is history."""

    loads: int = 0
    events: int = 0
    began: bool = False


def begin(bank: Bank, since: datetime) -> bool:
    """Notes that facts known by `since` (aware) are history; False when the feed had begun before."""
    book = FeedBook(bank.log)
    if book.told() is not None:
        return False
    book.write(beginning(since, bank.zone), since)
    return True


def feed(bank: Bank, heard: Heard, now: datetime, closes: date | None = None, clock: Clock | None = None) -> Fed:
    """Tells what is new, after what a crash may have left. Waits for another feeder of the same log.

    now: aware. closes: a business day whose data are in. clock: the moment at which an event counts as received; by
    default the machine's, as with every other event. Raises LogFull, with the rest to be told by the next call.
    """
    clock = clock or (lambda: datetime.now(UTC))
    with _alone(bank.log.folder):
        began = begin(bank, now)
        book = FeedBook(bank.log)
        loads = events = 0
        if (told := _told(book)).plan is not None:
            events += _carry_out(bank, book, told, heard, clock)
        told = _told(book)
        if plan := _plan(bank, told, book.batches(), now, closes):
            book.write(msgspec.structs.replace(told, plan=plan), now)
            loads += len(plan.batches)
            events += _carry_out(bank, book, _told(book), heard, clock)
        bank.log.flush()
    return Fed(loads, events, began)


def _told(book: FeedBook) -> Told:
    told = book.told()
    assert told is not None
    return told


def _plan(bank: Bank, told: Told, known: list[Batch], now: datetime, closes: date | None) -> Plan | None:
    """The next round; None when there is nothing to take up and no new day."""
    number, today = told.round + 1, now.astimezone(bank.zone).date()
    have = {(batch.source, batch.batch_id) for batch in known}
    new = [batch for batch in _loads(bank, told.since, number) if (batch.source, batch.batch_id) not in have]
    later = [*new, *(batch for batch in known if batch.round > told.balances.round)]
    if closes and (closes < told.balances.day or (closes == told.balances.day and not _brings(later, _BALANCES))):
        closes = None  # a day that is told already, and nothing came since
    fallen = today if today > told.maturities.day or _brings(new, _HOLDINGS) else None
    if not (new or closes or fallen):
        return None
    return Plan(number, now.astimezone(UTC), tuple(new), closes, fallen)


def _loads(bank: Bank, since: datetime, number: int) -> list[Batch]:
    """The finished loads that began after `since`."""
    rows = bank.lake.scan(bank.engine, LOAD_LOG)
    rows = rows.filter(rows.started_at > ibis.literal(since)).select(
        "source", "batch_id", "started_at", "table_name", "accepted"
    )
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in bank.engine.arrow(rows).to_pylist():
        found.setdefault((row["source"], row["batch_id"]), []).append(row)
    return [
        Batch(*name, each[0]["started_at"], number, tuple(sorted(r["table_name"] for r in each if r["accepted"])))
        for name, each in sorted(found.items())
    ]


def _brings(batches: Iterable[Batch], tables: Collection[str]) -> bool:
    return any(name in tables for batch in batches for name in batch.tables)


def _carry_out(bank: Bank, book: FeedBook, told: Told, heard: Heard, clock: Clock) -> int:
    """Appends what is left of the planned round."""
    plan = told.plan
    assert plan is not None
    done = 0
    rows = _facts(bank, told, plan, [*book.batches(), *plan.batches], heard)
    for group in _groups(bank.engine, rows, plan, clock) if rows is not None else ():
        newest = group[-1].events[-1]
        done += sum(len(taken.events) for taken in group)
        at = _EPOCH + timedelta(microseconds=newest.occurred_at)
        so_far = msgspec.structs.replace(plan, last=(at, newest.event_id), events=plan.events + done)
        book.write(msgspec.structs.replace(told, plan=so_far), clock(), group)
    book.write(rounds(told, plan), clock(), (), plan.batches)
    return done


def _facts(bank: Bank, told: Told, plan: Plan, batches: list[Batch], heard: Heard) -> ir.Table | None:
    """What the round tells; None when no rule listens to any of it."""
    seen = Rounds(bank.lake, bank.engine, told, batches, plan.at)
    today = plan.at.astimezone(bank.zone).date()

    def sight(number: int, day: date = today) -> Sight:
        return seen.sight(number, AsOf(day, plan.at), bank.zone)

    parts: dict[str, ir.Table] = {}
    if _brings(plan.batches, (TRANSACTION.name,)):
        parts["transaction"] = transactions(seen.fresh(TRANSACTION, plan.round), sight(plan.round).tables)
    if _brings(plan.batches, (CONTACT.name,)):
        parts["contact"] = contacts(seen.fresh(CONTACT, plan.round))
    if _brings(plan.batches, (COMPLAINT.name,)):
        before = sight(told.round).versions(COMPLAINT).select("complaint_id")
        parts["complaint"] = complaints(seen.fresh(COMPLAINT, plan.round).anti_join(before, "complaint_id"))
    if plan.balances and "balance" in heard.names:
        first, until = plan.balances - timedelta(days=_DAYS), min(told.balances.day, plan.balances)
        new, old = sight(plan.round, plan.balances), sight(told.balances.round, until)
        later = [batch.started for batch in batches if batch.round > told.balances.round]
        cut = min([AsOf.end_of(until, bank.zone).known_by, *later])
        moved = bank.engine.materialise(touched(new, until, cut))
        parts["balance"] = _news(
            balances(only(new.tables, moved), first, plan.balances),
            balances(only(old.tables, moved), first, until),
            plan.round,
        )
    if plan.maturities and "maturity" in heard.names:
        first, ahead = plan.maturities - timedelta(days=_DAYS - 1), heard.days_ahead
        new, old = sight(plan.round), sight(told.maturities.round)
        parts["maturity"] = _news(
            maturities(new, first, plan.maturities, ahead), maturities(old, first, told.maturities.day, ahead),
            plan.round,
        )  # fmt: skip
    found = [heard.meant(rows, name) for name, rows in parts.items() if name in heard.names]
    if not found:
        return None
    rows = ibis.union(*found) if len(found) > 1 else found[0]
    rows = rows.filter(rows.occurred_at >= ibis.literal(plan.at - LATENESS), rows.customer_id.notnull())
    if plan.last:
        at, event_id = plan.last
        behind = (rows.occurred_at == ibis.literal(at)) & (rows.event_id > event_id)
        rows = rows.filter((rows.occurred_at > ibis.literal(at)) | behind)
    return rows.order_by("occurred_at", "event_id")


def _news(rows: ir.Table, told: ir.Table, number: int) -> ir.Table:
    """Those of `rows` that were not told, or told otherwise; the latter under an id of their own."""
    content = [*PROPERTIES]
    before = told.select("event_id", _told=ibis.struct({name: told[name] for name in content}))
    both = rows.mutate(_now=ibis.struct({name: rows[name] for name in content})).left_join(before, "event_id")
    again = both["event_id_right"].notnull()
    both = both.filter(~(again & both["_now"].identical_to(both["_told"])))
    named = ibis.ifelse(both["event_id_right"].notnull(), both.event_id + f":{number}", both.event_id)
    return both.mutate(event_id=named).select(*COLUMNS)


def _groups(engine: Engine, rows: ir.Table, plan: Plan, clock: Clock) -> Iterator[list[Taken]]:
    """The events in batches, some of them together for one transaction."""
    events = (row for batch in engine.batches(rows, 20_000) for row in batch.to_pylist())
    while rows_of_one := list(islice(events, _EVENTS * _BATCHES)):
        received = int(clock().timestamp() * 1_000_000)
        made = [_event(row, received) for row in rows_of_one]
        yield [Taken(events=made[start : start + _EVENTS]) for start in range(0, len(made), _EVENTS)]


def _event(row: dict[str, Any], received: int) -> TrackedEvent:
    name = row["name"]
    properties = {kind: value for kind in _KINDS[name] if (value := row[kind]) is not None}
    at = (row["occurred_at"] - _EPOCH) // timedelta(microseconds=1)
    return TrackedEvent(
        row["event_id"], name, at, received, row["customer_id"], None, row["channel"], None, properties,
        FROM_CORE,
    )  # fmt: skip


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two feeders at once would both tell the same loads. The lock dies with its process."""
    with (folder / "feed.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


__all__ = ["LATENESS", "Bank", "Fed", "begin", "feed"]
