"""Equal values are put in an order that nobody chose: by salted hash, then by name."""

from __future__ import annotations

import ibis.expr.types as ir

from liuke.act.holdout import drawn


def tie(rows: ir.Table, salt: str) -> ir.FloatingValue:
    """Of candidates: the draw of the customer under 'tie:' and the candidate's treatment, source and source_id."""
    return drawn(rows.customer_id, "tie:" + rows.treatment + ":" + rows.source + ":" + rows.source_id, salt)


def turn(rows: ir.Table, salt: str) -> ir.FloatingValue:
    """Of customers who are worth the same to a desk or channel: the draw under 'turn'."""
    return drawn(rows.customer_id, "turn", salt)
