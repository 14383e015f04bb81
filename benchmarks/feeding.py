"""What the stream worker spends on reading: batches of the intake log as bytes to the rules, against decoded events.

LIUKE_BENCH_EVENTS (default 1 million) events of a fifth as many customers in batches of 100, steps of 200 batches, the
shipped rules. Of the events three in ten carry no customer but a device: two are of devices linked to somebody, one of
a stranger's. One batch in a hundred links a device. Both ways must find the same matches; the ratio is of CPU seconds,
median of three turns, taken by turns.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.machine import machine
from benchmarks.trigger_stream import batches, rules_for_bench
from benchmarks.triggers import HOME, ZONE
from liuke.act.triggers import Core, Match, RuleSet, warm
from liuke.collect.tracking.event import IdentityChange, Taken, TrackedEvent, decode, encode
from liuke.streaming.feeding import Batch, Feeding
from liuke.streaming.identity_book import IdentityBook

EVENTS = int(os.environ.get("LIUKE_BENCH_EVENTS", "1000000"))
EACH, STEP, TURNS = 100, 200, 3
Way = Callable[[list[Batch]], list[Match]]


def log() -> list[Batch]:
    """The batches as the collector stores them."""
    made = []
    for offset, data in enumerate(batches(EVENTS, EVENTS // 5, EACH), 1):
        taken = decode(data)
        events = [_of_a_device(event, i) if i % 10 < 3 else event for i, event in enumerate(taken.events)]
        device = f"device-{offset * 37 % 20_000}"
        links = [IdentityChange("link", "anonymous", device, f"C{offset % 20_000:08}", 0, "plain:app")]
        made.append((offset, encode(Taken(events, links if offset % 100 == 0 else []))))
    return made


def _of_a_device(event: TrackedEvent, i: int) -> TrackedEvent:
    device = f"stranger-{event.anonymous_id}" if i % 10 == 0 else f"device-{int(event.event_id[-6:], 16) % 20_000}"
    return msgspec.structs.replace(event, customer_id=None, anonymous_id=device)


def book_in(folder: Path) -> IdentityBook:
    """Twenty thousand devices, each linked to somebody."""
    book = IdentityBook(folder)
    book.apply(
        [IdentityChange("link", "anonymous", f"device-{n}", f"C{n:08}", 0, "plain:app") for n in range(20_000)], 0, 0
    )
    return book


def decoded(core: Core, book: IdentityBook) -> Way:
    """Every event a Python object, its device looked up."""

    def feed(step: list[Batch]) -> list[Match]:
        events: list[TrackedEvent] = []
        for offset, data in step:
            taken = decode(data)
            book.apply(taken.changes, offset, 0)
            events += book.named(taken.events, offset)
        return core.feed(events)

    return feed


def as_bytes(core: Core, book: IdentityBook) -> Way:
    """As the worker does it."""
    feeding = Feeding(core, book)
    return lambda step: feeding.feed(step, 0)


def run(way: Callable[[Core, IdentityBook], Way], rules: RuleSet, stored: list[Batch]) -> tuple[float, list[str]]:
    """CPU seconds, and the keys of what was found."""
    with tempfile.TemporaryDirectory() as folder:
        book = book_in(Path(folder))
        feed = way(Core.start(rules, ZONE, room_gb=8), book)
        begun, found = time.process_time(), list[str]()
        for start in range(0, len(stored), STEP):
            found += [match.key for match in feed(stored[start : start + STEP])]
        took = time.process_time() - begun
        book.close()
    return took, sorted(found)


def main() -> None:
    """Runs and prints one JSON object."""
    rules, stored, about = rules_for_bench(HOME, 11), log(), machine()
    warm()
    turns: dict[str, list[float]] = {"decoded": [], "bytes": []}
    found: list[Any] = []
    for _ in range(TURNS):
        for name, way in (("decoded", decoded), ("bytes", as_bytes)):
            took, keys = run(way, rules, stored)
            turns[name].append(took)
            found.append(keys)
    assert all(keys == found[0] for keys in found), "the two ways found different matches"
    per_million = {name: statistics.median(times) * 1e6 / EVENTS for name, times in turns.items()}
    figures = {f"cpu_s_per_million_events, {name}": round(took, 3) for name, took in per_million.items()}
    figures |= {"events": EVENTS, "matches": len(found[0])}
    ratios = {"decoded over bytes": round(per_million["decoded"] / per_million["bytes"], 2)}
    print(json.dumps({"ratios": ratios, "figures": figures, "machine": about}, ensure_ascii=False))


if __name__ == "__main__":
    main()
