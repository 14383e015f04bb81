"""The count-without rule on Bytewax, over the stream of benchmarks/triggers.py; runs in an environment of its own.

Usage: python trigger_bytewax.py STREAM LENGTHS. LENGTHS is a JSON file with the bytes of each batch. Prints one JSON
object: seconds, CPU seconds, matches. One worker on one core; state durable by Bytewax's own recovery store at the end
of the stream, as ours is (more epochs would only cost it more); making the empty store is not counted. It does what our
engine does: late events and those ahead of the clock are dropped, a repeated event is dropped by the customer's own
recent ids, a match names the events that made it. Events are decoded with msgspec, fields that the rule does not read
left as they are, properties read of searches only; those of other names are dropped before they are keyed by customer.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
import msgspec
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main

WEEK, COOL = 7 * 86_400_000_000, 30 * 86_400_000_000
LATENESS, AHEAD = 86_400_000_000, 300_000_000
Match = tuple[int, tuple[str, ...]]
"""The moment, and the ids of the events that made it."""
FOUND: list[tuple[str, Match]] = []


class Tracked(msgspec.Struct, array_like=True, gc=False, frozen=True):
    event_id: str
    name: str
    occurred_at: int
    received_at: int
    customer_id: str | None
    anonymous_id: msgspec.Raw
    channel: msgspec.Raw
    session_id: msgspec.Raw
    properties: msgspec.Raw
    source: msgspec.Raw


class Search(msgspec.Struct, gc=False):
    keyword: str = ""


class Taken(msgspec.Struct, gc=False):
    events: list[Tracked] = []


class Batches(StatefulSourcePartition[bytes, None]):
    def __init__(self, path: Path, lengths: list[int]) -> None:
        self._file, self._lengths = path.open("rb"), iter(lengths)

    def next_batch(self) -> list[bytes]:
        length = next(self._lengths, None)
        if length is None:
            raise StopIteration
        return [self._file.read(length)]

    def snapshot(self) -> None:
        return None


class Stream(FixedPartitionedSource[bytes, None]):
    def __init__(self, path: Path, lengths: list[int]) -> None:
        self._path, self._lengths = path, lengths

    def list_parts(self) -> list[str]:
        return ["stream"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> Batches:
        return Batches(self._path, self._lengths)


class Kept(StatelessSinkPartition[tuple[str, Match]]):
    def write_batch(self, items: list[tuple[str, Match]]) -> None:
        FOUND.extend(items)


class Sink(DynamicSink[tuple[str, Match]]):
    def build(self, step_id: str, worker_index: int, worker_count: int) -> Kept:
        return Kept()


_DECODER = msgspec.json.Decoder(Taken)
_SEARCH = msgspec.json.Decoder(Search)
_CLOCK = [0]


def meant(data: bytes) -> Iterator[tuple[str, tuple[bool, int, str]]]:
    clock = _CLOCK[0]
    for e in _DECODER.decode(data).events:
        clock = max(clock, e.received_at)
        is_search = e.name == "search"
        if (is_search and "提前还款" in _SEARCH.decode(e.properties).keyword) or e.name == "prepay_apply":
            in_time = clock - LATENESS <= e.occurred_at <= clock + AHEAD
            if in_time and e.customer_id is not None:
                yield e.customer_id, (is_search, e.occurred_at, e.event_id)
    _CLOCK[0] = clock


def step(state: Any, event: tuple[bool, int, str]) -> tuple[Any, list[Match]]:
    """state: searches, moment of the newest application, of the last match, recent ids."""
    searches, barred, last, ids = state or ([], 0, -COOL, [])
    is_search, at, event_id = event
    if event_id in ids:
        return (searches, barred, last, ids), []
    ids = [*ids[-7:], event_id]
    if not is_search:
        return (searches, max(barred, at), last, ids), []
    searches = sorted([*searches, (at, event_id)])
    moment = searches[-1][0]
    floor = max(last, moment - WEEK)
    searches = [s for s in searches if s[0] > floor][-3:]
    counts = (at, event_id) in searches and len(searches) == 3
    if counts and barred < searches[0][0] and moment >= last + COOL:
        return ([], barred, moment, ids), [(moment, tuple(i for _, i in searches))]
    return (searches, barred, last, ids), []


def main(path: Path, lengths: list[int]) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    flow = Dataflow("count_without")
    stream = op.input("stream", flow, Stream(path, lengths))
    keyed = op.flat_map("meant", stream, meant)
    matched = op.stateful_flat_map("rule", keyed, step)
    op.output("found", matched, Sink())
    store = Path(tempfile.mkdtemp())
    init_db_dir(store, 1)
    wall, cpu = time.perf_counter(), time.process_time()
    run_main(flow, epoch_interval=timedelta(days=1), recovery_config=RecoveryConfig(str(store)))
    told = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu, "matches": len(FOUND)}
    shutil.rmtree(store)
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
