"""What the places of paths are called: names or values of events, the most frequent ones; the others are 其他."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.paths.loops import KIND, MOST_NODES

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


def most_frequent(engine: Engine, found: ir.Table, steps: int) -> Nodes:
    """The names of most events, as many as paths of that length can tell apart; in order of the alphabet."""
    most = min(MOST, MOST_NODES - 3, int(2 ** ((KIND - 1) / steps)) - 4)
    named = found.filter(found.name.notnull())
    counted = named.group_by("name").aggregate(times=named.count())
    rows = engine.arrow(counted.order_by([ibis.desc("times"), "name"]).limit(most))
    return Nodes(tuple(sorted(rows["name"].to_pylist())))
