"""What facts of a journey may be: the few ways in which they differ but for customer, case and moment, numbered."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from liuke.insight.behaviour.numbering import Numbered, hashed_rows
from liuke.insight.journey.facts import ENTERS, FAILS, NO_TOUCH, OUTCOME_SHIFT, OWN, STAGE_SHIFT
from liuke.insight.journey.loops import Kinds

_COLUMNS: Final = {
    "what": pa.int64(), "name": pa.string(), "channel": pa.string(), "fields": pa.string(), "status": pa.string()
}  # fmt: skip
_IS_ANY: Final = ENTERS - 1
"""Touch and outcome."""


class Seen:
    """Kinds as they come, in batches of `facts.journey_facts`."""

    def __init__(self) -> None:
        self._numbered = Numbered()
        self._rows: list[pa.RecordBatch] = []

    def of(self, batch: pa.RecordBatch) -> Any:
        """The number of each fact's kind, from 0 (int32)."""
        columns = [batch.column(name).cast(kind) for name, kind in _COLUMNS.items()]
        before = len(self._numbered)
        numbers = self._numbered.of(hashed_rows(columns), np.arange(len(batch), dtype=np.int32))
        if len(self._numbered) > before:
            new = np.flatnonzero(numbers >= before)
            _, first = np.unique(numbers[new], return_index=True)
            whole = pa.RecordBatch.from_arrays(columns, names=list(_COLUMNS))
            self._rows.append(whole.take(pa.array(new[first])))
        return numbers

    @property
    def table(self) -> pa.Table:
        """They, by number."""
        return pa.Table.from_batches(self._rows, schema=pa.schema(list(_COLUMNS.items())))


def of_journey(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Those facts that are anything of the journey."""
    what = batch.column("what").to_numpy()
    there = ((what & _IS_ANY) != NO_TOUCH) | ((what & ENTERS) != 0) | np.asarray(batch.column("status").is_valid())
    return batch if there.all() else batch.filter(pa.array(there))


class Touched(NamedTuple):
    """A group of touchpoints: the happening (facts.py), the name of its facts and their channel, null for none."""

    touch: int
    name: str | None
    channel: str | None


class Coded(NamedTuple):
    """Kinds for the loops, and what their numbers mean. fields: how many names of what was typed in."""

    kinds: Kinds
    groups: tuple[Touched, ...]
    channels: tuple[str, ...]
    statuses: tuple[str, ...]
    fields: int


def coded_kinds(seen: pa.Table) -> Coded:
    """seen: `Seen.table`."""
    what = seen["what"].to_numpy()
    touch, outcome = what & NO_TOUCH, what >> OUTCOME_SHIFT & 3
    (names, name), (channels, channel), (statuses, status) = (
        _ranks(seen[column]) for column in ("name", "channel", "status")
    )
    groups, group = np.unique(np.stack([touch, name, channel], axis=1), axis=0, return_inverse=True)
    staged = touch != NO_TOUCH
    begins, fields, many = _fields(seen["fields"])
    kinds = Kinds(
        _order(seen, what), np.where(staged, touch >> STAGE_SHIFT, -1), group.reshape(-1).astype(np.int64), channel,
        status, outcome, what // ENTERS & 1, what // FAILS & 1, what // OWN & 1,
        np.asarray(seen["fields"].is_valid()).astype(np.int64), begins, fields,
    )  # fmt: skip
    told = tuple(Touched(int(t), names[n] if n >= 0 else None, channels[c] if c >= 0 else None) for t, n, c in groups)
    return Coded(kinds, told, tuple(channels), tuple(statuses), many)


def _ranks(column: pa.ChunkedArray) -> tuple[list[str], Any]:
    """The texts in the order of their bytes, and the place of each; -1 for null."""
    known = pc.unique(column.drop_null())
    known = known.take(pc.array_sort_indices(known))
    places = pc.index_in(column, value_set=known).fill_null(-1)
    return known.to_pylist(), np.asarray(places).astype(np.int64)


def _order(seen: pa.Table, what: Any) -> Any:
    """Of facts of one moment: entry, earlier stages, facts of no stage, outcomes; then by channel and name."""
    enters, outcome = what // ENTERS & 1, what >> OUTCOME_SHIFT & 3
    rank = np.where(enters == 1, 0, np.where(outcome > 0, 2, 1))
    keys = [rank, outcome, what & NO_TOUCH, *(_ranks(seen[name].fill_null(""))[1] for name in ("channel", "name"))]
    _, order = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
    return order.reshape(-1).astype(np.int64)


def _fields(column: pa.ChunkedArray) -> tuple[Any, Any, int]:
    """Where each kind's numbers of what was typed in begin, and they; how many there are at all."""
    lists = pc.split_pattern(pc.replace_substring(column.fill_null(""), " ", ""), ",").combine_chunks()
    words, kinds = pc.list_flatten(lists), np.asarray(pc.list_parent_indices(lists))
    there = np.asarray(pc.not_equal(words, ""), dtype=bool)
    names, numbers = _ranks(pa.chunked_array([words.filter(pa.array(there))], pa.string()))
    pairs = np.unique(np.stack([kinds[there].astype(np.int64), numbers], axis=1), axis=0)
    begins = np.searchsorted(pairs[:, 0], np.arange(len(column) + 1)).astype(np.int64)
    return begins, np.ascontiguousarray(pairs[:, 1]), len(names)
