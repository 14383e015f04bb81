"""Everything about one trial: was it drawn as planned, what did the treatment do, for whom, and is that of use?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from scipy import special

from liuke.insight.uplift.crossfit import CrossFitted, Tick, cross_fit
from liuke.insight.uplift.findings import Finding
from liuke.insight.uplift.groups import Calibration, Group, calibration, gap
from liuke.insight.uplift.heterogeneity import ORDERS, Heterogeneity, heterogeneity
from liuke.insight.uplift.judged import Ranking, qini_advantage, rankings
from liuke.insight.uplift.learners import Settings
from liuke.insight.uplift.policy import Worth, advantage_of, best_within, worth
from liuke.insight.uplift.scores import inverse_chance, mean_of
from liuke.insight.uplift.table import FlatTrial
from liuke.insight.uplift.trial import CHANCE_FROM, CHANCE_TO, Floats, Trial, check_trial
from liuke.stats.compare import Interval, SampleRatio, difference_of_means, difference_of_proportions, sample_ratio
from liuke.stats.moments import Moments

Verdict = Literal["usable", "none", "unfit", "no_features"]
SLIGHTLY_UNEVEN = 0.01
"""Below this p-value arms are worth a look, below stats.compare.SRM_ALARM they are not to be believed."""
UNBALANCED = 0.001
"""Chance, over all columns together, of a column that differs so much between arms drawn by lot."""


@dataclass(frozen=True, slots=True)
class StudySettings:
    """folds, repeats: of cross-fitting. budget: share of people who can be contacted. cost: of a contact, in units of
    the outcome. learner: whose ranking is tested and used. orders: of the test. draws: of the bootstrap.
    """

    folds: int = 5
    repeats: int = 2
    seed: int = 1
    budget: float = 0.3
    cost: float = 0.0
    learner: str = "dr"
    orders: int = ORDERS
    draws: int = 200
    models: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Arms:
    """Two arms as they are. difference: mean outcome of treated minus control (Newcombe for yes-or-no, else Welch)."""

    treated: int
    control: int
    treated_mean: float
    control_mean: float
    difference: Interval


@dataclass(frozen=True, slots=True)
class Study:
    """ratio: sample ratio check, None when the planned share was not said. effect: doubly robust, sharper than the
    plain difference and right also where chances differ. It and everything after it is None or empty without features,
    and where the trial is unfit to be read. qini, lead: of the learner, and beyond response alone (bootstrap). gap:
    effect of the fifth ranked highest minus that of the lowest. policies: within the budget; ahead: what ranking by
    uplift is worth beyond ranking by response, per person. Figures of several repeats are medians over them
    (Chernozhukov et al., 2018).
    """

    verdict: Verdict
    people: int
    binary: bool
    features: tuple[str, ...]
    settings: StudySettings
    arms: Arms
    ratio: SampleRatio | None
    findings: tuple[Finding, ...]
    effect: Interval | None = None
    heterogeneity: Heterogeneity | None = None
    rankings: tuple[Ranking, ...] = ()
    qini: Interval | None = None
    lead: Interval | None = None
    calibration: Calibration | None = None
    gap: Interval | None = None
    policies: tuple[Worth, ...] = ()
    ahead: Interval | None = None


def study(flat: FlatTrial, settings: StudySettings, tick: Tick = lambda _done, _all: None) -> Study:
    """Judges one trial. Raises YourMistake as `check_trial` does, before any model is learned."""
    trial = flat.trial
    check_trial(trial)
    ratio = None if flat.planned is None else _ratio(flat.drawn, flat.planned)
    findings = (*flat.findings, *_of_draw(flat, ratio), *_of_balance(trial))
    unfit = any(f.unfit for f in findings)
    arms = _arms(trial)
    bare = Study(
        "unfit" if unfit else "no_features", len(trial), trial.binary, trial.names, settings, arms, ratio, findings
    )
    if unfit or not trial.names:
        return bare
    found = cross_fit(
        trial, settings.models, folds=settings.folds, repeats=settings.repeats, seed=settings.seed, tick=tick
    )
    return _judged(bare, trial, found)


def _judged(bare: Study, trial: Trial, found: CrossFitted) -> Study:
    settings = bare.settings
    learner = settings.learner
    tested = heterogeneity(trial, settings.models, learner, seed=settings.seed, orders=settings.orders)
    scores = [found.scores(trial, r) for r in range(found.repeats)]
    predicted = found.uplift[learner]
    spread = qini_advantage(trial, found, learner, seed=settings.seed, draws=settings.draws)
    tables = [calibration(predicted[r], scores[r].effect, found.fold[r]) for r in range(found.repeats)]
    effects = [mean_of(s.effect) for s in scores]
    policies, ahead = _policies(trial, found, settings)
    return replace(
        bare,
        findings=(*bare.findings, *_of_overlap(trial, found)),
        verdict="usable" if tested.usable else "none",
        effect=_median([e for e in effects if e is not None]),
        heterogeneity=tested,
        rankings=rankings(trial, found, settings.seed),
        qini=spread[0] if spread else None,
        lead=spread[1] if spread else None,
        calibration=_median_calibration(tables),
        gap=_median([gap(predicted[r], scores[r].effect, found.fold[r]) for r in range(found.repeats)]),
        policies=policies,
        ahead=ahead,
    )


def _policies(trial: Trial, found: CrossFitted, settings: StudySettings) -> tuple[tuple[Worth, ...], Interval]:
    """Within the budget: by uplift, by uplift where it pays, by response, everybody (beyond it, for comparison)."""
    by_name: dict[str, list[Worth]] = {}
    ahead = []
    for r in range(found.repeats):
        fold, robust = found.fold[r], found.scores(trial, r)
        plain = inverse_chance(trial.treated, trial.outcome, found.chance[r])
        uplift = found.uplift[settings.learner][r]
        ways = {
            "uplift": best_within(uplift, fold, settings.budget),
            "uplift_pays": best_within(uplift, fold, settings.budget, settings.cost),
            "response": best_within(found.treated[r], fold, settings.budget),
            "everybody": np.ones(len(trial), dtype=np.bool_),
        }
        for name, policy in ways.items():
            by_name.setdefault(name, []).append(worth(name, policy, robust, plain, settings.cost))
        ahead.append(advantage_of(ways["uplift"], ways["response"], robust, settings.cost))
    return tuple(_median_worth(same) for same in by_name.values()), _median(ahead)


def _arms(trial: Trial) -> Arms:
    one, other = trial.outcome[trial.treated], trial.outcome[~trial.treated]
    if trial.binary:
        difference = difference_of_proportions(int(one.sum()), one.size, int(other.sum()), other.size)
    else:
        difference = difference_of_means(Moments.of(one), Moments.of(other))
    assert difference is not None
    return Arms(one.size, other.size, float(one.mean()), float(other.mean()), difference)


def _ratio(drawn: tuple[int, int], planned: float) -> SampleRatio | None:
    people = sum(drawn)
    return sample_ratio(drawn, (planned * people, (1 - planned) * people))


def _of_draw(flat: FlatTrial, ratio: SampleRatio | None) -> list[Finding]:
    """Whether the arms have the sizes planned, and whether outcomes are missing alike in both."""
    found = []
    if ratio is not None and ratio.alarm:
        found.append(Finding("uneven", "", f"p = {ratio.p_value:.2g}"))
    elif ratio is not None and ratio.p_value < SLIGHTLY_UNEVEN:
        found.append(Finding("slightly_uneven", "", f"p = {ratio.p_value:.2g}"))
    kept = int(flat.trial.treated.sum()), int((~flat.trial.treated).sum())
    people, rest = sum(flat.drawn), sum(flat.drawn) - sum(kept)
    if rest:
        expected = [n * k / people for n in flat.drawn for k in (rest, people - rest)]
        seen = [n for drawn, with_outcome in zip(flat.drawn, kept, strict=True)
                for n in (drawn - with_outcome, with_outcome)]  # fmt: skip
        chi2 = sum((o - e) ** 2 / e for o, e in zip(seen, expected, strict=True))
        p_value = float(special.chdtrc(1, chi2))
        if p_value < UNBALANCED:
            found.append(Finding("lost_unequally", "", f"p = {p_value:.2g}"))
    return found


def _of_overlap(trial: Trial, found: CrossFitted) -> list[Finding]:
    """People whose estimated chance had to be cut, in the first repeat."""
    cut = float(((found.chance[0] <= CHANCE_FROM) | (found.chance[0] >= CHANCE_TO)).mean())
    return [Finding("thin_overlap", "", f"{cut:.1%}")] if trial.chance is None and cut else []


def _of_balance(trial: Trial) -> list[Finding]:
    """Columns whose mean differs between arms drawn with one chance for all, more than chance explains (Bonferroni)."""
    if trial.chance is None or trial.chance.min() < trial.chance.max():
        return []
    found = []
    for at, name in enumerate(trial.names):
        column = trial.features[:, at]
        for values in (column, np.isnan(column).astype(np.float64)):
            z = _gap_in_errors(values, trial)
            p_value = min(1.0, 2 * float(special.ndtr(-abs(z))) * 2 * len(trial.names))
            if p_value < UNBALANCED:
                found.append(Finding("unbalanced", name, f"p = {p_value:.2g}"))
                break
    return found


def _gap_in_errors(values: Floats, trial: Trial) -> float:
    known = ~np.isnan(values)
    one, other = values[known & trial.treated], values[known & ~trial.treated]
    if one.size < 2 or other.size < 2:
        return 0.0
    error = float(np.sqrt(one.var(ddof=1) / one.size + other.var(ddof=1) / other.size))
    return float(one.mean() - other.mean()) / error if error else 0.0


def _median(found: Sequence[Interval]) -> Interval:
    """Medians over repeats, of the estimate and of each end."""
    estimate, low, high = (float(np.median([getattr(i, end) for i in found])) for end in ("estimate", "low", "high"))
    return Interval(estimate, low, high, found[0].level)


def _median_worth(found: Sequence[Worth]) -> Worth:
    ends = {k: _median([getattr(w, k) for w in found]) for k in ("robust", "plain", "over_nobody", "over_lot")}
    return Worth(found[0].name, float(np.median([w.share for w in found])), **ends)


def _median_calibration(found: Sequence[Calibration]) -> Calibration:
    groups = tuple(
        Group(same[0].people, float(np.median([g.predicted for g in same])), _median([g.observed for g in same]))
        for same in zip(*(c.groups for c in found), strict=True)
    )
    slopes = [c.slope for c in found if c.slope is not None]
    return Calibration(groups, _median(slopes) if slopes else None, float(np.median([c.error for c in found])))
