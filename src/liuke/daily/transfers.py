"""Transfers planned in the console, carried into the lake as assignments, so that customers have their new RM there."""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from liuke.act.holdout import drawn
from liuke.act.routing.staffing import SALT, Move, split_name
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.lake import Lake, known
from liuke.state.models import Transfer
from liuke.state.models.people import WITHDRAWN
from liuke.state.staffing import move_of
from liuke.tables import ASSIGNMENT

SOURCE = "transfer"


def carry_transfers(lake: Lake, engine: Engine, as_of: AsOf) -> int:
    """Appends the assignments of transfers in force on the as-of day that the lake lacks; returns how many rows.

    Each transfer is one commit, so a day run twice, or two days late, brings it once.
    """
    due = Transfer.objects.exclude(state=WITHDRAWN).filter(effective_on__lte=as_of.day).order_by("effective_on", "id")
    carried = 0
    for row in due:
        commit = f"{SOURCE}:{row.pk}"
        if lake.committed(ASSIGNMENT, commit):
            continue
        data = engine.arrow(moved(known(lake.scan(engine, ASSIGNMENT), ASSIGNMENT, as_of), move_of(row), as_of))
        if data.num_rows and lake.append(ASSIGNMENT, data.cast(ASSIGNMENT.arrow), commit_id=commit):
            carried += data.num_rows
    return carried


def moved(terms: ir.Table, move: Move, as_of: AsOf) -> ir.Table:
    """What the move changes: the giver's term ends the day before, the receiver's begins on the day.

    terms: ASSIGNMENT as known. Customers are spread as `receiver_of` says.

        customer_id  staff_id  role   since       until
        C1           S1        owner  2020-01-01  -
        becomes
        C1           S1        owner  2020-01-01  2026-11-30
        C1           S2        owner  2026-12-01  -
    """
    day = ibis.literal(move.effective_on)
    mine = terms.filter(
        terms.staff_id == move.giver_id,
        terms.role == "owner",
        terms.since <= day,
        terms["until"].isnull() | (terms["until"] >= day),
    )
    if move.customers:
        mine = mine.filter(mine.customer_id.isin(sorted(move.customers)))
    ended = mine.mutate(until=ibis.literal(move.effective_on - timedelta(days=1)))
    begun = mine.mutate(staff_id=_receiver(mine, move), since=day, until=ibis.null("date"))
    both = ended.select(*ASSIGNMENT.names).union(begun.select(*ASSIGNMENT.names))
    return _from_here(both, move, as_of).select(*ASSIGNMENT.names)


def _receiver(mine: ir.Table, move: Move) -> ir.StringValue:
    share = drawn(mine.customer_id, split_name(move.number), SALT) * float(len(move.receivers))
    places = [(share < n + 1, staff_id) for n, staff_id in enumerate(move.receivers[:-1])]
    return ibis.cases(*places, else_=move.receivers[-1]) if places else ibis.literal(move.receivers[0])


def _from_here(rows: ir.Table, move: Move, as_of: AsOf) -> ir.Table:
    return rows.mutate(
        source=ibis.literal(SOURCE),
        batch_id=ibis.literal(str(move.number)),
        line=ibis.literal(0, "int64"),
        ingested_at=ibis.literal(as_of.known_by).cast("timestamp('UTC')"),
    )
