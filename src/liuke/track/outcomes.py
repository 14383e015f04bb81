"""What became of the decided customers, by the bank's definition and from the lake, never from opinion."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.clock import AsOf
from liuke.insight.known import BankTables
from liuke.track.measure import days_after, measured
from liuke.yaml_file import Document, load_yaml

_REPORTED_WINDOW = 30  # the window of OUTCOME.transactions_30


class Staying(Protocol):
    """When a customer counts as retained, wherever it is said: OutcomePolicy, outcome_definitions.Retained."""

    @property
    def keep_share(self) -> float:
        """Share of the AUM at decision that must still be there."""

    @property
    def activity_window_days(self) -> int:
        """Days before the horizon in which transactions count."""

    @property
    def activity_minimum(self) -> int:
        """Transactions of the customer's own in those days; 0 asks for none."""


class OutcomePolicy(Document):
    """`policies/outcome.yaml`: when a customer counts as retained. A missing file means these defaults.

    horizons: days after the decision's as-of day at which outcomes are measured; primary: the one of the
    headline. keep_share: share of the AUM at decision that must still be there. activity_window_days,
    activity_minimum: so many customer-initiated transactions in so many last days; 0 asks for none.
    """

    horizons: tuple[int, ...] = Field((30, 60, 90), min_length=1)
    primary: int = 30
    keep_share: float = Field(0.5, ge=0, le=1)
    activity_window_days: int = Field(30, ge=1, le=366)
    activity_minimum: int = Field(1, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(h < 1 for h in self.horizons) or len(set(self.horizons)) < len(self.horizons):
            raise ValueError("horizons must be different whole numbers of days, 1 or more")
        if self.primary not in self.horizons:
            raise ValueError(f"primary {self.primary} is not one of horizons {list(self.horizons)}")
        return self


def read_outcome_policy(path: Path) -> OutcomePolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, OutcomePolicy) if path.is_file() else OutcomePolicy()


def outcomes(decisions: ir.Table, tables: BankTables, policy: OutcomePolicy, as_of: AsOf) -> ir.Table:
    """OUTCOME rows of every decision and horizon matured by `as_of.day`, measured on the maturity day.

    decisions: DECISION rows. tables: insight.known.bank_tables as of `as_of`. Immature ones have no row: they are
    not failures, they are not known yet (`effect` counts them).

    retained = not closed on the maturity day AND AUM then ≥ keep_share × AUM at decision AND enough activity.
    aum_kept_share = AUM then / AUM at decision, at most 1; 1 when there was none at decision, for nothing can
    have been lost.
    """
    points = ibis.union(*(_points(decisions, horizon) for horizon in policy.horizons))
    ripe = points.filter(points.matured_on <= ibis.literal(as_of.day))
    windows = tuple(sorted({policy.activity_window_days, _REPORTED_WINDOW}))
    stood = measured(ripe.mutate(on_day=ripe.matured_on), tables, windows)
    return stood.select(
        "loop_id",
        "customer_id",
        "horizon_days",
        "matured_on",
        retained=retained(stood, policy),
        aum=stood.aum,
        aum_kept_share=kept_share(stood.aum, stood.aum_at_decision),
        transactions_30=stood[f"active_{_REPORTED_WINDOW}"].cast("int64"),
    )


def new_outcomes(
    decisions: ir.Table, existing: ir.Table, tables: BankTables, policy: OutcomePolicy, as_of: AsOf
) -> ir.Table:
    """The rows of `outcomes` that OUTCOME does not have yet: what a daily run appends.

    An outcome is measured once, by the first run on or after its maturity day.
    """
    # Decisions with every ripe horizon measured are dropped first, so that a daily run reads the balances of
    # few customers, not of everybody ever decided.
    missing = ibis.union(*(_unmeasured(decisions, existing, h, as_of) for h in policy.horizons)).distinct()
    rows = outcomes(decisions.semi_join(missing, "loop_id"), tables, policy, as_of)
    return rows.anti_join(existing.select("loop_id", "horizon_days"), ["loop_id", "horizon_days"])


def kept_share(aum: ir.DecimalValue, at_decision: ir.DecimalValue) -> ir.FloatingValue:
    """AUM now / AUM at decision as a float in [0, 1]; 1 when there was none at decision."""
    before = at_decision.cast("float64")
    share = aum.cast("float64") / before.nullif(0.0)
    return ibis.ifelse(before > 0, ibis.least(share, ibis.literal(1.0)), 1.0)


def stayed(rows: ir.Table, rule: Staying) -> ir.BooleanValue:
    """Not closed, and enough of the AUM at decision still there (columns closed, aum, aum_at_decision)."""
    enough = rows.aum.cast("float64") >= rows.aum_at_decision.cast("float64") * rule.keep_share
    return ~rows.closed & enough


def retained(rows: ir.Table, rule: Staying) -> ir.BooleanValue:
    """Stayed, and made enough transactions in the last days (column active_<window>, besides those of `stayed`)."""
    return stayed(rows, rule) & (rows[f"active_{rule.activity_window_days}"] >= rule.activity_minimum)


def _points(decisions: ir.Table, horizon: int) -> ir.Table:
    return decisions.select(
        "loop_id",
        "customer_id",
        horizon_days=ibis.literal(horizon, "int64"),
        matured_on=days_after(decisions.as_of, horizon),
        aum_at_decision=decisions.aum,
    )


def _unmeasured(decisions: ir.Table, existing: ir.Table, horizon: int, as_of: AsOf) -> ir.Table:
    ripe = decisions.filter(days_after(decisions.as_of, horizon) <= ibis.literal(as_of.day)).select("loop_id")
    return ripe.anti_join(existing.filter(existing.horizon_days == horizon).select("loop_id"), "loop_id")
