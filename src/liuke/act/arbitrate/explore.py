"""A few customers whose treatment is drawn among what passed, so that the effect of each can be learned.

Among a customer's K best candidates and doing nothing each has the chance 1/(K+1); it is stored with the draw, so that
averages weighted by its inverse are without bias (Horvitz & Thompson, JASA 47, 1952; for logged decisions Li, Chu,
Langford & Schapire, WWW 2010). The one draw serves twice: below the share the customer is drawn, and the draw divided
by the share, again uniform from 0 to 1, tells which candidate.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.ties import tie
from liuke.act.arbitrate.value import IDENTITY


def options(rows: ir.Table, stand: ir.Table, policy: LeverPolicy, salt: str) -> ir.Table:
    """What a drawn customer may get: one row per option other than doing nothing.

    rows: of `valued`; stand: of `standing`. Adds place (1 … K, by IDENTITY), picked (0: nothing),
    and draw_probability = 1/(K+1).
    """
    who = stand.filter(stand.stand == "explore")
    worthy = rows.filter(rows.stop.isnull(), rows.eiv >= policy.exploration.worst)
    joined = worthy.inner_join(who, "customer_id").select(
        "customer_id", *IDENTITY, "eiv", "effort", "resource", "experiment", "holdout_share", "desk", "capacity",
        "explore_draw", "explore_share",
    )  # fmt: skip
    best = ibis.window(group_by="customer_id", order_by=[ibis.desc("eiv"), ibis.asc("tie"), *IDENTITY])
    joined = joined.mutate(tie=tie(joined, salt))
    joined = joined.mutate(rank=ibis.row_number().over(best))
    joined = joined.filter(joined["rank"] < policy.exploration.among)
    named = ibis.window(group_by="customer_id", order_by=list(IDENTITY))
    whole = ibis.window(group_by="customer_id")
    joined = joined.mutate(place=ibis.row_number().over(named) + 1, many=joined.customer_id.count().over(whole))
    spot = (joined.explore_draw / joined.explore_share * (joined.many + 1)).floor().cast("int64")
    return joined.mutate(
        picked=ibis.least(spot, joined.many), draw_probability=1.0 / (joined.many + 1).cast("float64")
    ).drop("tie", "rank", "many")


def served(drawn_options: ir.Table, budgets: dict[str, int]) -> ir.Table:
    """The options that were drawn, with `fits`: whether the desk or channel still had room, in the order of the draws.

    The shares are set so that room is seldom wanting; whom it does not reach is not served, whatever he is worth.
    """
    mine = drawn_options.filter(drawn_options.place == drawn_options.picked)
    limits = [(mine.resource == name, many) for name, many in sorted(budgets.items())]
    room = ibis.cases((mine.resource == "desk", mine.capacity), *limits, else_=ibis.null("int64"))
    mine = mine.mutate(room=room, key=ibis.ifelse(mine.resource == "desk", mine.desk.fill_null(""), ""),
                       spends=ibis.ifelse(mine.resource == "desk", mine.effort, 1))  # fmt: skip
    order = ibis.cumulative_window(group_by=["resource", "key"], order_by=["explore_draw", "customer_id"])
    used = mine.spends.sum().over(order)
    return mine.mutate(fits=(used <= mine.room).fill_null(True)).drop("room", "key", "spends")
