"""The global hold-out 全局对照组: customers from whom every retention treatment is withheld, by whatever way it came.

Arbitration by value, care calls by score, trigger rules and campaigns all ask here. Who is withheld stands in no
source's own experiment: neither of its arms loses anybody to the other. Duties reach everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.act.holdout import draw, drawn


@dataclass(frozen=True, slots=True)
class Withheld:
    """How the global hold-out is drawn (LeverPolicy.withheld): customers whose draw lies below `share` get nothing, but
    `duties` (themes).
    """

    experiment: str
    share: float
    salt: str
    duties: tuple[str, ...] = ()

    def draw_of(self, customer_id: str, theme: str | None = None) -> float | None:
        """The customer's draw where the theme is withheld from him, else None. theme None: any that is no duty."""
        if theme in self.duties or not self.share:
            return None
        value = draw(customer_id, self.experiment, self.salt)
        return value if value < self.share else None

    def drawn(self, customer_id: ir.StringValue) -> ir.FloatingValue:
        """The draw of every customer, withheld or not; null where there is no global hold-out."""
        return drawn(customer_id, self.experiment, self.salt) if self.share else ibis.null("float64")

    def among(self, rows: ir.Table, theme: str | None = None) -> ir.Table:
        """customer_id, global_draw of those of `rows` (customer_id) withheld from, each once. theme: as `draw_of`."""
        who = rows.select("customer_id").distinct()
        who = who.mutate(global_draw=self.drawn(who.customer_id))
        return who.filter(who.global_draw < (0.0 if theme in self.duties else self.share))


NOBODY = Withheld("global", 0.0, "")
"""No global hold-out."""
