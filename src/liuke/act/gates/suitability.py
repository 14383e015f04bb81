"""Gate 适当性: a product's risk level may not be above the customer's class, and the assessment must still count."""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop, day_text, is_true, later


def suitability(row: ir.Table, policy: ContactPolicy, moment: Moment) -> Iterator[Stop]:
    """Candidates with a risk level only: R1 to R5 against C1 to C5, assessed less than `suitability_valid_days` ago."""
    risky, of_customer, assessed = row.offered_risk.notnull(), row.risk_class, row.risk_assessed_on
    yield Stop("not_assessed", risky & (of_customer.isnull() | assessed.isnull()))
    expired = is_true(moment.day.delta(assessed, unit="day") >= policy.suitability_valid_days)
    yield Stop("assessment_expired", risky & expired, day_text(later(assessed, policy.suitability_valid_days)))
    levels = "R" + row.offered_risk.cast("string") + ">C" + of_customer.cast("string")
    yield Stop("too_risky", is_true(row.offered_risk > of_customer), levels)
