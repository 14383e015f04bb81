"""Random intake logs, and what the rules make of them when one worker reads the log itself."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from msgspec.structs import replace

from liuke.act.loop_policy import LoopPolicy
from liuke.act.triggers import Core, Rule, RuleSet, rule_set
from liuke.clock import WorkCalendar
from liuke.collect.tracking.event import IdentityChange, Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.state.models import OrderEvent, OrderLoop, StreamPartition, TriggerMatch, WorkOrder
from liuke.streaming.deciding import Terms
from liuke.streaming.identity_book import IdentityBook
from liuke.streaming.log_reader import ON_ITS_WAY
from liuke.streaming.people import Person
from liuke.streaming.worker import StreamWorker
from tests.act.triggers.random_rules import VOCABULARY, rules
from tests.act.triggers.stories import ZONE, at

PEOPLE = ("C1", "C2", "C3", "C4", "客户5", "客户6")
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


def random_log(dice: random.Random) -> list[Taken]:
    """Batches of events not in order of their receipt, early, late, told twice; devices and their links."""
    clock, events = at("03-02 20:00"), list[TrackedEvent]()
    for number in range(dice.randint(40, 200)):
        clock += dice.choice((0, 0, 0, 1, 1, 5, 10, 30, 120)) * MINUTE
        slack = dice.choice((0, 0, 0, 0, 3, 20, 200)) * MINUTE
        known = [e for e in events[-20:] if e.customer_id]
        if known and dice.random() < 0.1:
            events.append(replace(dice.choice(known), received_at=clock, source=f"plain:{number}"))
        else:
            events.append(_event(dice, number, clock - slack))
    batches = []
    while events:
        size = dice.randint(1, 6)
        batches.append(Taken(events[:size], [_change(dice) for _ in range(dice.choice((0, 0, 1, 2)))], []))
        events = events[size:]
    return batches


def _event(dice: random.Random, number: int, received: int) -> TrackedEvent:
    """One of a source of its own, so that the log takes repeats."""
    who = dice.choice((*PEOPLE, None, None))
    late = dice.choice((0, 0, 0, 0, 0, 10, 30, 180, 1_400, 1_500, -4, -7)) * MINUTE
    values = {"x": dice.choice((1, 2.5, 3, None)), "k": dice.choice(("u", "v", "uv")), "f": dice.choice((True, False))}
    properties = {name: value for name, value in values.items() if dice.random() < 0.8}
    device = None if who else f"d{dice.randint(0, 3)}"
    return TrackedEvent(f"e{number}", dice.choice("aaabbc"), received - late, received, who, device,
                        dice.choice(("app", None)), None, properties, f"plain:{number}")  # fmt: skip


def _change(dice: random.Random) -> IdentityChange:
    kind, device = dice.choice(("link", "link", "unlink")), f"d{dice.randint(0, 3)}"
    who = dice.choice(PEOPLE) if kind == "link" else None
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
