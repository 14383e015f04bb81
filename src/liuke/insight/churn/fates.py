"""Labels for learning: who of the customers of many past days was lost by the bank's definition, and when.

What customers were on the as-of day D (`standing`) and what became of them (`fates`) come from the same steps, so
that a customer is at risk by the same rule when the model learns and when it scores. Nothing here is a feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.errors import OurBug
from liuke.insight.churn.aum_spells import aum_spells, days_within
from liuke.insight.churn.definition import (
    AUM_MEAN_DAYS,
    HABIT_DAYS,
    ChurnDefinition,
    Loss,
    SilentActivity,
    SilentBalance,
    TierDowngrade,
)
from liuke.insight.churn.losses import balance_marks, can_suffer, lost_on, money_sums, tally
from liuke.insight.facts import is_open_on
from liuke.insight.known import BankTables

KEY = ("as_of", "customer_id")


def standing(engine: Engine, tables: BankTables, days: Sequence[date], definition: ChurnDefinition) -> ir.Table:
    """What each living customer was on each of `days`, and whether he is looked at: materialised.

        as_of       customer_id  at_risk  aum      aum_mean_90
        2026-03-31  C1           true     52000.0  61250.0

    tables: the bank as known now, reaching at least the last day. aum_mean_90: mean AUM over the 90 days up to D, or
    from the first known balance when that is later; 0 without balances. Only facts up to D enter.
    """
    made = _Steps(engine, tables, days, definition, outcomes=False).rows()
    return engine.materialise(made.select(*KEY, "at_risk", "aum", "aum_mean_90"))


def fates(engine: Engine, tables: BankTables, days: Sequence[date], definition: ChurnDefinition) -> ir.Table:
    """The fate of every living customer of each of `days`: materialised.

        as_of       customer_id  at_risk  too_soon  lost   lost_on     lead_days  loss            aum      aum_mean_90
        2026-03-31  C1           true     false     true   2026-05-02  32         silent_balance  52000.0  61250.0
        2026-03-31  C2           true     false     false  -           -          -               800.0    790.0

    tables: the bank as known now; its as-of day must not lie before the end of any label window, else OurBug: an
    immature day has no labels. lost: at risk and lost within (D + gap, D + gap + horizon]. too_soon: lost within the
    gap; such a row is neither lost nor kept and must be left out. loss: the kind that came first (of equal days the
    first of the definition). lead_days = lost_on − D.
    """
    immature = [day for day in days if definition.closes(day) > tables.as_of.day]
    if immature:
        raise OurBug(f"labels of {max(immature)} were asked for on {tables.as_of.day}, before their window closed")
    rows = _Steps(engine, tables, days, definition, outcomes=True).rows()
    rows = engine.layer(rows.mutate(**{f"{k}_on": day for k, day in lost_on(rows, definition).items()}))
    rows = engine.layer(rows.mutate(**{f"{k}_on": rows[f"{k}_on"].cast("date") for k in definition.kinds}))
    dates = {kind: rows[f"{kind}_on"] for kind in definition.kinds}
    first = ibis.least(*[d.fill_null(ibis.literal(date(9999, 12, 31))) for d in dates.values()])
    rows = engine.layer(rows.mutate(first=first))
    too_soon, within = rows["first"] < rows.window_starts, rows["first"] < rows.window_ends
    lost = rows.at_risk & within & ~too_soon
    never, nobody = ibis.null("date"), ibis.null("string")
    return engine.materialise(
        rows.select(
            *KEY,
            "at_risk",
            too_soon=too_soon,
            lost=lost,
            lost_on=ibis.ifelse(lost, rows["first"], never),
            lead_days=ibis.ifelse(lost, rows["first"].delta(rows.as_of, unit="day"), ibis.null("int64")),
            loss=ibis.cases(
                *[(lost & (rows[f"{k}_on"] == rows["first"]).fill_null(False), k) for k in definition.kinds],
                else_=nobody,
            ),
            aum="aum",
            aum_mean_90="aum_mean_90",
        )
    )


class _Steps:
    """The steps from tables to one row per (day, living customer)."""

    def __init__(
        self, engine: Engine, tables: BankTables, days: Sequence[date], definition: ChurnDefinition, *, outcomes: bool
    ) -> None:
        self.engine, self.tables, self.definition, self.outcomes = engine, tables, definition, outcomes
        self.first = min(days) - timedelta(days=definition.look_back_days)
        self.moments = engine.from_arrow(_calendar(days, definition, outcomes=outcomes))

    def rows(self) -> ir.Table:
        """Standing columns, at_risk, and with outcomes everything the losses are judged by."""
        rows = self._people()
        spells = self.engine.materialise(aum_spells(self.tables, self.first))
        spans = spells.cross_join(self.moments)
        spans = spans.filter(spans.since < spans.window_ends, spans.ends > spans.looked_from)
        money = self.engine.materialise(self._money(spans))
        rows = rows.left_join(money, KEY).drop("as_of_right", "customer_id_right")
        activity = self._activity()
        rows = rows.left_join(activity, KEY).drop("as_of_right", "customer_id_right")
        counts = [c for c in activity.columns if c.startswith("n_")]
        sums = [c for c in money.columns if c not in (*KEY, "first_balance")]
        rows = self.engine.layer(
            rows.mutate(
                **{name: rows[name].fill_null(0) for name in counts},
                **{name: rows[name].fill_null(0.0) for name in sums},
            )
        )
        rows = rows.mutate(at_risk=self._at_risk(rows))
        if not self.outcomes:
            return rows
        marks = balance_marks(spans, money, self.definition)
        if marks is None:
            return self.engine.layer(rows)
        return self.engine.layer(rows.left_join(marks, KEY).drop("as_of_right", "customer_id_right"))

    def _people(self) -> ir.Table:
        people = self.tables.customer.select("customer_id", "opened_on", "closed_on").cross_join(self.moments)
        known = people.opened_on <= people.known_since
        return people.filter(is_open_on(people, people.as_of), known)

    def _money(self, spans: ir.Table) -> ir.Table:
        here = (spans.since <= spans.as_of) & (spans.ends > spans.as_of)
        sums = {"aum_90": (spans.mean_from, spans.tomorrow), **money_sums(spans, self.definition, self.outcomes)}
        made = spans.group_by(*KEY, "tomorrow", "mean_from").aggregate(
            aum=spans.value.sum(where=here),
            first_balance=spans.since.min(),
            **{name: (spans.value * days_within(spans, a, b)).sum() for name, (a, b) in sums.items()},
        )
        made = made.mutate(aum=made.aum.fill_null(0.0))
        covered = made.tomorrow.delta(ibis.greatest(made.mean_from, made.first_balance), unit="day")
        mean = made.aum_90 / ibis.greatest(covered, 1).cast("float64")
        return made.mutate(aum_mean_90=mean).drop("tomorrow", "mean_from", "aum_90")

    def _activity(self) -> ir.Table:
        """Own transactions, counted by customer and day first."""
        moves = self.tables.transaction
        moves = moves.filter(moves.initiator == "customer", moves.business_date > ibis.literal(self.first))
        daily = moves.group_by("account_id", "business_date").aggregate(n=moves.count())
        owned = daily.inner_join(self.tables.account.select("account_id", "customer_id"), "account_id")
        per_day = owned.group_by("customer_id", "business_date").aggregate(n=owned.n.sum().cast("int64"))
        rows = self.engine.materialise(per_day).cross_join(self.moments)
        rows = rows.filter(rows.business_date < rows.window_ends, rows.business_date >= rows.looked_from)
        return self.engine.materialise(
            rows.group_by(*KEY).aggregate(**tally(rows, self.definition, outcomes=self.outcomes))
        )

    def _at_risk(self, rows: ir.Table) -> ir.BooleanValue:
        rule = self.definition.at_risk
        enough: list[ir.BooleanValue] = []
        if rule.minimum_aum is not None:
            enough.append(rows.aum >= float(rule.minimum_aum))
        if rule.minimum_transactions is not None:
            enough.append(rows.n_risk >= rule.minimum_transactions)
        present = reduce(lambda a, b: a | b, enough) if enough else ibis.literal(True)
        return present & reduce(lambda a, b: a | b, can_suffer(rows, self.definition).values())


def _own_days(loss: Loss) -> int:
    """The number of days in a loss's own rule; 1 where it has none."""
    if isinstance(loss, SilentActivity):
        return loss.days
    if isinstance(loss, SilentBalance):
        return loss.stays_days
    return loss.average_days if isinstance(loss, TierDowngrade) else 1


