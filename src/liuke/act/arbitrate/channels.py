"""Messages within their channels' daily budgets.

A place in a scarce channel has a price: the value at which as many messages are worth sending as may be sent. Prices
are found one channel after the other, each at the least of the Lagrangian bound given the others, a few rounds long.
Any prices give a bound; the better they are, the nearer it is to what is reached (`arbitrate` reports both).
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.ties import turn
from liuke.act.arbitrate.value import FREE
from liuke.engine import Engine

_ROUNDS = 3


def wide(found: ir.Table, budgets: Mapping[str, int]) -> ir.Table:
    """Per customer the best message: column free, and one per channel with a budget; 0 where there is none.

    found: of `points`, of customers who get their best, and worth doing.
    """
    names = [FREE, *sorted(budgets)]
    best = {name: found.best.max(where=found.resource == name).fill_null(0.0) for name in names}
    return found.group_by("customer_id").aggregate(**best)


def base(rows: ir.Table, prices: Mapping[str, float]) -> ir.FloatingValue:
    """What the best message is worth to a customer after the price of its channel, 0 for none. rows: of `wide`."""
    return ibis.greatest(ibis.literal(0.0), rows[FREE], *[rows[name] - price for name, price in sorted(prices.items())])


def prices_of(engine: Engine, rows: ir.Table, budgets: Mapping[str, int]) -> dict[str, float]:
    """Price per channel with a budget; 0 where the budget suffices. rows: of `wide`."""
    prices = dict.fromkeys(budgets, 0.0)
    for _ in range(_ROUNDS if len(budgets) > 1 else 1):
        for name, most in sorted(budgets.items()):
            others = {other: price for other, price in prices.items() if other != name}
            margin = (rows[name] - base(rows, others)).name("margin")
            worth = rows.select(margin).filter(lambda t: t.margin > 0)
            next_one = engine.arrow(worth.order_by(ibis.desc("margin")).limit(1, offset=most))
            prices[name] = float(next_one["margin"][0].as_py()) if next_one.num_rows else 0.0
    return prices


def sent(engine: Engine, rows: ir.Table, left: Mapping[str, int], prices: Mapping[str, float], salt: str) -> ir.Table:
    """Who gets which message: customer_id, resource. rows: of `wide`, without those who get an order.

    Channel by channel: the best by what the message brings over the next best way still open, while the budget lasts.
    """
    picked: list[ir.Table] = []
    later = dict(prices)
    for name, most in sorted(left.items()):
        later.pop(name)
        margin = rows[name] - base(rows, later)
        wanted = rows.mutate(margin=margin).filter(lambda t: t.margin > 0)
        cut = wanted.mutate(place=ibis.rank().over(ibis.window(order_by=ibis.desc("margin")))).filter(
            lambda t, most=most: t.place < most
        )
        cut = cut.mutate(turn=turn(cut, salt))
        order = ibis.window(order_by=[ibis.desc("margin"), "turn", "customer_id"])
        cut = cut.mutate(place=ibis.row_number().over(order)).filter(lambda t, most=most: t.place < most)
        mine = engine.materialise(cut.select("customer_id", resource=ibis.literal(name)))
        picked.append(mine)
        rows = engine.materialise(rows.anti_join(mine, "customer_id"))
    rest = rows.filter(rows[FREE] > 0).select("customer_id", resource=ibis.literal(FREE))
    return ibis.union(rest, *picked, distinct=False) if picked else rest
