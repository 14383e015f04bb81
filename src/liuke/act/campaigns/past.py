"""What campaigns have done so far, from the decisions: who entered when, and what was used of the budgets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.act.campaigns.catalogue import Campaign, experiment_of, treatment_of
from liuke.act.campaigns.cutting import Used
from liuke.engine import Engine

_PREFIX = experiment_of("")


def entered(decisions: ir.Table, campaigns: Mapping[str, Campaign]) -> ir.Table:
    """campaign, customer_id, last_on: the newest data day on which the customer entered, hold-outs included."""
    rows = of_campaigns(decisions, campaigns)
    last = rows.group_by("experiment", "customer_id").aggregate(last_on=rows.as_of.max())
    return last.select("customer_id", "last_on", campaign=last.experiment.substr(len(_PREFIX)))


def used(engine: Engine, decisions: ir.Table, campaigns: Mapping[str, Campaign], day: date) -> dict[str, Used]:
    """What each campaign has used, at the prices of now; `today` is the data day. An arm that is gone: the dearest."""
    rows = of_campaigns(decisions, campaigns).filter(decisions.arm == "treated")
    counts = rows.group_by("experiment", "treatment").aggregate(n=rows.count(), today=(rows.as_of == day).sum())
    cost = {treatment_of(c.code, arm.code): arm.cost_cents for c in campaigns.values() for arm in c.arms}
    found = dict.fromkeys(campaigns, Used())
    for row in engine.arrow(counts).to_pylist():
        code = row["experiment"].removeprefix(_PREFIX)
        before = found[code]
        cents = row["n"] * cost.get(row["treatment"], campaigns[code].dearest_cents)
        found[code] = Used(before.messages + row["n"], before.cents + cents, before.today + int(row["today"]))
    return found


def of_campaigns(decisions: ir.Table, campaigns: Collection[str]) -> ir.Table:
    """DECISION rows of the experiments of these campaigns, by code."""
    wanted = [experiment_of(code) for code in campaigns]
    return decisions.filter(decisions.experiment.isin(wanted) if wanted else ibis.literal(False))
