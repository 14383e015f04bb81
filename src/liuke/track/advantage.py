"""Would another way of choosing have kept more? Measured on customers whose treatment was drawn by lot.

Two ways pick from the same customers, as many each. Whom both pick (or neither) says nothing about the difference, so

    advantage per contact = (n_A · effect among those only A picks − n_B · effect among those only B picks) / picks

and each effect is the difference of retained shares between the arms (weighting by inverse chances with one chance for
all: Horvitz & Thompson, JASA 47, 1952). Any customers drawn by lot will do: hold-outs or explored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from scipy import special

from liuke.engine import Engine
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class _Group:
    """Measured customers whom one way picks and the other does not."""

    treated: int = 0
    kept_treated: int = 0
    holdout: int = 0
    kept_holdout: int = 0

    @property
    def people(self) -> int:
        return self.treated + self.holdout

    @property
    def effect(self) -> float:
        return self.kept_treated / self.treated - self.kept_holdout / self.holdout

    @property
    def variance(self) -> float:
        """With one success and one failure added to each arm (Agresti & Caffo, 2000)."""
        return _variance(self.kept_treated, self.treated) + _variance(self.kept_holdout, self.holdout)


def advantage(engine: Engine, rows: ir.Table, picks: int, level: float = 0.95) -> Interval | None:
    """Customers kept per contact by way A beyond way B; None while a group has an empty arm.

    rows: one per customer drawn by lot: arm ('treated', 'holdout'), retained, in_a, in_b (bool). picks: contacts of one
    way. The interval is normal: some tens of customers per group and arm are needed.
    """
    alone = rows.filter(rows.in_a != rows.in_b)
    treated = alone.arm == "treated"
    sums = alone.group_by("in_a").aggregate(
        treated=treated.sum(),
        kept_treated=(treated & alone.retained).sum(),
        holdout=(~treated).sum(),
        kept_holdout=(~treated & alone.retained).sum(),
    )
    groups = {row.pop("in_a"): _Group(**row) for row in _plain(engine, sums)}
    only_a, only_b = groups.get(True, _Group()), groups.get(False, _Group())
    parts = [(1, only_a), (-1, only_b)]
    if any(group.people and not (group.treated and group.holdout) for _, group in parts):
        return None
    shown = [(sign * group.people / picks, group) for sign, group in parts if group.people]
    estimate = sum(weight * group.effect for weight, group in shown)
    half = float(special.ndtri(0.5 + level / 2)) * math.sqrt(sum(w * w * group.variance for w, group in shown))
    return Interval(estimate, estimate - half, estimate + half, level)


def _plain(engine: Engine, sums: ir.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.arrow(sums).to_pylist()
    return rows


def _variance(kept: int, people: int) -> float:
    share = (kept + 1) / (people + 2)
    return share * (1 - share) / (people + 2)
