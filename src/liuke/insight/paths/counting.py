"""Paths, steps and places of a period, each with how many people and how often: small tables by code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.sequences import Loop, looped
from liuke.insight.paths import loops
from liuke.insight.paths.events import PathEvents
from liuke.insight.paths.nodes import Nodes
from liuke.insight.paths.spec import Paths

_MICROSECOND: Final = timedelta(microseconds=1)
_COUNTED: Final = pa.schema({"kind": pa.int64(), "code": pa.int64(), "people": pa.int64(), "times": pa.int64()})
Ends = Literal["over", "goes_on"]


@dataclass(frozen=True, slots=True)
class Counted:
    """table: kind (0 paths, 1 steps, 2 nodes at places, 3 all), code, people, times; release it after use.

    loops.paths tells the codes; `path`, `step` and `place` read them.
    """

    table: ir.Table
    nodes: Nodes
    terms: loops.Terms

    @property
    def is_to_anchor(self) -> bool:
        """Whether places are counted back from where paths end."""
        return self.terms.anchored == loops.TO_ANCHOR

    def path(self, code: int) -> tuple[int, ...]:
        """Its nodes."""
        digits = []
        for _ in range(self.terms.steps):
            code, digit = divmod(code, self.terms.radix)
            digits.append(digit)
        return tuple(digit - 1 for digit in reversed(digits) if digit)

    def place(self, code: int) -> tuple[int, int]:
        """Place and node."""
        place, node = divmod(code, self.terms.radix)
        return place, node

    def step(self, code: int) -> tuple[int, int, int | Ends]:
        """Place, node, and the next node or how the path ends."""
        before, following = divmod(code, self.terms.radix)
        ends: dict[int, Ends] = {self.nodes.count: "over", self.nodes.count + 1: "goes_on"}
        return *self.place(before), ends.get(following, following)


def counted(engine: Engine, events: PathEvents) -> Counted:
    """The sessions of the period: events from its first to its last day, as known on the as-of day.

    Raises YourMistake for names that no event bears, and for a period before all data.
    """
    terms = _terms(events.asked, events.nodes)
    parts = looped(engine, events.lists, _loop(terms), _COUNTED)
    table = engine.materialise(
        parts.group_by("kind", "code").aggregate(people=parts.people.sum(), times=parts.times.sum())
    )
    engine.release(parts)
    events.check_found(engine, nothing=engine.count(table) == 0)
    return Counted(table, events.nodes, terms)


def _terms(asked: Paths, nodes: Nodes) -> loops.Terms:
    anchored = (
        loops.FROM_FIRST if asked.anchor is None else loops.FROM_ANCHOR if asked.at == "start" else loops.TO_ANCHOR
    )
    return loops.Terms(asked.steps, asked.pause // _MICROSECOND, anchored, int(asked.collapse), nodes.count + 3)


def _loop(terms: loops.Terms) -> Loop[pa.RecordBatch]:
    def batch(_who: pa.Array, offsets: Any, marks: Any) -> pa.RecordBatch:
        code, people, times, _ = loops.paths(offsets, marks, terms).T
        columns = [code >> loops.KIND, code & ((1 << loops.KIND) - 1), people, times]
        return pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=_COUNTED)

    return batch
