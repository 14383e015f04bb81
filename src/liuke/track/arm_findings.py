"""What to mind about two arms compared, whatever they were drawn from."""

from __future__ import annotations

from typing import Protocol

from liuke.stats.compare import Interval, SampleRatio
from liuke.track.findings import Finding, finding

ENOUGH_HOLDOUTS = 100
"""Fewer measured hold-outs than this and the report says so: at a share near 0.8 the interval is then about
±8 points wide or more."""


class Counted(Protocol):
    """One arm's people: effect.ArmReport, saved.sums.ArmSums."""

    @property
    def immature(self) -> int:
        """Whose horizon is not over yet."""

    @property
    def measured(self) -> int:
        """With an outcome."""

    @property
    def unmeasured(self) -> int:
        """Whose horizon is over and who have no outcome all the same."""


def ratio_finding(ratio: SampleRatio | None, held: int, planned: float) -> Finding | None:
    """Of arms that were not drawn as planned. held, planned: hold-outs that there are, and that there should be."""
    if ratio is None or not ratio.alarm:
        return None
    return finding("sample_ratio", "stop", holdout=held, planned=round(planned), p=ratio.p_value)


def missing_finding(treated: Counted, holdout: Counted) -> Finding | None:
    """Of outcomes that should be there."""
    missing = treated.unmeasured + holdout.unmeasured
    return finding("unmeasured", "mind", unmeasured=missing) if missing else None


def sample_finding(treated: Counted, holdout: Counted, horizon_days: int) -> Finding | None:
    """Of nobody or few measured."""
    immature, held = treated.immature + holdout.immature, holdout.measured
    if not held + treated.measured:
        return finding("nothing_matured", "note", immature=immature, horizon=horizon_days) if immature else None
    return finding("small_sample", "mind", holdout=held, needed=ENOUGH_HOLDOUTS) if held < ENOUGH_HOLDOUTS else None


def effect_finding(difference: Interval | None) -> Finding | None:
    """What the difference of the retained shares says; None while it is not known."""
    if difference is None:
        return None
    points = difference.times(100)
    harm = points.excludes_zero and points.estimate < 0
    code = "harm_found" if harm else "effect_found" if points.excludes_zero else "no_effect_seen"
    gap = abs(points.estimate) if harm else points.estimate
    return finding(code, "mind" if harm else "note", gap=gap, low=points.low, high=points.high)
