"""What the places of paths are called: names or values of events, the most frequent ones; the others are 其他."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.occurrences import occurrences
from liuke.insight.behaviour.population import Population
from liuke.insight.paths.loops import ANCHOR_BIT, ERROR_BIT, KIND, MOST_NODES, NODE_SHIFT
from liuke.insight.paths.spec import Paths

MOST: Final = 500
"""So many places are told apart, fewer in long paths."""
OTHERS: Final = 0
"""The node of what is not among them."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """names: by node, from 1 on; node 0 is everything else."""

    names: tuple[str, ...]

    @property
    def count(self) -> int:
        """With the node of everything else."""
        return len(self.names) + 1

    def name(self, node: int) -> str | None:
        """None for everything else."""
        return None if node == OTHERS else self.names[node - 1]


def seen(engine: Engine, population: Population, asked: Paths, days: tuple[date, date]) -> ir.Table:
    """who, at, name, is_anchor, is_error of the events looked at; lazily."""
    wanted = [asked.anchor or Happening(), asked.errors or Happening()]

    def name(rows: ir.Table) -> ir.Value:
        if asked.property_ is None:
            return rows.event_name
        return engine.json_text(rows.properties, asked.property_).fill_null(rows.event_name)

    found = occurrences(engine, _looked_at(population, asked), wanted, days, unit=asked.unit, every=True, carry=name)
    is_error = found.is_1 if asked.errors else ibis.literal(False)
    return found.select("who", "at", name="carried", is_anchor="is_0", is_error=is_error)


def _looked_at(population: Population, asked: Paths) -> Population:
    """The population with only those events."""

    def facts(name: str) -> ir.Table:
        rows = population.data.facts(name)
        if asked.only:
            rows = rows.filter(rows.event_name.isin(list(asked.only)))
        return rows.filter(~rows.event_name.isin(list(asked.without))) if asked.without else rows

    return replace(population, data=replace(population.data, facts=facts))


def most_frequent(engine: Engine, found: ir.Table, steps: int) -> Nodes:
    """The names of most events, as many as paths of that length can tell apart; in order of the alphabet."""
    most = min(MOST, MOST_NODES - 3, int(2 ** ((KIND - 1) / steps)) - 4)
    named = found.filter(found.name.notnull())
    counted = named.group_by("name").aggregate(times=named.count())
    rows = engine.arrow(counted.order_by([ibis.desc("times"), "name"]).limit(most))
    return Nodes(tuple(sorted(rows["name"].to_pylist())))


def numbered(engine: Engine, found: ir.Table, nodes: Nodes) -> tuple[ir.Table, ir.Table]:
    """`found` with the low bits of its mark as `low`, and the dictionary behind it, to be released after use."""
    dictionary = engine.from_arrow(
        pa.table({"name": pa.array(nodes.names, pa.string()), "node": pa.array(range(1, nodes.count), pa.int64())})
    )
    joined = found.left_join(dictionary, "name")
    bits = ibis.ifelse(joined.is_anchor, ANCHOR_BIT, 0) + ibis.ifelse(joined.is_error, ERROR_BIT, 0)
    low = joined.node.fill_null(OTHERS) * (1 << NODE_SHIFT) + bits
    return joined.select("who", "at", low=low.cast("int64")), dictionary
