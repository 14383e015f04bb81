"""Quantiles and trimmed outcomes of arms: the few values of a table that the formulas need, picked by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.stats.attrition import LeeBounds, Seen, Trimmed, cut_share, edge_rank, lee_bounds
from liuke.stats.moments import Moments
from liuke.stats.quantile import ArmQuantile, ranks


def arm_quantiles(
    engine: Engine, units: ir.Table, value: str, share: float = 0.5, level: float = 0.95
) -> dict[str, ArmQuantile]:
    """Per arm the quantile of `value` at `share` with its interval. units: column arm, one row per unit.

    Units without a value do not count; an arm without any value is left out.
    """
    known = _known(units, value)
    counted = engine.arrow(known.group_by("arm").aggregate(n=known.count())).to_pylist()
    wanted = {row["arm"]: ranks(row["n"], share, level) for row in counted}
    picked = _picked(engine, known, {arm: (r.low, r.middle, r.high) for arm, r in wanted.items()})
    return {
        row["arm"]: ArmQuantile(
            n=row["n"],
            value=picked[row["arm"], wanted[row["arm"]].middle],
            low=picked.get((row["arm"], wanted[row["arm"]].low)),
            high=picked.get((row["arm"], wanted[row["arm"]].high)),
        )
        for row in counted
    }


def attrition_bounds(
    engine: Engine, units: ir.Table, value: str, treated: str = "treated", control: str = "holdout", level: float = 0.95
) -> LeeBounds | None:
    """Lee's bounds of the difference of means where `value` is missing (NULL) more often in one arm.

    units: column arm, one row per unit drawn. None while an arm has fewer than two outcomes. Hand in mature units only:
    an outcome that is not due yet is not missing.
    """
    rows = {
        row["arm"]: Seen(row["drawn"], Moments(row["n"], row["total"] or 0.0, row["squares"] or 0.0))
        for row in engine.arrow(_seen(units, value)).to_pylist()
    }
    nobody = Seen(0, Moments(0, 0.0, 0.0))
    arms = rows.get(treated, nobody), rows.get(control, nobody)
    found = cut_share(*arms)
    if found is None:
        return None
    cut, of_treated = found
    trimmed, seen = (treated, arms[0]) if of_treated else (control, arms[1])
    n = seen.outcomes.n
    places = edge_rank(n, cut, top=True), edge_rank(n, cut, top=False)
    known = _known(units, value).filter(lambda t: t.arm == trimmed)
    edges = _picked(engine, known, {trimmed: places})
    without_best = _trimmed(engine, known, edges[trimmed, places[0]], top=True)
    without_worst = _trimmed(engine, known, edges[trimmed, places[1]], top=False)
    return lee_bounds(*arms, without_best, without_worst, level)


def _known(units: ir.Table, value: str) -> ir.Table:
    known = units.filter(units[value].notnull())
    return known.select("arm", y=known[value].cast("float64"))


def _seen(units: ir.Table, value: str) -> ir.Table:
    y = units[value].cast("float64")
    return units.group_by("arm").aggregate(drawn=units.count(), n=y.count(), total=y.sum(), squares=(y * y).sum())


def _picked(engine: Engine, known: ir.Table, places: Mapping[str, tuple[int, ...]]) -> dict[tuple[str, int], float]:
    """(arm, rank from 1): value, of the ranks that exist."""
    if not places:
        return {}
    rank = ibis.row_number().over(ibis.window(group_by="arm", order_by="y")) + 1
    ranked = known.mutate(place=rank)
    mine = reduce(
        lambda a, b: a | b, ((ranked.arm == arm) & ranked.place.isin(wanted) for arm, wanted in places.items())
    )
    return {(row["arm"], row["place"]): row["y"] for row in engine.arrow(ranked.filter(mine)).to_pylist()}


def _trimmed(engine: Engine, known: ir.Table, edge: float, *, top: bool) -> Trimmed:
    inside = known.filter(known.y < edge if top else known.y > edge)
    sums = inside.aggregate(n=inside.count(), total=inside.y.sum(), squares=(inside.y * inside.y).sum())
    [row] = engine.arrow(sums).to_pylist()
    return Trimmed(edge, Moments(row["n"], row["total"] or 0.0, row["squares"] or 0.0))
