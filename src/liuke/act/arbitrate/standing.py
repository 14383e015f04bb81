"""Where each customer stands before anything is weighed: held out from everything, decided by a person, drawn, or best.

Every draw is a salted hash of the customer's number (act/holdout.py), so an auditor repeats it from the stored row: the
global hold-out by its experiment's name, exploration by 'explore:' and the day.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.holdout import drawn


def explore_name(day: date) -> str:
    """The draw of exploration has this name: another one each day."""
    return f"explore:{day.isoformat()}"


def points(rows: ir.Table) -> ir.Table:
    """What a customer's competing candidates bring at best: customer_id, resource, effort, best.

    rows: of `valued`. One row per customer and way to spend, however many offers there are.
    """
    competing = rows.filter(rows.stop.isnull())
    return competing.group_by("customer_id", "resource", "effort").aggregate(best=competing.eiv.max())


def standing(found: ir.Table, people: ir.Table, desks: ir.Table, policy: LeverPolicy, day: date, salt: str) -> ir.Table:
    """Every customer with a competing candidate, once.

    found: of `points`. people: customer_id, desk (null: none), automated_off. desks: desk, capacity.

        customer_id  desk   capacity  stand    global_draw  explore_draw  explore_share
        C1           S:S01  20        best     0.41         0.77          0.02
        C2           S:S01  20        explore  0.93         0.01          0.02
        C3           S:S02  20        global   0.004        0.5           0.02
        C4           -      0         human    0.77         0.3           0.02

    explore_share: what share of the customers with his desk are drawn; known before anybody is drawn.
    """
    held = policy.withheld(salt)
    reach = found.filter(found.best >= policy.exploration.worst)
    most = reach.group_by("customer_id").aggregate(most=reach.effort.max())
    who = found.select("customer_id").distinct()
    rows = who.left_join(people, "customer_id").select("customer_id", "desk", off=people.automated_off.fill_null(False))
    rows = rows.left_join(most, "customer_id").select(*[rows[n] for n in rows.columns], most=most.most.fill_null(0))
    rows = rows.left_join(desks, "desk").select(
        *[rows[n] for n in rows.columns], capacity=desks.capacity.fill_null(0).cast("int64")
    )
    rows = rows.mutate(global_draw=held.drawn(rows.customer_id), explore_draw=_explore(rows, policy, day, salt))
    withheld = (rows.global_draw < held.share).fill_null(False)
    rows = rows.mutate(kept=ibis.cases((withheld, "global"), (rows.off, "human"), else_="best"))
    rows = rows.mutate(explore_share=_share(rows, policy))
    drawn_today = (rows.kept == "best") & (rows.explore_draw < rows.explore_share).fill_null(False)
    return rows.select(
        "customer_id", "desk", "capacity", "global_draw", "explore_draw", "explore_share",
        stand=ibis.ifelse(drawn_today, "explore", rows.kept),
    )  # fmt: skip


def _explore(rows: ir.Table, policy: LeverPolicy, day: date, salt: str) -> ir.FloatingValue:
    return drawn(rows.customer_id, explore_name(day), salt) if policy.exploration.share > 0 else ibis.null("float64")


def _share(rows: ir.Table, policy: LeverPolicy) -> ir.FloatingValue:
    """The policy's share; less at desks where drawn orders could take more than their part of the places.

    Counted as if every drawn customer took his most costly option, so that it does not depend on any draw.
    """
    rule = policy.exploration
    window = ibis.window(group_by="desk")
    wanted = ibis.ifelse(rows.kept == "best", rows.most, 0).sum().over(window).cast("float64")
    room = rule.most_of_capacity * rows.capacity.cast("float64") / wanted.nullif(0.0)
    return ibis.ifelse(rows.most > 0, ibis.least(rule.share, room.fill_null(rule.share)), rule.share)
