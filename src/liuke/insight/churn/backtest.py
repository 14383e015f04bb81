"""How good the warnings would have been: past days' warned customers against what then happened to them.

Sums come from the engine (one histogram of lead days per past day); ratios are formed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.churn.labels import labels
from liuke.insight.churn.signals import SIGNALS, signals_for
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.insight.facts import LOOK_BACK_DAYS
from liuke.insight.known import SHANGHAI, bank_tables
from liuke.lake import Lake
from liuke.tables import BALANCE_DAILY, TRANSACTION

TIERS = ("red", "orange", "yellow")
GROUPS = (*SIGNALS, *TIERS, "any")
"""What is scored: each signal that speaks, each tier, and any tier at all."""

Skip = Literal["too_early", "immature", "nobody_known"]


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One group of warned customer-days over all past days used.

    warned: customer-days warned; lost: of those, lost within the horizon. precision = lost / warned; recall =
    lost / all lost; lift = precision / base rate; None where the denominator is 0. median_lead_days: from the
    warning to the loss, over those lost.
    """

    group: str
    warned: int
    lost: int
    precision: float | None
    recall: float | None
    lift: float | None
    median_lead_days: float | None


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """The whole result. Counts are customer-days: a customer at risk on three past days counts three times.

    skipped: past days that were left out, with why: history before them too short, horizon not over yet, or
    nothing known at the time. dormant: customer-days with nothing to lose, left out.
    """

    horizon_days: int
    used: tuple[date, ...]
    skipped: tuple[tuple[date, Skip], ...]
    earliest_usable: date | None
    latest_usable: date | None
    at_risk: int
    dormant: int
    lost: int
    scores: tuple[GroupScore, ...]

    @property
    def base_rate(self) -> float | None:
        """Share of customer-days at risk that were lost within the horizon."""
        return _ratio(self.lost, self.at_risk)


def backtest(
    lake: Lake,
    engine: Engine,
    days: Sequence[date],
    policy: WarningPolicy,
    *,
    horizon_days: int,
    zone: ZoneInfo = SHANGHAI,
    known_by: datetime | None = None,
) -> BacktestReport:
    """Warns on each of `days` as the bank would have been warned, then looks `horizon_days` ahead.

    known_by: None tests what the platform knew on the morning after each day; a moment tests what was known
    by then about the days before, for a bank whose history was delivered late.
    """
    first, last = _span(lake, engine)
    earliest = first + timedelta(days=LOOK_BACK_DAYS) if first else None
    latest = last - timedelta(days=horizon_days) if last else None
    skipped: list[tuple[date, Skip]] = []
    wanted = []
    for day in days:
        if earliest is None or day < earliest:
            skipped.append((day, "too_early"))
        elif latest is None or day > latest:
            skipped.append((day, "immature"))
        else:
            wanted.append(_moment(day, zone, known_by))
    tally = _Tally(Counter(), {})
    used = []
    for as_of, _, made in signals_for(lake, engine, wanted, policy, zone):
        later = bank_tables(lake, engine, _moment(as_of.day + timedelta(days=horizon_days), zone, known_by), zone)
        rows = engine.arrow(_histogram(made, labels(made, later, policy.loss))).to_pylist()
        if rows:
            used.append(as_of.day)
            tally.add(rows)
        else:
            skipped.append((as_of.day, "nobody_known"))
    return _report(tally, horizon_days, tuple(used), tuple(sorted(skipped)), (earliest, latest))


@dataclass(frozen=True, slots=True)
class _Tally:
    people: Counter[str]
    leads: dict[str, Counter[int | None]]
    """Per group: customer-days by lead days; None is not lost."""

    def add(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self.people["dormant"] += row["dormant"]
            self.people["at_risk"] += row["at_risk"]
            self.people["lost"] += 0 if row["lead_days"] is None else row["at_risk"]
            for group in GROUPS:
                self.leads.setdefault(group, Counter())[row["lead_days"]] += row[group]


def _histogram(made: ir.Table, fates: ir.Table) -> ir.Table:
    """Customers by lead days (null: not lost): how many at risk, dormant, and warned in each group."""
    rows = made.inner_join(fates, "customer_id")
    warned = {name: rows[f"{name}_severity"] > 0 for name in SIGNALS}
    warned |= {tier: rows.tier == tier for tier in TIERS} | {"any": rows.tier != "none"}
    return rows.group_by("lead_days").aggregate(
        at_risk=rows.count(where=rows.at_risk),
        dormant=rows.count(where=~rows.at_risk),
        **{group: rows.count(where=flag & rows.at_risk) for group, flag in warned.items()},
    )


def _report(
    tally: _Tally,
    horizon_days: int,
    used: tuple[date, ...],
    skipped: tuple[tuple[date, Skip], ...],
    usable: tuple[date | None, date | None],
) -> BacktestReport:
    lost, at_risk = tally.people["lost"], tally.people["at_risk"]
    scores = tuple(_score(group, tally.leads.get(group, Counter()), lost, at_risk) for group in GROUPS)
    return BacktestReport(horizon_days, used, skipped, *usable, at_risk, tally.people["dormant"], lost, scores)


def _score(group: str, leads: Counter[int | None], all_lost: int, at_risk: int) -> GroupScore:
    warned = leads.total()
    found = {lead: count for lead, count in leads.items() if lead is not None}
    lost = sum(found.values())
    precision, base = _ratio(lost, warned), _ratio(all_lost, at_risk)
    lift = precision / base if precision is not None and base else None
    return GroupScore(group, warned, lost, precision, _ratio(lost, all_lost), lift, _median(found))


def _median(counts: dict[int, int]) -> float | None:
    """The median of values given with their counts; of an even number the mean of the middle two."""
    total, seen = sum(counts.values()), 0
    middle = ((total - 1) // 2, total // 2)
    found = []
    for value in sorted(counts):
        found += [value for place in middle if seen <= place < seen + counts[value]]
        seen += counts[value]
    return sum(found) / 2 if found else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _moment(day: date, zone: ZoneInfo, known_by: datetime | None) -> AsOf:
    return AsOf(day, known_by) if known_by else AsOf.end_of(day, zone)


def _span(lake: Lake, engine: Engine) -> tuple[date | None, date | None]:
    """First and last business day of the data; of transactions where there are any, else of balances."""
    for table in (TRANSACTION, BALANCE_DAILY):
        rows = lake.scan(engine, table)
        [span] = engine.arrow(rows.aggregate(first=rows.business_date.min(), last=rows.business_date.max())).to_pylist()
        if span["first"]:
            return span["first"], span["last"]
    return None, None
