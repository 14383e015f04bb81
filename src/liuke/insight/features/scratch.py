"""Memory that a build uses again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Scratch:
    """Arrays handed out in turn, the same ones after every `begin`.

    Part after part of a large bank wants gigabytes; fresh ones cost the system as much time as adding up does.
    """

    _arrays: list[NDArray[np.float64]] = field(default_factory=list)
    _next: int = 0

    def begin(self) -> None:
        """Nothing that was handed out is used any more."""
        self._next = 0

    def full(self, shape: tuple[int, ...], value: float) -> NDArray[np.float64]:
        """An array of `shape` filled with `value`."""
        made = self.empty(shape)
        made.fill(value)
        return made

    def empty(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """An array of `shape` with whatever it held."""
        size = prod(shape)
        if self._next == len(self._arrays):
            self._arrays.append(np.empty(size))
        elif self._arrays[self._next].size < size:
            self._arrays[self._next] = np.empty(size)
        made = self._arrays[self._next][:size].reshape(shape)
        self._next += 1
        return made


@dataclass(slots=True)
class Memory:
    """What one part after the other uses.

    grids: until a source is read off. cells: until the part is done. tables: of all customers, in the engine.
    """

    grids: Scratch = field(default_factory=Scratch)
    cells: Scratch = field(default_factory=Scratch)
    tables: dict[str, ir.Table] = field(default_factory=dict)
