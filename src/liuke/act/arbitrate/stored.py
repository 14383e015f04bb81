"""Fates as the lake keeps them."""

from __future__ import annotations

from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from liuke.tables import CANDIDATE_FATE


def fate_rows(fates: ir.Table, people: ir.Table, day: date, decided_at: datetime, policy_version: str) -> ir.Table:
    """CANDIDATE_FATE rows of `Arbitrated.fates`; columns that nobody brought (rule, fact, offer_version …) are null.

    people: customer_id, desk. decided_at: aware moment of the run.
    """
    desks = people.select("customer_id", at_desk="desk")
    joined = fates.left_join(desks, "customer_id")
    rows = joined.select(*[joined[n] for n in fates.columns if n != "desk"], desk=joined.at_desk)
    if "stops" not in rows.columns:
        rows = rows.mutate(stops=rows.gate.notnull().cast("int64"))
    wanted = ibis.schema(CANDIDATE_FATE.arrow)
    fixed = {
        "as_of": ibis.literal(day), "decided_at": ibis.literal(decided_at),
        "policy_version": ibis.literal(policy_version),
    }  # fmt: skip
    made: dict[str, ir.Value] = {}
    for name in CANDIDATE_FATE.names:
        kind = wanted[name].copy(nullable=True)
        value = fixed.get(name, rows[name] if name in rows.columns else ibis.null(kind))
        made[name] = value.cast(kind)
    return rows.select(**made)
