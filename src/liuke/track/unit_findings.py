"""Can the units of an experiment be read at all? Checks of the drawn table before any effect is looked at."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.stats.steady_split import steady_split
from liuke.track.findings import Finding, finding
from liuke.track.measure import first_day


def unit_findings(engine: Engine, units: ir.Table, observed_on: str | None = None) -> tuple[Finding, ...]:
    """What is wrong with the draw, most serious first; a `stop` means that no effect may be read from it.

    units: unit_id, arm, entered_on (date), one row per unit drawn. observed_on: the column with the day on which the
    outcome was observed, if there is one. Stops: a unit drawn into two arms, an arm's split that changed between weeks,
    outcomes observed before the unit entered. To be minded: a unit drawn twice into the same arm.
    """
    checks = (_two_arms, _split, _repeated)
    found = [check(engine, units) for check in checks]
    if observed_on:
        found.insert(0, _too_early(engine, units, observed_on))
    return tuple(f for f in found if f)


def _two_arms(engine: Engine, units: ir.Table) -> Finding | None:
    each = units.group_by("unit_id").aggregate(arms=units.arm.nunique())
    both = engine.count(each.filter(each.arms > 1))
    return finding("drawn_into_two_arms", "stop", units=both) if both else None


def _repeated(engine: Engine, units: ir.Table) -> Finding | None:
    each = units.group_by("unit_id", "arm").aggregate(rows=units.count())
    again = engine.count(each.filter(each.rows > 1))
    return finding("drawn_twice", "mind", units=again) if again else None


def _split(engine: Engine, units: ir.Table) -> Finding | None:
    dated = units.select("arm", week=first_day(units.entered_on, "W"))
    counted = dated.group_by("week", "arm").aggregate(people=dated.count())
    rows: list[dict[str, Any]] = engine.arrow(counted).to_pylist()
    weeks, arms = (sorted({row[name] for row in rows}) for name in ("week", "arm"))
    people = {(row["week"], row["arm"]): row["people"] for row in rows}
    checked = steady_split([[people.get((week, arm), 0) for arm in arms] for week in weeks])
    if checked is None or not checked.alarm:
        return None
    return finding("split_changed", "stop", weeks=len(weeks), p=checked.p_value)


def _too_early(engine: Engine, units: ir.Table, observed_on: str) -> Finding | None:
    early = engine.count(units.filter((units[observed_on] <= units.entered_on).fill_null(ibis.literal(False))))
    return finding("outcome_before_entry", "stop", units=early) if early else None
