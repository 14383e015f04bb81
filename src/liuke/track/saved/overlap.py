"""The sources' saves added up, with an interval that knows that the same customer may stand in several of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.stats.compare import Interval
from liuke.stats.estimate import Estimate
from liuke.track.saved.reading import Reading, kept_adjusted
from liuke.track.saved.sums import RETAINED

MEANS: Final = pa.schema(
    [
        ("experiment", pa.string()), ("arm", pa.string()), ("factor", pa.float64()), ("retained_mean", pa.float64()),
        ("slope", pa.float64()), ("kept_mean", pa.float64()),
    ]
)  # fmt: skip
"""Of each source's arms: what a customer's distance from the mean adds to the source's saves."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Sums over sources. customers: measured in any of them; in_several: measured in more than one. The sum counts who
    was saved by two sources twice, and each source's hold-outs may have been treated by another.
    """

    saves: Interval
    aum: Interval | None
    customers: int
    in_several: int


def overlap(engine: Engine, units: ir.Table, readings: Mapping[str, Reading]) -> Overlap | None:
    """None before any source has both arms measured. The interval is normal; hold-outs of some tens are needed."""
    known = {name: r for name, r in readings.items() if r.saves}
    if not known:
        return None
    [row] = engine.arrow(distances(units, engine.from_arrow(means(known)))).to_pylist()
    aums = [r.aum for r in known.values()]
    total = sum(aum.estimate for aum in aums if aum)
    return Overlap(
        saves=Estimate(sum(r.saves.estimate for r in known.values() if r.saves), row["saves"] or 0.0).interval(),
        aum=Estimate(total, row["aum"] or 0.0).interval() if all(aums) else None,
        customers=row["customers"],
        in_several=row["in_several"],
    )


def means(readings: Mapping[str, Reading]) -> pa.Table:
    """MEANS of sources with both arms measured."""
    rows = []
    for experiment, reading in sorted(readings.items()):
        what = kept_adjusted(reading.slope)
        of_held = -reading.treated.measured / reading.holdout.moments.weight
        for arm, sums, factor in (("treated", reading.treated, 1.0), ("holdout", reading.holdout, of_held)):
            rows.append({
                "experiment": experiment, "arm": arm, "factor": factor,
                "retained_mean": sums.moments.mean(RETAINED), "slope": reading.slope,
                "kept_mean": sums.moments.mean(what),
            })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=MEANS)


def distances(units: ir.Table, of_sources: ir.Table) -> ir.Table:
    """One row: the variances of both sums, and how many customers are in one and in several sources.

    A source's saves are n·(mean of treated - weighted mean of hold-outs), so a customer moves them by factor · weight ·
    (own value - the arm's mean). Added over a customer's sources first and squared then, these give the variance of the
    sum with the customer as the unit (Liang & Zeger, Biometrika 73, 1986).
    """
    rows = units.filter(units.measured, units.comparable)
    joined = rows.inner_join(of_sources, ["experiment", "arm"])
    reach = joined.factor * joined.weight
    moved = joined.select(
        "customer_id",
        saves=reach * (joined.retained - joined.retained_mean),
        aum=reach * (joined.kept - joined.slope * joined.before - joined.kept_mean),
    )
    each = moved.group_by("customer_id").aggregate(saves=moved.saves.sum(), aum=moved.aum.sum(), sources=moved.count())
    return each.aggregate(
        saves=(each.saves * each.saves).sum(),
        aum=(each.aum * each.aum).sum(),
        customers=each.count(),
        in_several=(each.sources > 1).sum().fill_null(ibis.literal(0)),
    )
