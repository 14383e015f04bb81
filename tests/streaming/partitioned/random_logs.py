"""Random intake logs, and what the rules make of them when one worker reads the log itself."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st

from liuke.act.loop_policy import LoopPolicy
from liuke.act.triggers import Core, Event, Rule, RuleSet, rule_set
from liuke.clock import WorkCalendar
from liuke.collect.tracking.event import IdentityChange, Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.state.models import OrderEvent, OrderLoop, StreamPartition, TriggerMatch, WorkOrder
from liuke.streaming.deciding import Terms
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.log_reader import ON_ITS_WAY
from liuke.streaming.people import Person
from liuke.streaming.worker import StreamWorker
from tests.act.triggers.random_rules import VOCABULARY, rules, streams
from tests.act.triggers.stories import ZONE

MINUTE, DAY = 60_000_000, 86_400_000_000
CALENDAR = WorkCalendar(frozenset(), date(2000, 1, 1), date(2000, 1, 1), ZONE)


class Everybody:
    """A bank that knows every customer but those whose id ends in 1."""

    def of(self, customer_ids: Iterable[str]) -> dict[str, Person]:
        return {
            c: Person(c, date(2026, 3, 1), c, date(1980, 1, 1), None, "NJ", "S1", date(2010, 1, 1), Decimal(60_000),
                      Decimal(70_000), 0.4)
            for c in customer_ids if not c.endswith("1")
        }  # fmt: skip

    def count(self) -> int:
        return 1_000


def together(made: list[Rule]) -> RuleSet:
    return rule_set(made, VOCABULARY)


def terms(made: RuleSet) -> Terms:
    return Terms(made.rules, LoopPolicy(holdout_share=0.3), CALENDAR)


three_rules = st.tuples(*(rules(code=f"r{i}") for i in range(3))).map(list)


@st.composite
def logs(draw: Any) -> list[Taken]:
    """Batches of several streams' events, not in order of their receipt; devices, and to whom they are linked."""
    dice = draw(st.randoms(use_true_random=False))
    waiting: list[tuple[int, int, Event]] = []
    for i, stream in enumerate(draw(st.lists(streams(), min_size=2, max_size=5))):
        for event in stream:
            slack = dice.choice((0, 0, 0, 0, 2, 30, 1_500)) * MINUTE
            heapq.heappush(waiting, (event.received_at + slack, len(waiting), _renamed(event, i)))
    events = [_tracked(heapq.heappop(waiting)[2], n, dice) for n in range(len(waiting))]
    batches = []
    while events:
        size = dice.randint(1, 6)
        changes = [_change(dice) for _ in range(dice.choice((0, 0, 1, 2)))]
        batches.append(Taken(events[:size], changes, []))
        events = events[size:]
    return batches


def _renamed(event: Event, stream: int) -> Event:
    event_id = event.event_id[:-2] + f"{stream:02x}" if len(event.event_id) == 36 else f"{event.event_id}-{stream}"
    who = event.customer_id and f"{event.customer_id}-{stream}"
    return Event(event_id, event.name, event.occurred_at, event.received_at, who, event.properties, event.channel)


def _tracked(event: Event, number: int, dice: Any) -> TrackedEvent:
    """Each of a source of its own, so that the log takes repeats; a device never sends one."""
    device = None if event.customer_id else f"d{dice.randint(0, 3)}"
    event_id = event.event_id if event.customer_id else f"{event.event_id}#{number}"
    return TrackedEvent(event_id, event.name, event.occurred_at, event.received_at, event.customer_id, device,
                        event.channel, None, dict(event.properties), f"plain:{number}")  # fmt: skip


def _change(dice: Any) -> IdentityChange:
    kind, device = dice.choice(("link", "link", "unlink")), f"d{dice.randint(0, 3)}"
    who = dice.choice(("C1-0", "C1-1", "客户2-0", "C9")) if kind == "link" else None
    return IdentityChange(kind, "anonymous", device, who, 0, "plain:app")


@contextmanager
def intake_log(folder: Path, batches: list[Taken]):
    with closing(IntakeLog(folder / "intake", writing=True)) as log:
        log.append_all(batches, batches[0].events[0].received_at)
        yield log


def the_end(batches: list[Taken]) -> int:
    """A moment by which every deadline has come."""
    return max(e.received_at for batch in batches for e in batch.events) + 9 * DAY


def by_one_worker(log: IntakeLog, made: RuleSet, end: int, folder: Path) -> dict[str, Any]:
    """What one worker that reads the log itself comes to."""
    forget()
    with closing(IdentityBook(folder / "book")) as book:
        core = Core.start(made, ZONE, room_gb=0.01)
        worker = StreamWorker(log, core, book, Everybody(), terms(made), folder / "core.snapshot")
        while worker.step(clock=lambda: end + ON_ITS_WAY):
            pass
    return outcome()


def forget() -> None:
    """The state as it was before."""
    for table in (OrderLoop, OrderEvent, WorkOrder, TriggerMatch, StreamPartition):
        table.objects.all().delete()


def outcome() -> dict[str, Any]:
    """Matches, and orders with the matches that went into them.

    Of two rules that fire at one deadline either may be the one that opens the order which they share.
    """
    wanted = ("loop_id", "rule", "customer_id", "matched_at", "fate", "evidence", "numbers")
    loops: dict[int, list[str]] = {}
    for order, loop in OrderLoop.objects.values_list("order_id", "loop_id").order_by("loop_id"):
        loops.setdefault(order, []).append(loop)
    orders = WorkOrder.objects.values_list("id", "customer_id", "theme", "staff_id", "priority")
    return {
        "matches": sorted(map(str, TriggerMatch.objects.values_list(*wanted))),
        "orders": sorted(str((*row, loops[number])) for number, *row in orders),
    }
