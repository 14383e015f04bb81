"""How long must the bank wait for an answer? Asked before an experiment starts, answered from what was measured before.

A pure function of a baseline. The always-valid plan may be looked at every day and is planned for its last one; the
fixed one, beside it, is looked at once and needs about half as many units (stats/power.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from liuke.errors import YourMistake, coded
from liuke.stats.clusters import design_effect
from liuke.stats.estimate import effective_units
from liuke.stats.power import Design, Reading, detectable_effect, of_share
from liuke.stats.waiting import Waiting, effects_by_day, waiting

_POINTS: Final = 24
_LONGEST: Final = 730
"""Days beyond which a curve tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known of the source's customers before the start.

    mean, variance: of the first primary metric, in the control arm where there was one. is_share: 0 or 1 per customer,
    so that the variance follows from the mean. variance_kept: share that covariates leave. entrants_per_day: customers
    of all arms. horizon_days: from entry until the outcome is known. existing: customers who entered before and whose
    outcome is known. cluster_size, size_variation, correlation: of drawn managers, branches or periods, how many
    customers each has, the coefficient of variation of that, and how alike they are (intraclass correlation); size 0
    where customers are drawn. at_most: customers there are at all, None for a stream. assumed: written by hand.
    """

    mean: float
    variance: float
    entrants_per_day: float
    horizon_days: int
    is_share: bool = True
    variance_kept: float = 1.0
    existing: int = 0
    cluster_size: float = 0.0
    size_variation: float = 0.0
    correlation: float = 0.0
    at_most: int | None = None
    assumed: bool = False

    @property
    def design_effect(self) -> float:
        """How many times more customers clusters need; 1 where customers are drawn."""
        return design_effect(self.correlation, self.cluster_size, self.size_variation) if self.cluster_size else 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. mde: in the outcome's unit. shares: of every arm drawn; treated, control: the two compared."""

    mde: float
    shares: Mapping[str, float]
    treated: str = "treated"
    control: str = "holdout"
    power: float = 0.8
    level: float = 0.95

    @property
    def compared(self) -> float:
        """Share of the entrants who are in one of the two arms."""
        return self.shares[self.treated] + self.shares[self.control]

    @property
    def treated_share(self) -> float:
        """Of the compared, who are treated."""
        return self.shares[self.treated] / self.compared


@dataclass(frozen=True, slots=True)
class Need:
    """units: customers needed in both arms together; days: until the answer, None for never. entry_days: of them,
    those on which customers enter. per_arm: of the units.
    """

    units: int
    per_arm: Mapping[str, int]
    entry_days: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The smallest difference that would be seen, were `day` the planned end; None before an outcome is known."""

    day: int
    always_valid: float | None
    fixed: float | None


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan. always_valid counts, fixed stands beside it. shown_by_existing: the smallest difference that as many
    customers as are there now can show (those there are at all, else those who entered before); None for nobody.
    """

    baseline: Baseline
    always_valid: Need
    fixed: Need
    shown_by_existing: float | None
    curve: tuple[CurvePoint, ...]

    @property
    def never(self) -> bool:
        """Whether the answer never comes."""
        return self.always_valid.days is None

    @property
    def effective_units(self) -> float:
        """`estimate.effective_units` of the two arms at the planned end, in customers."""
        return effective_units(*self.always_valid.per_arm.values())


def plan(baseline: Baseline, wish: Wish) -> Planned:
    """Units per arm and days to wait for `wish.mde` with the power, and what each day could show.

    Raises YourMistake where the baseline's mean plus the mde is no share, and for shares that are no plan.
    """
    _check(wish)
    design = _design(baseline, wish)
    entrants = baseline.entrants_per_day * wish.compared
    at_most = None if baseline.at_most is None else int(baseline.at_most * wish.compared)
    fixed = replace(design, reading="fixed")
    waits = [waiting(wish.mde, d, entrants, baseline.horizon_days, at_most) for d in (design, fixed)]
    there = at_most if at_most is not None else int(baseline.existing * wish.compared)
    days = _days(waits[0], baseline)
    curves = [effects_by_day(days, d, entrants, baseline.horizon_days, at_most) for d in (design, fixed)]
    return Planned(
        baseline=baseline,
        always_valid=_need(waits[0], wish),
        fixed=_need(waits[1], wish),
        shown_by_existing=detectable_effect(there, design),
        curve=tuple(CurvePoint(*point) for point in zip(days, *curves, strict=True)),
    )


def as_json(planned: Planned) -> dict[str, Any]:
    """The plan as plain values, as it is shown to who approves it and kept when the experiment starts."""
    return {
        "baseline": {
            name: getattr(planned.baseline, name)
            for name in Baseline.__dataclass_fields__
        } | {"design_effect": planned.baseline.design_effect},
        "always_valid": _plain(planned.always_valid),
        "fixed": _plain(planned.fixed),
        "never": planned.never,
        "effective_units": planned.effective_units,
        "shown_by_existing": planned.shown_by_existing,
        "curve": [[point.day, point.always_valid, point.fixed] for point in planned.curve],
    }  # fmt: skip


def _plain(need: Need) -> dict[str, Any]:
    return {"units": need.units, "per_arm": dict(need.per_arm), "entry_days": need.entry_days, "days": need.days}


def _check(wish: Wish) -> None:
    for arm in (wish.treated, wish.control):
        if not wish.shares.get(arm, 0) > 0:
            raise YourMistake(
                coded("arm_without_share", "the arm {name} has no share", name=arm),
                expected="a share above 0 of both arms that are compared",
                then="an experiment without a control arm shows nothing; give the source a hold-out",
            )


def _design(baseline: Baseline, wish: Wish) -> Design:
    reading: Reading = "always_valid"
    design = Design(
        baseline.variance, baseline.variance, wish.treated_share, wish.level, wish.power, reading,
        baseline.variance_kept, baseline.design_effect,
    )  # fmt: skip
    return of_share(baseline.mean, wish.mde, design) if baseline.is_share else design


def _need(wait: Waiting, wish: Wish) -> Need:
    treated = math.ceil(wait.units * wish.treated_share - 1e-9)
    per_arm = {wish.treated: treated, wish.control: max(wait.units - treated, 1)}
    return Need(wait.units, per_arm, wait.entry_days, wait.days)


def _days(wait: Waiting, baseline: Baseline) -> tuple[int, ...]:
    """Days of the curve: from the first known outcome to half as long again as the plan, evenly."""
    first = baseline.horizon_days + 1
    planned = wait.days if wait.days is not None else _LONGEST
    last = max(min(math.ceil(planned * 1.5), _LONGEST), first + _POINTS)
    return tuple(sorted({first + round((last - first) * n / (_POINTS - 1)) for n in range(_POINTS)}))
