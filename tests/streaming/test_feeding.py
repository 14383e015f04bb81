"""Bytes of the log fed to the rules give what their events give, decoded one by one and named in plain Python."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from liuke.act.triggers.core import Core
from liuke.act.triggers.devices import Devices
from liuke.act.triggers.event import Event
from liuke.act.triggers.match import Match
from liuke.act.triggers.ruleset import Rule, rule_set
from liuke.collect.tracking.event import IdentityChange, Rejected, Taken, TrackedEvent, changes_in, encode
from liuke.streaming.feeding import Batch, Feeding
from liuke.streaming.identity_book import IdentityBook
from tests.act.triggers.random_rules import VOCABULARY, streams
from tests.act.triggers.stories import ZONE
from tests.act.triggers.test_core_oracle import EXAMPLES, in_order, one_of_each

DEVICES = ("d1", "d1", "d1", "客户端2", 'd"3', "d" * 501, "")
OWNERS = ("C1", "客户2", "", "C" * 201)
BROKEN = (
    b'["e0","a"]', b'["e0","a","soon",1772000000000000,"C1","d1",null,null,{},"plain:app"]', b'"event"',
    b'[7,"a",1772000000000000,1772000000000000,"C1","d1",null,null,{},"plain:app"]',
)  # fmt: skip
changes = st.builds(
    IdentityChange, kind=st.sampled_from(("link", "link", "unlink")), id_type=st.sampled_from(("anonymous", "phone")),
    id_value=st.sampled_from(DEVICES), customer_id=st.sampled_from((*OWNERS, None)), at=st.just(0),
    source=st.just("plain:app"),
)  # fmt: skip


@st.composite
def logs(draw: Any) -> list[tuple[list[IdentityChange], list[tuple[Event, str | None]], list[bytes]]]:
    """Batches of a stream: changes of identity, events with their devices, and what is broken between them."""
    events, batches = draw(streams()), []
    while events:
        size = draw(st.integers(0, 7))
        unsaid = [replace(e, customer_id=None) if draw(st.booleans()) else e for e in events[:size]]
        named = [(e, draw(st.sampled_from((*DEVICES, None)))) for e in unsaid]
        broken = draw(st.lists(st.sampled_from(BROKEN), max_size=1)) if draw(st.integers(0, 5)) == 0 else []
        batches.append((draw(st.lists(changes, max_size=2)), named, broken))
        events = events[max(1, size) :]
    return batches


def tracked(event: Event, device: str | None) -> TrackedEvent:
    return TrackedEvent(
        event.event_id, event.name, event.occurred_at, event.received_at, event.customer_id, device, event.channel,
        None, dict(event.properties), "plain:app",
    )  # fmt: skip


def written(log: list[Any]) -> Iterator[Batch]:
    for offset, (links, events, broken) in enumerate(log, 1):
        rejected = [Rejected("plain:app", "plain", 1, None, None, "name", "]}", '],"changes":[]', 0)] * (offset % 2)
        data = encode(Taken([tracked(*e) for e in events], links, rejected))
        between = b",".join((*broken, b"")) if events else b",".join(broken)
        yield offset, data.replace(b'{"events":[', b'{"events":[' + between, 1)


def plainly(log: list[Any], core: Core) -> tuple[list[Match], int]:
    """Every event decoded, and its device's owner of then looked up in a dictionary; what it made, how many broken."""
    owners: dict[str, str | None] = {}
    found: list[Match] = []
    bad = 0
    for links, events, broken in log:
        for c in links:
            if c.id_type == "anonymous" and c.id_value:
                owner = owners.get(c.id_value[:500])
                linked = (c.customer_id or owner) if c.kind == "link" else owner
                owners[c.id_value[:500]] = None if c.kind == "unlink" and c.customer_id in (None, owner) else linked
        bad += len(broken)
        found += core.feed([replace(e, customer_id=e.customer_id or owners.get((d or "")[:500])) for e, d in events])
    return found, bad


@EXAMPLES
@given(one_of_each(), logs(), st.lists(st.integers(1, 6), min_size=1), st.integers(0, 40))
def test_bytes_give_what_decoded_events_give_also_when_read_again(
    made: list[Rule], log: list[Any], cuts: list[int], died: int
) -> None:
    together = rule_set(made, VOCABULARY)
    slow = Core.start(together, ZONE, room_gb=0.01)
    wanted, bad = plainly(log, slow)
    batches = list(written(log))
    with tempfile.TemporaryDirectory() as folder:
        book = IdentityBook(Path(folder))
        Feeding(Core.start(together, ZONE, room_gb=0.01), book).feed(batches[:died], 0)  # and nothing was saved
        quick = Core.start(together, ZONE, room_gb=0.01)
        feeding, found = Feeding(quick, book), list[Match]()
        at, i = 0, 0
        while at < len(batches):
            size = cuts[i % len(cuts)]
            found += feeding.feed(batches[at : at + size], 0)
            at, i = at + size, i + 1
        book.close()
    assert in_order(found) == in_order(wanted)
    assert quick.totals.malformed == bad
    assert replace(quick.totals, malformed=0) == slow.totals
    assert quick.counters == slow.counters


@given(st.lists(changes, max_size=2), st.sampled_from(("", ']"', '],"changes":[],"rejected":[]}', "\\")))
def test_changes_are_found_whatever_a_text_looks_like(links: list[IdentityChange], text: str) -> None:
    event = TrackedEvent("e", "search", 0, 0, None, None, None, None, {"keyword": text}, text)
    told = Rejected("plain:app", "plain", 1, None, None, "name", text, text, 0)
    for rejected in ([], [told]):
        assert changes_in(encode(Taken([event], links, rejected))) == links


def test_a_document_that_is_none_is_told() -> None:
    core = Core.start(rule_set([], VOCABULARY), ZONE, room_gb=0.01)
    devices = Devices(lambda _device: None)
    with pytest.raises(msgspec.DecodeError):
        core.feed_documents([b'{"events":[]}', b'{"events":[["e"'], devices)


def test_more_devices_than_are_remembered_are_asked_about_again() -> None:
    asked: list[bytes] = []
    devices = Devices(lambda device: asked.append(device) or f"C{device.decode()}")  # type: ignore[func-returns-value]
    for n in range(40):
        devices.make_room(100_000, 100_000 * 40)
        for i in range(1000):
            devices.learn(f"{n}-{i}".encode())
    again = devices.learn(b"39-7")
    length = int(devices.owners.texts[again])
    assert bytes(devices.owners.texts[again + 1 : again + 1 + length]) == b"C39-7"
    assert devices.owners.texts.size <= 1 << 27
