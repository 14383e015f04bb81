"""What treatments have been seen to do, per experiment and segment: the uplift that arbitration may use.

The evidence is randomised: everybody drawn into an arm is compared, whether or not he was reached, with the first
decision in the experiment only (as track/effect.py). The effect is taken to be proportional to an exposure known at
the decision, such as the chance to leave: only who would leave can be kept. What is measured is therefore the share
saved, which policies assume while nothing has been measured; with exposure 1 it is the plain difference.

    share saved = (mean of exposure × (retained − m) of the treated − the same of the hold-outs) / mean of exposure²

with m the segment's retained share, which only takes out noise. Segments are small, so each one's share is drawn
towards the experiment's (stats/shrink.py). How much evidence there is is told with it; what is enough the policy says.
Models that find the groups themselves are in insight/uplift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.stats.shrink import shrunken
from liuke.track.effect import first_decisions

EVIDENCE: Final = pa.schema(
    [
        ("experiment", pa.string()), ("segment", pa.string()), ("share_saved", pa.float64()), ("uplift_n", pa.int64()),
        ("observed", pa.float64()), ("treated", pa.int64()), ("holdout", pa.int64()),
    ]
)  # fmt: skip
"""share_saved: what the treatment adds to the share retained per unit of exposure, drawn towards the experiment's mean.
uplift_n: measured customers in the experiment's smaller arm, on which the mean and so every segment's value rests.
observed: the segment's own, null where an arm is empty; treated, holdout: customers it was measured on. The row with
segment null is the experiment's mean."""


@dataclass(frozen=True, slots=True)
class _Arm:
    """Sums over measured customers of one arm: x exposure, y retained as 0 or 1."""

    n: int
    y: float
    x: float
    xx: float
    xy: float

    def weighted(self, level: float) -> float:
        """Mean of x (y − level)."""
        return (self.xy - level * self.x) / self.n


@dataclass(frozen=True, slots=True)
class _Cell:
    segment: str
    treated: _Arm
    holdout: _Arm

    @property
    def measured(self) -> bool:
        """Whether both arms have somebody, and somebody had something to lose."""
        return bool(self.treated.n and self.holdout.n and self.treated.xx + self.holdout.xx > 0)

    @property
    def observed(self) -> float | None:
        """The share saved."""
        if not self.measured:
            return None
        level = (self.treated.y + self.holdout.y) / self.people
        return (self.treated.weighted(level) - self.holdout.weighted(level)) / self.square

    @property
    def variance(self) -> float | None:
        """Sampling variance of it, from the segment's retained share with one success and one failure added (Agresti &
        Caffo, American Statistician 54, 2000), so that it is never 0.
        """
        if not self.measured:
            return None
        level = (self.treated.y + self.holdout.y + 1) / (self.people + 2)
        return level * (1 - level) / self.square * (1 / self.treated.n + 1 / self.holdout.n)

    @property
    def people(self) -> int:
        return self.treated.n + self.holdout.n

    @property
    def square(self) -> float:
        """Mean of x²."""
        return (self.treated.xx + self.holdout.xx) / self.people


def evidence(engine: Engine, decisions: ir.Table, outcomes: ir.Table, horizon_days: int, as_of: AsOf) -> pa.Table:
    """EVIDENCE rows of every experiment with a measured customer in both arms.

    decisions: DECISION rows with columns `segment` (text) and `exposure` (0..1), known at the decision. outcomes:
    OUTCOME rows; those matured by `as_of.day` count. One pass over both; a row per segment comes back.
    """
    rows = engine.arrow(_sums(decisions, outcomes, horizon_days, as_of)).to_pylist()
    made: list[dict[str, Any]] = []
    for experiment in sorted({row["experiment"] for row in rows}):
        made += _of_experiment(experiment, [row for row in rows if row["experiment"] == experiment])
    return pa.Table.from_pylist(made, schema=EVIDENCE)


def with_uplift(candidates: ir.Table, found: ir.Table) -> ir.Table:
    """Candidates (with columns experiment, segment, exposure) and uplift = share saved × exposure, and uplift_n.

    found: EVIDENCE rows. A segment nobody was measured in gets its experiment's mean; both are null for an experiment
    nobody was measured in.
    """
    cells = found.filter(found.segment.notnull()).select("experiment", "segment", own="share_saved")
    means = found.filter(found.segment.isnull()).select("experiment", whole="share_saved", n="uplift_n")
    joined = candidates.left_join(cells, ["experiment", "segment"])
    joined = joined.select(*[joined[n] for n in candidates.columns], "own")
    rows = joined.left_join(means, "experiment")
    kept = [rows[n] for n in candidates.columns if n not in {"uplift", "uplift_n"}]
    share = ibis.coalesce(rows.own, rows.whole)
    return rows.select(*kept, uplift=share * rows.exposure, uplift_n=rows.n)


def _sums(decisions: ir.Table, outcomes: ir.Table, horizon_days: int, as_of: AsOf) -> ir.Table:
    mine = decisions.filter(decisions.as_of <= ibis.literal(as_of.day))
    people = first_decisions(mine, "experiment")
    found = outcomes.filter(outcomes.horizon_days == horizon_days, outcomes.matured_on <= ibis.literal(as_of.day))
    joined = people.inner_join(found.select("loop_id", "retained"), "loop_id")
    x, y = joined.exposure.cast("float64"), joined.retained.cast("float64")
    return joined.group_by("experiment", "arm", segment=joined.segment.fill_null("")).aggregate(
        n=joined.count(), y=y.sum(), x=x.sum(), xx=(x * x).sum(), xy=(x * y).sum()
    )


def _of_experiment(experiment: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    arms = {(row["segment"], row["arm"]): _Arm(*(row[k] for k in ("n", "y", "x", "xx", "xy"))) for row in rows}
    nobody = _Arm(0, 0.0, 0.0, 0.0, 0.0)
    cells = [
        _Cell(segment, arms.get((segment, "treated"), nobody), arms.get((segment, "holdout"), nobody))
        for segment in sorted({segment for segment, _ in arms})
    ]
    found = shrunken([cell.observed for cell in cells], [cell.variance for cell in cells])
    if found is None:
        return []
    treated, holdout = sum(cell.treated.n for cell in cells), sum(cell.holdout.n for cell in cells)
    known = {"experiment": experiment, "uplift_n": min(treated, holdout)}
    rows = [known | {"segment": None, "share_saved": found.mean, "treated": treated, "holdout": holdout}]
    for cell, value in zip(cells, found.values, strict=True):
        seen = {"observed": cell.observed, "treated": cell.treated.n, "holdout": cell.holdout.n}
        rows.append(known | seen | {"segment": cell.segment, "share_saved": value})
    return rows
