"""What the places of paths are called: names or values of events, the most frequent ones; the others are 其他."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

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

    def of(self, words: pa.ChunkedArray) -> Any:
        """The node of each word (int64)."""
        found = pc.index_in(words, pa.array(self.names, words.type))
        return pc.add(found.cast(pa.int64()), 1).fill_null(OTHERS).to_numpy()


def most_frequent(words: pa.Table, steps: int) -> Nodes:
    """The names of most events, as many as paths of that length can tell apart; in order of the alphabet.

    words: word, times.
    """
    most = min(MOST, MOST_NODES - 3, int(2 ** ((KIND - 1) / steps)) - 4)
    found = words.filter(pc.field("times") > 0).sort_by([("times", "descending"), ("word", "ascending")])
    return Nodes(tuple(sorted(found["word"].slice(0, most).to_pylist())))
