"""What messages of campaigns tell of a customer that not every customer has."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.insight.known import BankTables
from liuke.insight.snapshot import owners


def message_facts(tables: BankTables) -> ir.Table:
    """customer_id and the facts of `fillable.OF_SOME`, null where there is none; who has neither may be absent.

        customer_id  staff_phone   matures_on
        C1           025-55550101  2026-07-03     telephone of the own RM; next day on which a holding falls due

    A holding that ended, or falls due on the as-of day or before, is none to tell of.
    """
    day = ibis.literal(tables.as_of.day)
    staff = tables.staff.select("staff_id", staff_phone=tables.staff.phone)
    mine = owners(tables).inner_join(staff, "staff_id").select("customer_id", "staff_phone")
    held = tables.holding
    ahead = held.filter(held.matures_on > day, held.ended_on.isnull() | (held.ended_on > day))
    due = ahead.group_by("customer_id").aggregate(matures_on=ahead.matures_on.min())
    both = mine.outer_join(due, "customer_id")
    who = ibis.coalesce(both.customer_id, both.customer_id_right)
    return both.select("staff_phone", "matures_on", customer_id=who)
