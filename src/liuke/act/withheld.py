"""The global hold-out 全局对照组: customers from whom every retention treatment is withheld, by whatever way it came.

Arbitration by value has it among its own fates; care calls by score, trigger rules and campaigns ask here. Who is
withheld stands in no source's own experiment: neither of its arms loses anybody to the other. Duties reach everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.holdout import draw, drawn
from liuke.act.loop_policy import LoopPolicy


@dataclass(frozen=True, slots=True)
class Withheld:
    """How the global hold-out is drawn (levers.yaml): customers whose draw lies below `share` get nothing, but `duties`
    (themes).
    """

    experiment: str
    share: float
    salt: str
    duties: tuple[str, ...] = ()

    def draw_of(self, customer_id: str, theme: str) -> float | None:
        """The customer's draw where the theme is withheld from him, else None."""
        if theme in self.duties or not self.share:
            return None
        value = draw(customer_id, self.experiment, self.salt)
        return value if value < self.share else None

    def among(self, rows: ir.Table) -> ir.Table:
        """customer_id, global_draw of those of `rows` (customer_id) who are withheld, each once."""
        who = rows.select("customer_id").distinct()
        if not self.share:
            return who.mutate(global_draw=ibis.literal(1.0)).filter(ibis.literal(False))
        who = who.mutate(global_draw=drawn(who.customer_id, self.experiment, self.salt))
        return who.filter(who.global_draw < self.share)


NOBODY = Withheld("global", 0.0, "")
"""No global hold-out."""


def withheld_of(levers: LeverPolicy, loop: LoopPolicy) -> Withheld:
    """The bank's, from its two policies."""
    held = levers.global_holdout
    return Withheld(held.experiment, held.share, levers.salt or loop.salt, levers.duties)
