"""Addable sums of the units by arm and a column: all that the readings need, at any size of the bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations_with_replacement
from operator import mul
from typing import Any, Final

import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.stats.weighted import WeightedMoments

NUMBERS: Final = ("retained", "kept", "before")
RETAINED: Final = (1.0, 0.0, 0.0)
"""The retained share as a combination of NUMBERS."""
_SIZE: Final = 1 + len(NUMBERS)
_PAIRS: Final = tuple(combinations_with_replacement(range(_SIZE), 2))


@dataclass(frozen=True, slots=True)
class ArmSums:
    """One arm of a group. decided: drawn; immature: of them, whose horizon is not over; measured: with an outcome.
    planned: hold-outs that the shares gave to expect among them. uncompared: treated where nobody was held out; they
    are in no other count. cost: of the measured; unpriced: whose cost nobody knows.
    """

    decided: int
    immature: int
    measured: int
    planned: float
    uncompared: int
    cost: float
    unpriced: int
    moments: WeightedMoments

    @classmethod
    def none(cls) -> ArmSums:
        """Of nobody."""
        return cls(0, 0, 0, 0.0, 0, 0.0, 0, WeightedMoments.none(_SIZE))

    def __add__(self, other: ArmSums) -> ArmSums:
        """Of both groups together; they share nobody."""
        return ArmSums(
            self.decided + other.decided,
            self.immature + other.immature,
            self.measured + other.measured,
            self.planned + other.planned,
            self.uncompared + other.uncompared,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
            self.moments + other.moments,
        )

    @property
    def unmeasured(self) -> int:
        """Whose horizon is over and who have no outcome all the same."""
        return self.decided - self.immature - self.measured


Arms = dict[str, ArmSums]


def sums(units: ir.Table, by: str) -> ir.Table:
    """Sums per value of `by` and arm; of the numbers over measured, comparable units only."""
    compared, have = units.comparable, units.measured & units.comparable
    products = {_name(p, i, j): _product(units, p, i, j).sum(where=have) for p in range(3) for i, j in _PAIRS}
    return units.group_by(by, "arm").aggregate(
        decided=compared.sum(),
        immature=(compared & ~units.matured).sum(),
        measured=have.sum(),
        planned=units.holdout_share.sum(where=compared),
        uncompared=(~compared).sum(),
        cost=units.cost.sum(where=have),
        unpriced=units.cost.isnull().sum(),
        **products,
    )


def _product(units: ir.Table, power: int, i: int, j: int) -> ir.NumericValue:
    """weight^power · i-th · j-th number, of which the 0th is 1."""
    factors = [units.weight] * power + [units[NUMBERS[place - 1]] for place in (i, j) if place]
    return reduce(mul, factors) if factors else units.measured.cast("int64")


def _name(power: int, i: int, j: int) -> str:
    """Such as w2_kept_before."""
    numbers = [NUMBERS[place - 1] for place in (i, j) if place] or ["people"]
    return "_".join([f"w{power}", *numbers])


def group_sums(units: ir.Table, by: str) -> ir.Table:
    """`sums` of the units that have a value of `by`."""
    return sums(units.filter(units[by].notnull()), by)


def arms_of(engine: Engine, summed: ir.Table, by: str) -> dict[Any, Arms]:
    """Asks the engine for `sums`; by group, then arm."""
    found: dict[Any, Arms] = {}
    for row in engine.arrow(summed).to_pylist():
        found.setdefault(row[by], {})[row["arm"]] = _read(row)
    return found


def added(groups: Iterable[Arms]) -> Arms:
    """Arm by arm together."""
    whole: Arms = {}
    for arms in groups:
        for arm, one in arms.items():
            whole[arm] = whole.get(arm, ArmSums.none()) + one
    return whole


def _read(row: Mapping[str, Any]) -> ArmSums:
    parts = []
    for power in range(3):
        matrix = np.zeros((_SIZE, _SIZE))
        for i, j in _PAIRS:
            matrix[i, j] = matrix[j, i] = float(row[_name(power, i, j)] or 0.0)
        parts.append(matrix)
    return ArmSums(
        decided=int(row["decided"] or 0),
        immature=int(row["immature"] or 0),
        measured=int(row["measured"] or 0),
        planned=float(row["planned"] or 0.0),
        uncompared=int(row["uncompared"] or 0),
        cost=float(row["cost"] or 0.0),
        unpriced=int(row["unpriced"] or 0),
        moments=WeightedMoments(*parts),
    )
