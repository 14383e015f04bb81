"""为何没有联系: what became of a customer's candidates, which gate stops how many, who is under-served.

All of it reads CANDIDATE_FATE, what the daily run wrote down; nothing is decided again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.act.gates.chain import CHAIN
from liuke.engine import Engine
from liuke.govern.access import Scope, scoped


@dataclass(frozen=True, slots=True)
class RuleStop:
    """How many a rule stops on a day. candidates, customers: for whom it is the first to stop. alone: candidates that
    no other rule stops, so that loosening it would let them pass; customers_alone: the people behind those.
    """

    gate: str
    rule: str
    candidates: int
    customers: int
    alone: int
    customers_alone: int


def fates_of(fates: ir.Table, customer_id: str | ir.StringValue, since: date | None = None) -> ir.Table:
    """The rows of one customer, newest day first, then by treatment and channel."""
    mine = fates.filter(fates.customer_id == customer_id)
    if since:
        mine = mine.filter(mine.as_of >= ibis.literal(since))
    return mine.order_by(ibis.desc("as_of"), "treatment", "channel")


def rule_stops(engine: Engine, fates: ir.Table, day: date, treatment: str | None = None) -> tuple[RuleStop, ...]:
    """Every rule that stops somebody on the day, in the order of the gates, the largest first within a gate."""
    rows = fates.filter(fates.as_of == ibis.literal(day), fates.gate.notnull())
    if treatment:
        rows = rows.filter(rows.treatment == treatment)
    # Which condition of an offer was not met is told as the fact of its gate; elsewhere facts differ by customer.
    named = rows.gate.isin(["eligibility", "applicability", "wording"])
    rows = rows.mutate(what=ibis.ifelse(named, rows.fact.fill_null(rows.rule), rows.rule))
    alone = rows.stops == 1
    counted = rows.group_by("gate", "what").aggregate(
        candidates=rows.count(),
        customers=rows.customer_id.nunique(),
        alone=rows.count(where=alone),
        customers_alone=rows.customer_id.nunique(where=alone),
    )
    found = [
        RuleStop(r["gate"], r["what"], r["candidates"], r["customers"], r["alone"], r["customers_alone"])
        for r in engine.arrow(counted).to_pylist()
    ]
    order = list(CHAIN)
    return tuple(sorted(found, key=lambda s: (order.index(s.gate), -s.candidates, s.rule)))


def fate_counts(engine: Engine, fates: ir.Table, day: date) -> dict[str, int]:
    """Candidates of the day by fate."""
    rows = fates.filter(fates.as_of == ibis.literal(day))
    found = engine.arrow(rows.group_by("fate").aggregate(n=lambda t: t.count())).to_pylist()
    return {row["fate"]: row["n"] for row in sorted(found, key=lambda r: (-r["n"], r["fate"]))}


def under_served(
    snapshot: ir.Table, contacts: ir.Table, fates: ir.Table, day: date, *, days: int = 90, scope: Scope | None = None
) -> ir.Table:
    """Warned customers whom nobody reached or tried to reach in so many days, the most at stake first.

        customer_id branch_id staff_id tier score aum last_contact_on fate gate rule fact may_change_on

    snapshot: CUSTOMER_SNAPSHOT rows. contacts: CONTACT rows known. fates: the care call's of `day`; null where nobody
    thought of one. scope: whose customers only.
    """
    warned = snapshot.filter(snapshot.tier != "none")
    if scope is not None:
        warned = scoped(warned, scope)
    last = contacts.filter(contacts.business_date <= ibis.literal(day))
    last = last.group_by("customer_id").aggregate(last_contact_on=last.business_date.max())
    joined = warned.left_join(last, "customer_id").drop("customer_id_right")
    recent = joined.last_contact_on > ibis.literal(day - timedelta(days=days))
    lonely = joined.filter(~recent.fill_null(False))
    care = fates.filter(fates.as_of == ibis.literal(day), fates.source == "churn")
    told = care.select("customer_id", "fate", "gate", "rule", "fact", "may_change_on")
    rows = lonely.left_join(told, "customer_id").drop("customer_id_right")
    return rows.select(
        "customer_id", "branch_id", "staff_id", "tier", "score", "aum", "last_contact_on", "fate", "gate", "rule",
        "fact", "may_change_on",
    ).order_by(ibis.desc(rows.score * (1 + rows.aum.cast("float64")).ln()), "customer_id")  # fmt: skip
