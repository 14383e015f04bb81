"""The fast core against the reference: random rules over random streams, however they are cut, stopped and started."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import hypothesis.strategies as st
import msgspec
from hypothesis import HealthCheck, given, settings

from liuke.act.triggers.core import Core
from liuke.act.triggers.event import Event
from liuke.act.triggers.match import Match
from liuke.act.triggers.reference import Reference
from liuke.act.triggers.ruleset import Rule, rule_set
from tests.act.triggers.random_rules import VOCABULARY, rules, streams
from tests.act.triggers.stories import ZONE

EXAMPLES = settings(
    max_examples=int(os.environ.get("LIUKE_EXAMPLES", "80")), deadline=None, suppress_health_check=list(HealthCheck)
)
DAY = 86_400_000_000


def one_of_each() -> st.SearchStrategy[list[Rule]]:
    return st.tuples(*(rules(code=f"r{i}") for i in range(3))).map(list)


def array(event: Event) -> list[Any]:
    """The event as the intake log keeps it."""
    who = (event.customer_id, "device", event.channel, None)
    return [event.event_id, event.name, event.occurred_at, event.received_at, *who, dict(event.properties), "plain:app"]


def told(events: list[Event], form: str) -> Any:
    if form == "objects":
        return events
    if form == "batch":
        return msgspec.json.encode({"events": [array(e) for e in events], "changes": [["link"]]})
    return b"\n".join(
        msgspec.json.encode(
            {"event_id": e.event_id, "name": e.name, "occurred_at": e.occurred_at, "received_at": e.received_at,
             "customer_id": e.customer_id, "channel": e.channel, "properties": dict(e.properties)}
        )
        for e in events
    )  # fmt: skip


def in_order(matches: list[Match]) -> list[Match]:
    return sorted(matches, key=lambda m: (m.rule, m.customer_id, m.matched_at, m.evidence, m.by))


def compared(core: Core, reference: Reference) -> None:
    totals = core.totals
    for name in ("events", "unread", "anonymous", "ahead", "late", "duplicate"):
        assert getattr(totals, name) == reference.counters[name], name
    for code, counters in core.counters.items():
        for name in ("seen", "matched", "cooled", "late"):
            assert getattr(counters, name) == reference.per_rule[code, name], (code, name)


@EXAMPLES
@given(
    one_of_each(), streams(), st.lists(st.integers(1, 9), min_size=1), st.sampled_from(["objects", "batch", "lines"])
)
def test_any_rules_on_any_stream_in_any_batches(
    made: list[Rule], events: list[Event], cuts: list[int], form: str
) -> None:
    together = rule_set(made, VOCABULARY)
    reference, core = Reference(together, ZONE), Core.start(together, ZONE, room_gb=0.01)
    wanted = reference.feed(events) + reference.advance(events[-1].received_at + 9 * DAY)
    found: list[Match] = []
    at, i = 0, 0
    while at < len(events):
        found += core.feed(told(events[at : at + cuts[i % len(cuts)]], form))
        at, i = at + cuts[i % len(cuts)], i + 1
    found += core.advance(events[-1].received_at + 9 * DAY)
    assert in_order(found) == in_order(wanted)
    compared(core, reference)


@EXAMPLES
@given(
    one_of_each(), one_of_each(), streams(), st.lists(st.tuples(st.integers(1, 9), st.sampled_from("srca")), min_size=1)
)
def test_restarts_changes_of_rules_and_a_silent_clock_make_no_difference(
    made: list[Rule], other: list[Rule], events: list[Event], cuts: list[tuple[int, str]]
) -> None:
    """Before each cut: s saves and loads, r loads under the rules of now, c changes some rules, a moves the clock."""
    path = Path(gettempdir()) / f"liuke-{os.getpid()}.state"
    now = rule_set(made, VOCABULARY)
    reference, core = Reference(now, ZONE), Core.start(now, ZONE, room_gb=0.01)
    wanted, found = list[Match](), list[Match]()
    at, i = 0, 0
    while at < len(events):
        size, what = cuts[i % len(cuts)]
        if what == "c":
            now = rule_set([*(other if i % 2 == 0 else made)[:2], made[2]], VOCABULARY)
            reference.change(now)
            core.change(now)
        elif what == "a":
            moment = events[at].received_at - 1
            wanted += reference.advance(moment)
            found += core.advance(moment)
        else:
            core.save(path, position={"offset": at})
            core = restarted(path, core, tidied=what == "r")
            assert core.position == {"offset": at}
        wanted += reference.feed(events[at : at + size])
        found += core.feed(events[at : at + size])
        at, i = at + size, i + 1
    end = events[-1].received_at + 9 * DAY
    assert in_order(found + core.advance(end)) == in_order(wanted + reference.advance(end))
    for name in ("events", "unread", "anonymous", "ahead", "late", "duplicate"):
        assert getattr(core.totals, name) == reference.counters[name], name


def restarted(path: Path, core: Core, *, tidied: bool) -> Core:
    """The core of the snapshot; every other one clears out its store of ids, as large ones do."""
    loaded = Core.load(path, core.rules, room_gb=0.01)
    if tidied:
        loaded.tidy()
    return loaded
