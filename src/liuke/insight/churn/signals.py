"""The transparent signals: facts → severities → score → tier. Rules anybody can check by hand, no labels needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import OurBug
from liuke.insight.churn.warning_policy import (
    BalanceRule,
    ComplaintRule,
    FrequencyRule,
    Ramp,
    RecencyRule,
    WarningPolicy,
    read_warning_policy,
)
from liuke.insight.facts import PRIOR_DAYS, RECENT_DAYS, facts
from liuke.insight.known import SHANGHAI, BankTables, bank_tables
from liuke.lake import Lake
from liuke.tables import SIGNAL

SIGNALS = ("frequency", "balance", "complaint", "recency")
"""The signals' names; each has a column `<name>_severity` in SIGNAL."""


def signals(tables: BankTables, as_of: AsOf, policy: WarningPolicy) -> ir.Table:
    """SIGNAL rows, one per living customer, in SIGNAL's column order and types. Lazy: one query when it runs.

        customer_id  transactions_30  transactions_prior_90  aum  …  frequency_severity  score  tier
        C1           2                27                     …       0.69                0.41   orange

    tables: as of the same moment as `as_of`. The score ranks; it is no probability.
    """
    if tables.as_of != as_of:
        raise OurBug(f"tables are as of {tables.as_of.day}, the signals were asked for {as_of.day}")
    rows = facts(tables)
    rows = rows.mutate(
        frequency_severity=_frequency(rows, policy.frequency),
        balance_severity=_balance(rows, policy.balance),
        complaint_severity=_complaint(rows, policy.complaint),
        recency_severity=_recency(rows, policy.recency),
    )
    quiet = [1 - getattr(policy.weights, name) * rows[f"{name}_severity"] for name in SIGNALS]
    rows = rows.mutate(score=1 - reduce(lambda a, b: a * b, quiet))
    return rows.mutate(tier=_tier(rows, policy), probability=ibis.null("float64")).select(*SIGNAL.names)


def signals_for(
    lake: Lake, engine: Engine, moments: Iterable[AsOf], policy: WarningPolicy, zone: ZoneInfo = SHANGHAI
) -> Iterator[tuple[AsOf, BankTables, ir.Table]]:
    """The signals of many moments, each exactly as of its own, one materialised table at a time.

    The table is released when the next moment is asked for, so memory holds one day's signals only.
    """
    for as_of in moments:
        tables = bank_tables(lake, engine, as_of, zone)
        made = engine.materialise(signals(tables, as_of, policy))
        yield as_of, tables, made
        engine.release(made)


def _frequency(rows: ir.Table, rule: FrequencyRule) -> ir.FloatingColumn:
    mean = rows.transactions_prior_90.cast("float64") / (PRIOR_DAYS / RECENT_DAYS)
    gone = mean - rows.transactions_30
    # Both counts Poisson: variance of mean − recent is mean/3 + mean.
    speaks = (
        (mean > 0)
        & (mean >= rule.minimum_monthly_mean)
        & (gone > 0)
        & (gone * gone >= rule.minimum_surprise**2 * mean * 4 / 3)
    )
    return _when(speaks, _ramp(gone / mean.nullif(0), rule.fall))


def _balance(rows: ir.Table, rule: BalanceRule) -> ir.FloatingColumn:
    now, ago_30, ago_60, ago_90 = (rows[n].cast("float64") for n in ("aum", "aum_30", "aum_60", "aum_90"))
    falls = sum((a < b).cast("int64") for a, b in ((now, ago_30), (ago_30, ago_60), (ago_60, ago_90)))
    lasting = _when((now < ago_30) & (falls >= 2), _ramp(1 - now / ago_90.nullif(0), rule.lasting))
    sudden = _when(now < ago_30, _ramp(1 - now / ago_30.nullif(0), rule.sudden))
    return _when(_highest_aum(rows) >= rule.minimum_aum, ibis.greatest(lasting, sudden))


def _complaint(rows: ir.Table, rule: ComplaintRule) -> ir.FloatingColumn:
    rise = _ramp((rows.complaints_90 - rows.complaints_prior_90).cast("float64"), rule.rise)
    still_open = ibis.ifelse(rows.complaints_open > 0, rule.open_adds, 0.0)
    return ibis.least(rise + still_open, 1.0).cast("float64")


def _recency(rows: ir.Table, rule: RecencyRule) -> ir.FloatingColumn:
    busy = rows.transactions_prior_90 >= rule.minimum_monthly_mean * PRIOR_DAYS / RECENT_DAYS
    silence = rows.days_since_active.cast("float64") / rows.usual_gap_days
    return _when(busy & (rows.days_since_active >= rule.minimum_days), _ramp(silence, rule.gaps))


def _tier(rows: ir.Table, policy: WarningPolicy) -> ir.StringColumn:
    def met(name: str) -> ir.BooleanValue:
        rule = getattr(policy, name)
        return (rows.score >= rule.minimum_score) & (_highest_aum(rows) >= rule.minimum_aum)

    return ibis.cases(*[(met(name), name) for name in ("red", "orange", "yellow")], else_="none")


def _highest_aum(rows: ir.Table) -> ir.DecimalColumn:
    return ibis.greatest(rows.aum, rows.aum_30, rows.aum_60, rows.aum_90)


def _ramp(value: ir.FloatingValue, ramp: Ramp) -> ir.FloatingValue:
    slope = (1 - ramp.starts_with) / (ramp.full_at - ramp.warn_at)
    rising = ibis.least(ramp.starts_with + (value - ramp.warn_at) * slope, 1.0)
    return ibis.ifelse((value >= ramp.warn_at).fill_null(False), rising, 0.0)


def _when(speaks: ir.BooleanValue, severity: ir.FloatingValue) -> ir.FloatingColumn:
    return ibis.ifelse(speaks.fill_null(False), severity.fill_null(0.0), 0.0).cast("float64")


__all__ = ["SIGNALS", "WarningPolicy", "read_warning_policy", "signals", "signals_for"]
