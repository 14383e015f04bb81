"""What each did, in order: one list of numbers per person, which compiled loops read without an object per fact.

A number holds the moment and which of the things asked it is, so that sorting numbers sorts facts: by time, and at
the same time by the first thing they are (the first step comes first). A fact that is none of them comes last.

    moment (microseconds since the origin) · 2^14 | 2^14 - 1 - bits        bits: thing 0 is the highest of 14

The engine streams facts as they lie; they are put to their people here, a share of all people by each thread, while it
reads on. Its own lists of an aggregate, and its sort, take more than twice as long as reading (DuckDB 2.0).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, Self, TypeVar
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.numbering import Numbered, hashed
from liuke.insight.behaviour.occurrences import MOST
from liuke.insight.behaviour.population import beginning
from liuke.insight.behaviour.shares import Share, Stretch

SHIFT: Final = MOST
"""Bits below the moment, which has 49: seventeen years, more than a period and a window may span."""
_MEGABYTE: Final = 1 << 20

MadeT = TypeVar("MadeT")
Loop = Callable[[pa.Array, Any, Any], MadeT]
"""From persons, the offsets of their lists and the numbers (its own to sort) to something. Several threads call it."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The facts of each person. words: see `Words`. low: what each word adds to its facts' numbers, first nothing's."""

    shares: tuple[Share, ...]
    words: Words
    low: Any

    def with_low(self, low: Any) -> Lists:
        """low: int64, by number of the word as in `words`, first that of facts without one."""
        return replace(self, low=low)


@dataclass(slots=True)
class Words:
    """Texts that facts carried, and how many facts each."""

    _numbered: Numbered = field(default_factory=Numbered)
    _times: Any = field(default_factory=lambda: np.zeros(1, np.int64))

    @property
    def table(self) -> pa.Table:
        """word, times."""
        return pa.table({"word": self._numbered.texts().cast(pa.string()), "times": self._times[1:]})

    def of(self, column: pa.Array) -> Any:
        """The number of each from 1 (int32), 0 for null."""
        numbers = self._numbered.of(hashed(column), np.arange(len(column), dtype=np.int32)) + np.int32(1)
        if column.null_count:
            numbers[np.asarray(column.is_null())] = 0
        times = np.bincount(numbers, minlength=len(self._numbered) + 1)
        times[: len(self._times)] += self._times
        self._times = times
        return numbers


def in_lists(engine: Engine, rows: ir.Table, origin: datetime) -> Lists:
    """Reads rows: who, at, low (int64, below 2 ** SHIFT), none before `origin`, and perhaps word (text)."""
    marks = rows.at.delta(ibis.literal(origin), unit="microsecond") * (1 << SHIFT) + rows.low
    wanted = rows.select("who", marks=marks, **({"word": rows.word} if "word" in rows.columns else {}))
    words, shares = Words(), shares_of(engine)
    with Taking(len(shares)) as taking:
        for batch in engine.batches(wanted):
            said = words.of(batch.column("word")) if "word" in batch.schema.names else np.empty(0, np.int32)
            who, numbers = hashed(batch.column("who")), batch.column("marks").to_numpy()
            taking.each(partial(share.take, who, numbers, said) for share in shares)
    return Lists(shares, words, np.zeros(1, np.int64))


def shares_of(engine: Engine) -> tuple[Share, ...]:
    """One for each thread, which hold half of the engine's memory together."""
    room = engine.room
    bytes_each = room.memory_mb * _MEGABYTE // 2 // room.threads
    return tuple(Share(k, room.threads, bytes_each, room.spill) for k in range(room.threads))


class Taking:
    """For a block: shares take facts, each by a thread of its own, while the next ones are read."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._waiting: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._pool:
            if kind is None:
                self._done()

    def each(self, takes: Iterable[Callable[[], None]]) -> None:
        """Runs them, once those before are done."""
        self._done()
        self._waiting = [self._pool.submit(take) for take in takes]

    def _done(self) -> None:
        for each in self._waiting:
            each.result()


def looped(engine: Engine, lists: Lists, loop: Loop[pa.RecordBatch], schema: pa.Schema) -> ir.Table:
    """What `loop` makes of all persons, of `schema`; release it after use."""
    return engine.from_arrow(pa.RecordBatchReader.from_batches(schema, each_batch(lists, loop)))


def each_batch(lists: Lists, loop: Loop[MadeT]) -> Iterator[MadeT]:
    """What `loop` makes of some persons, then of others; as many threads at once as there are shares."""
    return each_stretch(lists.shares, lambda share, people: loop(*share.laid(people, lists.low)))


def each_stretch(shares: Sequence[Share], made: Callable[[Share, Stretch], MadeT]) -> Iterator[MadeT]:
    """Likewise, laying them out itself."""
    with ThreadPoolExecutor(len(shares)) as pool:
        waiting: deque[Future[MadeT]] = deque()
        for share in shares:
            for people in share.stretches():
                waiting.append(pool.submit(made, share, people))
                if len(waiting) > len(shares):
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def ordered(found: ir.Table) -> ir.Table:
    """`occurrences` with the low bits of their numbers: who, at, low."""
    return found.select("who", "at", low=(1 << SHIFT) - 1 - found.bits)


def origin_of(first: date, zone: ZoneInfo) -> datetime:
    """Where moments are counted from: a day early, for a row whose business day is not quite that of its moment."""
    return beginning(first - timedelta(days=1), zone)
