"""How the two arms part over the days after the decision: the picture of the effect."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.act.holdout import Arm
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.stats.compare import Interval, mean, proportion
from liuke.stats.moments import Moments
from liuke.track.effect import first_decisions
from liuke.track.measure import days_after, measured
from liuke.track.outcomes import OutcomePolicy, kept_share, stayed

WEEKS: tuple[int, ...] = (0, 7, 14, 21, 28, 35, 42, 49, 56, 60)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One arm, `day` days after the decision.

    people: customers whose day has come; their number falls along the curve. kept: mean share of the AUM at
    decision that is still there (Student's interval). stayed: share of people not closed and with keep_share
    of their AUM (Wilson); activity is not asked for, because its window would reach before the decision.
    """

    arm: Arm
    day: int
    people: int
    kept: Interval | None
    stayed: Interval | None


def curve(
    engine: Engine,
    decisions: ir.Table,
    tables: BankTables,
    policy: OutcomePolicy,
    experiment: str,
    as_of: AsOf,
    days: tuple[int, ...] = WEEKS,
) -> tuple[CurvePoint, ...]:
    """Both arms on each of `days`, sorted by arm and day; days nobody has reached have no point.

    tables: insight.known.bank_tables as of `as_of`. Reads the balances of everybody decided: compute it once a day
    and keep the answer, not at each view.
    """
    mine = decisions.filter(decisions.experiment == experiment, decisions.as_of <= ibis.literal(as_of.day))
    return curves(engine, first_decisions(mine), tables, policy, days).get(experiment, ())


def curves(
    engine: Engine, people: ir.Table, tables: BankTables, policy: OutcomePolicy, days: tuple[int, ...] = WEEKS
) -> dict[str, tuple[CurvePoint, ...]]:
    """The same of several experiments at once, by name: a balance that two of them ask about is looked up once.

    people: experiment, customer_id, arm, as_of, aum (at decision), one row per customer and experiment.
    """
    found: dict[str, list[CurvePoint]] = {}
    rows = engine.arrow(curve_sums(people, tables, policy, days)).to_pylist()
    for row in sorted(rows, key=lambda r: (r["experiment"], r["arm"], r["day"])):
        point = CurvePoint(
            arm=row["arm"],
            day=row["day"],
            people=row["people"],
            kept=mean(Moments(row["people"], row["kept"], row["kept_sq"])),
            stayed=proportion(int(row["stayed"]), row["people"]),
        )
        found.setdefault(row["experiment"], []).append(point)
    return {experiment: tuple(points) for experiment, points in found.items()}


def curve_sums(people: ir.Table, tables: BankTables, policy: OutcomePolicy, days: tuple[int, ...] = WEEKS) -> ir.Table:
    """experiment, arm, day, people, and the sums of `curves`."""
    points = ibis.union(*(_on_day(people, day) for day in sorted(set(days))))
    ripe = points.filter(points.on_day <= ibis.literal(tables.as_of.day))
    # One day's window: activity is not used, and the narrowest costs least.
    stood = measured(ripe, tables, (1,))
    rows = stood.mutate(kept=kept_share(stood.aum, stood.aum_at_decision), here=stayed(stood, policy))
    return rows.group_by("experiment", "arm", "day").aggregate(
        people=rows.count(), kept=rows.kept.sum(), kept_sq=(rows.kept * rows.kept).sum(), stayed=rows.here.sum()
    )


def _on_day(people: ir.Table, day: int) -> ir.Table:
    return people.select(
        "experiment",
        "customer_id",
        "arm",
        day=ibis.literal(day, "int64"),
        on_day=days_after(people.as_of, day),
        aum_at_decision=people.aum,
    )