def _calendar(days: Sequence[date], definition: ChurnDefinition, *, outcomes: bool) -> pa.Table:
    """One row of dates per as-of day; `…_ends`, `tomorrow` are the first day after, all others the first day in."""

    def row(day: date) -> dict[str, Any]:
        def back(days: int) -> date:
            return day - timedelta(days=days - 1)

        last = definition.closes(day) if outcomes else day
        ends = last + timedelta(days=1)
        days = {loss.kind: _own_days(loss) for loss in definition.losses}
        return {
            "as_of": day,
            "tomorrow": day + timedelta(days=1),
            "looked_from": back(definition.look_back_days),
            "known_since": day - timedelta(days=definition.at_risk.known_days),
            "mean_from": back(AUM_MEAN_DAYS),
            "habit_from": back(HABIT_DAYS),
            "risk_from": back(definition.at_risk.within_days),
            "reference_from": back(definition.horizon_days),
            "window_starts": day + timedelta(days=definition.gap_days + 1),
            "window_ends": ends,
            "last_day": last,
            "awake_from": back(days.get("silent_activity", 1)),
            "silent_from": ends - timedelta(days=days.get("silent_activity", 1)),
            "stays_from": ends - timedelta(days=days.get("silent_balance", 1)),
            "tier_from": back(days.get("tier_downgrade", 1)),
            "tier_later_from": ends - timedelta(days=days.get("tier_downgrade", 1)),
        }

    made = pa.Table.from_pylist([row(day) for day in sorted(set(days))])
    return made.cast(pa.schema([pa.field(name, pa.date32()) for name in made.column_names]))
