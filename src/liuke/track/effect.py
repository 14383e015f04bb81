"""What the loop saved: treated against hold-out, by intention to treat.

Everybody drawn into an arm is compared, whether or not the RM got through, because only the draw makes the
arms alike. Each customer counts once per experiment, with the first decision: who is warned again later
depends on what was done the first time. The engine sums; this module only does the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from liuke.act.holdout import Arm
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.stats.compare import (
    Interval,
    SampleRatio,
    adjusted_difference,
    difference_of_means,
    difference_of_proportions,
    mean,
    proportion,
    sample_ratio,
)
from liuke.stats.moments import Moments, PairMoments
from liuke.track.arm_findings import effect_finding, missing_finding, ratio_finding, sample_finding
from liuke.track.findings import Finding, finding
from liuke.track.measure import days_after, first_day

CALLS = ("phone", "wecom", "visit")
"""Contacts by a person; a held-out customer who got one was treated after all."""


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm. People are customers; money is in the bank's currency.

    decided: drawn into the arm. immature: their horizon is not over yet. unmeasured: it is over, but no outcome
    was computed. measured = the rest. Kept is the AUM there at the horizon, per customer capped at the AUM at
    decision. kept_share: its mean share, kept_mean: its mean in money, with intervals; None while too few were
    measured.
    """

    arm: Arm
    decided: int
    immature: int
    unmeasured: int
    measured: int
    retained: int
    kept_share: Interval | None
    kept_mean: Interval | None

    @property
    def retained_share(self) -> Interval | None:
        """Share of the measured who were retained (Wilson)."""
        return proportion(self.retained, self.measured)


@dataclass(frozen=True, slots=True)
class EffectReport:
    """The measured effect of one experiment at one horizon, as of a day.

    difference: retained share of treated minus hold-out (Newcombe), the headline. kept_difference: kept AUM
    per customer (Welch); kept_adjusted: the same, sharpened by the AUM at decision (CUPED). saved_customers =
    difference × measured treated. saved_aum, saved_aum_adjusted: the two money differences × measured treated.
    ratio: sample ratio check over everybody decided; planned_holdouts: what the shares gave to expect.
    repeats: later decisions left out. contacted_holdouts: hold-outs a person contacted within the horizon,
    although nobody should have. holdout_shares: how many different shares were in force; more than one mixes
    periods in which the arms weigh differently.
    """

    experiment: str
    horizon_days: int
    as_of: date
    treated: ArmReport
    holdout: ArmReport
    difference: Interval | None
    kept_difference: Interval | None
    kept_adjusted: Interval | None
    ratio: SampleRatio | None
    planned_holdouts: float
    repeats: int
    contacted_holdouts: int
    holdout_shares: int
    findings: tuple[Finding, ...] = ()

    @property
    def saved_customers(self) -> Interval | None:
        """Customers retained among the measured treated who would have left."""
        return self.difference.times(self.treated.measured) if self.difference else None

    @property
    def saved_aum(self) -> Interval | None:
        """AUM kept with the measured treated that would have gone (Welch)."""
        return self.kept_difference.times(self.treated.measured) if self.kept_difference else None

    @property
    def saved_aum_adjusted(self) -> Interval | None:
        """The same from the adjusted difference: the same quantity, usually a much narrower interval."""
        return self.kept_adjusted.times(self.treated.measured) if self.kept_adjusted else None


def effect(
    engine: Engine,
    decisions: ir.Table,
    outcomes: ir.Table,
    contacts: ir.Table,
    experiment: str,
    horizon_days: int,
    as_of: AsOf,
) -> EffectReport:
    """Compares the arms of `experiment` at `horizon_days`.

    decisions, outcomes: DECISION and OUTCOME. contacts: CONTACT as known at `as_of`. Decisions after
    `as_of.day` do not enter. Costs one pass over decisions and outcomes, whatever the size of the bank.
    """
    mine = decisions.filter(decisions.experiment == experiment, decisions.as_of <= ibis.literal(as_of.day))
    people = first_decisions(mine)
    sums = engine.arrow(_sums(with_outcome(people, outcomes, horizon_days, as_of.day), "arm")).to_pylist()
    whole = {"rows": mine.count(), "people": mine.customer_id.nunique(), "shares": mine.holdout_share.nunique()}
    [total] = engine.arrow(mine.aggregate(**whole)).to_pylist()
    [leak] = engine.arrow(_leaks(people, contacts, horizon_days)).to_pylist()
    report = _report(sums, experiment, horizon_days, as_of.day)
    report = replace(
        report,
        repeats=total["rows"] - total["people"],
        contacted_holdouts=leak["people"],
        holdout_shares=total["shares"],
    )
    return replace(report, findings=findings(report))


def weekly(
    engine: Engine, decisions: ir.Table, outcomes: ir.Table, experiment: str, horizon_days: int, as_of: AsOf
) -> tuple[tuple[date, EffectReport], ...]:
    """The same comparison for each week of deciding (its Monday), oldest first, without leaks and findings."""
    mine = decisions.filter(decisions.experiment == experiment, decisions.as_of <= ibis.literal(as_of.day))
    joined = with_outcome(first_decisions(mine), outcomes, horizon_days, as_of.day)
    dated = joined.mutate(week=first_day(joined.as_of, "W"))
    rows = engine.arrow(_sums(dated, "week", "arm")).to_pylist()
    weeks = sorted({row["week"] for row in rows})
    return tuple(
        (week, _report([r for r in rows if r["week"] == week], experiment, horizon_days, as_of.day)) for week in weeks
    )


