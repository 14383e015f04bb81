"""Equal values are put in an order that nobody chose: by salted hash, then by name."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.value import IDENTITY
from liuke.act.holdout import drawn


def tie(rows: ir.Table, salt: str) -> ir.FloatingValue:
    """Of candidates: the draw of the customer under 'tie' and the candidate's IDENTITY, with ':' between."""
    name = ibis.literal("tie")
    for column in IDENTITY:
        name = name + ":" + rows[column]
    return drawn(rows.customer_id, name, salt)


def turn(rows: ir.Table, salt: str) -> ir.FloatingValue:
    """Of customers who are worth the same to a desk or channel: the draw under 'turn'."""
    return drawn(rows.customer_id, "turn", salt)
