"""How many customers each campaign has decided about so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import ibis.expr.types as ir

from liuke.act.campaigns.catalogue import Campaign, experiment_of
from liuke.act.campaigns.past import of_campaigns, used
from liuke.engine import Engine


@dataclass(frozen=True, slots=True)
class CampaignReach:
    """entered: customers decided about, held_out of them; last_on: data day of the newest. cents: spent, at the prices
    of now.
    """

    entered: int = 0
    held_out: int = 0
    last_on: date | None = None
    cents: int = 0

    @property
    def spent(self) -> Decimal:
        """In the bank's currency."""
        return Decimal(self.cents) / 100


def reach(
    engine: Engine, decisions: ir.Table, campaigns: Mapping[str, Campaign], day: date
) -> dict[str, CampaignReach]:
    """By code; decisions: DECISION rows, of the person's scope. day: data day of the last run."""
    codes = {experiment_of(code): code for code in campaigns}
    mine = of_campaigns(decisions, campaigns)
    sums = mine.group_by("experiment").aggregate(
        entered=mine.count(), held_out=(mine.arm == "holdout").sum(), last_on=mine.as_of.max()
    )
    spent = used(engine, decisions, campaigns, day)
    found = {codes[row["experiment"]]: row for row in engine.arrow(sums).to_pylist()}
    return {
        code: CampaignReach(
            found[code]["entered"], int(found[code]["held_out"]), found[code]["last_on"], spent[code].cents
        )
        if code in found
        else CampaignReach()
        for code in campaigns
    }


def entered_by_day(
    engine: Engine, decisions: ir.Table, campaigns: Mapping[str, Campaign]
) -> dict[tuple[str, date], int]:
    """Customers who entered, hold-outs included, by campaign and data day."""
    codes = {experiment_of(code): code for code in campaigns}
    mine = of_campaigns(decisions, campaigns)
    counts = mine.group_by("experiment", "as_of").aggregate(n=mine.count())
    return {(codes[row["experiment"]], row["as_of"]): row["n"] for row in engine.arrow(counts).to_pylist()}
