"""Candidates in, every candidate's fate out.

The order: what may not compete is set aside; of one product's offers the best terms stay; the global hold-out and those
who refuse automated decisions are taken out; a few customers are drawn for exploration and served first; all others get
the best set under the desks' places and the channels' budgets; last the hold-out of the treatment's own experiment.
Its draw comes after the cut, so both arms come from the same people (docs/adr/0006).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.arbitrate.channels import base, prices_of, sent, wide
from liuke.act.arbitrate.desks import fill
from liuke.act.arbitrate.explore import options, served
from liuke.act.arbitrate.fates import fates
from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.standing import points, standing
from liuke.act.arbitrate.terms import rivals, with_best_terms
from liuke.act.arbitrate.ties import tie
from liuke.act.arbitrate.value import DESK, IDENTITY, valued
from liuke.engine import Engine


@dataclass(frozen=True, slots=True)
class Arbitrated:
    """fates: one row per candidate (fates.py). loads: desks.LOAD rows. prices: bank currency per message of a channel
    with a budget. reached: what the chosen bring together, without the drawn; bound: no choice brings more.
    """

    fates: ir.Table
    loads: pa.Table
    prices: dict[str, float]
    reached: float
    bound: float

    @property
    def gap(self) -> float:
        """Share of the bound that was not reached, at most; 0 when nothing was to be had."""
        return max(self.bound - self.reached, 0.0) / self.bound if self.bound > 0 else 0.0


def arbitrate(
    engine: Engine, candidates: ir.Table, people: ir.Table, desks: ir.Table, policy: LeverPolicy, day: date, salt: str
) -> Arbitrated:
    """Decides for everybody with a candidate.

    candidates: value.CANDIDATE columns and any others. people: customer_id, desk (null: nobody's), automated_off.
    desks: desk, capacity (places left today). salt: of the draws (policy.salt, else that of loop.yaml). Reads the
    candidates some four times; keeps one row per customer and way to spend. The order of the rows makes no difference.
    """
    rows = engine.layer(valued(candidates, policy, day))
    rows = engine.layer(with_best_terms(rows, rivals(engine, rows)))
    found = engine.materialise(points(rows))
    stand = engine.materialise(standing(found, people, desks, policy, day, salt))
    drawn_options = engine.materialise(options(rows, stand, policy, salt))
    lessons = engine.materialise(served(drawn_options, policy.budgets))
    room, left = _rooms(engine, stand, lessons, policy)

    usual = stand.filter(stand.stand == "best").select("customer_id", "desk")
    worth = found.filter(found.best > policy.least_value).inner_join(usual, "customer_id")
    worth = engine.materialise(worth.select("customer_id", "desk", "resource", "effort", "best"))
    messages = engine.materialise(wide(worth, left))
    prices = prices_of(engine, messages, left)
    based = messages.select("customer_id", base=base(messages, prices))
    orders = worth.filter(worth.resource == DESK).inner_join(based, "customer_id").inner_join(room, "desk")
    filled = fill(engine, orders.select("customer_id", "desk", "room", "effort", gain=orders.best - orders.base), salt)
    picks = engine.from_arrow(filled.picks)
    unserved = engine.materialise(messages.anti_join(picks, "customer_id"))
    by_message = sent(engine, unserved, left, prices, salt)
    ways = ibis.union(
        picks.select("customer_id", resource=ibis.literal(DESK), effort=picks.effort),
        by_message.select("customer_id", "resource", effort=ibis.literal(0, "int64")),
    )
    chosen = engine.materialise(_chosen(rows, found, ways, salt))
    reached = float(engine.arrow(chosen.aggregate(s=chosen.eiv.sum().fill_null(0.0)))["s"][0].as_py())
    return Arbitrated(
        fates(engine, rows, stand, chosen, drawn_options, lessons, policy, salt),
        filled.loads, prices, reached, _bound(engine, based, filled.loads, prices, left),
    )  # fmt: skip


def _rooms(engine: Engine, stand: ir.Table, lessons: ir.Table, policy: LeverPolicy) -> tuple[ir.Table, dict[str, int]]:
    """What the drawn leave: desk → room, and budget per channel."""
    taken = lessons.filter(lessons.fits)
    orders = taken.filter(taken.resource == DESK).group_by("desk").aggregate(used=lambda t: t.effort.sum())
    desks = stand.filter(stand.capacity > 0).select("desk", "capacity").distinct()
    joined = desks.left_join(orders, "desk")
    room = engine.materialise(joined.select("desk", room=joined.capacity - joined.used.fill_null(0)))
    counted = taken.group_by("resource").aggregate(n=lambda t: t.count())
    spent = {r["resource"]: r["n"] for r in engine.arrow(counted).to_pylist()}
    return room, {name: max(most - spent.get(name, 0), 0) for name, most in policy.budgets.items()}


def _chosen(rows: ir.Table, found: ir.Table, ways: ir.Table, salt: str) -> ir.Table:
    """The candidate behind each customer's way to spend: of equally good ones by salted hash, then name."""
    way = ["customer_id", "resource", "effort"]
    wanted = found.inner_join(ways, way).select(*way, "best")
    mine = rows.filter(rows.stop.isnull()).inner_join(wanted, way)
    mine = mine.filter(mine.eiv == mine.best)
    mine = mine.select("customer_id", *IDENTITY, "eiv", "effort", "resource", "experiment", "holdout_share")
    alike = ibis.window(group_by="customer_id")
    mine = mine.mutate(alike=mine.customer_id.count().over(alike))
    mine = mine.mutate(tie=ibis.ifelse(mine.alike > 1, tie(mine, salt), 0.0))
    order = ibis.window(group_by="customer_id", order_by=["tie", *IDENTITY])
    mine = mine.mutate(nth=ibis.row_number().over(order))
    return mine.filter(mine.nth == 0).drop("nth", "tie", "alike")


def _bound(engine: Engine, based: ir.Table, loads: pa.Table, prices: dict[str, float], left: dict[str, int]) -> float:
    """What the best messages are worth after their prices, the budgets at these prices, and the most that desks add."""
    free = float(engine.arrow(based.aggregate(s=based.base.sum().fill_null(0.0)))["s"][0].as_py())
    budgets = sum(price * left[name] for name, price in prices.items())
    return free + budgets + float(sum(loads["bound"].to_pylist()))