def findings(report: EffectReport) -> tuple[Finding, ...]:
    """What to mind about the report, most serious first."""
    treated, holdout = report.treated, report.holdout
    found = (
        finding("nothing_decided", "note") if report.ratio is None else None,
        ratio_finding(report.ratio, holdout.decided, report.planned_holdouts),
        finding("mixed_shares", "mind", shares=report.holdout_shares) if report.holdout_shares > 1 else None,
        missing_finding(treated, holdout),
        sample_finding(treated, holdout, report.horizon_days),
        _leak_finding(report),
        effect_finding(report.difference),
        finding("repeats", "note", repeats=report.repeats) if report.repeats else None,
    )
    return tuple(f for f in found if f)


def _leak_finding(report: EffectReport) -> Finding | None:
    people = report.contacted_holdouts
    share = people / report.holdout.decided if people else 0.0
    return finding("contacted_holdouts", "mind", people=people, share=share) if people else None


def first_decisions(decisions: ir.Table, *per: str) -> ir.Table:
    """Each customer's first decision; per: columns, such as experiment, of whose every value it is the first."""
    ranked = decisions.mutate(_nth=nth_decision(*per))
    return ranked.filter(ranked["_nth"] == 0).drop("_nth")


def nth_decision(*per: str) -> ir.IntegerValue:
    """0 for each customer's first decision (earliest as_of, then loop_id); per: see `first_decisions`."""
    return ibis.row_number().over(ibis.window(group_by=[*per, "customer_id"], order_by=["as_of", "loop_id"]))


def with_outcome(people: ir.Table, outcomes: ir.Table, horizon_days: int, day: date) -> ir.Table:
    """DECISION rows with OUTCOME's at the horizon as of the day.

    Adds retained, aum_kept_share (null where not measured), matured, measured (bool), before (AUM at decision) and kept
    (of it, at the horizon; money, float).
    """
    found = outcomes.filter(outcomes.horizon_days == horizon_days, outcomes.matured_on <= ibis.literal(day))
    joined = people.left_join(found.select("loop_id", "retained", "aum_kept_share"), "loop_id").drop("loop_id_right")
    before = joined.aum.cast("float64")
    return joined.mutate(
        matured=days_after(joined.as_of, horizon_days) <= ibis.literal(day),
        measured=joined.retained.notnull(),
        before=before,
        kept=joined.aum_kept_share * before,
    )


def _sums(rows: ir.Table, *by: str) -> ir.Table:
    """Counts, sums, squares and cross-products per group; the latter over measured people only."""
    have = rows.measured
    return rows.group_by(*by).aggregate(
        decided=rows.count(),
        planned_holdout=rows.holdout_share.sum(),
        immature=(~rows.matured).sum(),
        measured=have.sum(),
        retained=(have & rows.retained).fill_null(False).sum(),
        kept=rows.kept.sum(where=have),
        kept_sq=(rows.kept * rows.kept).sum(where=have),
        share=rows.aum_kept_share.sum(where=have),
        share_sq=(rows.aum_kept_share * rows.aum_kept_share).sum(where=have),
        before=rows.before.sum(where=have),
        before_sq=(rows.before * rows.before).sum(where=have),
        cross=(rows.kept * rows.before).sum(where=have),
    )


def _leaks(people: ir.Table, contacts: ir.Table, horizon_days: int) -> ir.Table:
    """One row: people = hold-outs with a personal contact in (as_of, as_of + horizon]."""
    held = people.filter(people.arm == "holdout").select("customer_id", "as_of")
    calls = contacts.filter(contacts.channel.isin(CALLS)).select("customer_id", "business_date")
    met = held.inner_join(calls, "customer_id")
    inside = met.filter(met.business_date > met.as_of, met.business_date <= days_after(met.as_of, horizon_days))
    return inside.aggregate(people=inside.customer_id.nunique())


def _report(rows: list[dict[str, Any]], experiment: str, horizon_days: int, day: date) -> EffectReport:
    of = {row["arm"]: row for row in rows}
    treated, holdout = _arm("treated", of.get("treated")), _arm("holdout", of.get("holdout"))
    pairs = _pairs(of.get("treated")), _pairs(of.get("holdout"))
    planned = sum(row["planned_holdout"] for row in rows)
    everybody = treated.decided + holdout.decided
    return EffectReport(
        experiment=experiment,
        horizon_days=horizon_days,
        as_of=day,
        treated=treated,
        holdout=holdout,
        difference=difference_of_proportions(treated.retained, treated.measured, holdout.retained, holdout.measured),
        kept_difference=difference_of_means(pairs[0].y, pairs[1].y),
        kept_adjusted=adjusted_difference(*pairs),
        ratio=sample_ratio([treated.decided, holdout.decided], [everybody - planned, planned]),
        planned_holdouts=planned,
        repeats=0,
        contacted_holdouts=0,
        holdout_shares=0,
    )


def _arm(arm: Arm, row: dict[str, Any] | None) -> ArmReport:
    row = row or dict.fromkeys(("decided", "immature", "measured", "retained"), 0)
    measured = int(row["measured"])
    return ArmReport(
        arm=arm,
        decided=int(row["decided"]),
        immature=int(row["immature"]),
        unmeasured=int(row["decided"] - row["immature"] - measured),
        measured=measured,
        retained=int(row["retained"]),
        kept_share=mean(_moments(row, "share")),
        kept_mean=mean(_moments(row, "kept")),
    )


def _moments(row: dict[str, Any] | None, name: str) -> Moments:
    row = row or {}
    return Moments(int(row.get("measured") or 0), float(row.get(name) or 0), float(row.get(f"{name}_sq") or 0))


def _pairs(row: dict[str, Any] | None) -> PairMoments:
    return PairMoments(_moments(row, "kept"), _moments(row, "before"), float((row or {}).get("cross") or 0))
