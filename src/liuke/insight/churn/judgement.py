"""How a model did on later snapshots, beside the simple scores it must beat, and whether it may be activated.

The headline is the figure on customers who had not yet fallen: who has lost his balance already is easy to point
at and too late to keep. All figures are on days after every training label window had closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from liuke.insight.churn.dataset import Snapshots, day_of
from liuke.insight.churn.grounds import Ground, against_signals, grounds_text, too_few
from liuke.insight.churn.learning.baselines import Scored, against
from liuke.insight.churn.learning.data import Floats
from liuke.insight.churn.learning.evaluate import FLAGGED, Baseline, Figures, figures

Group = Literal["all", "not_fallen", "last", "last_not_fallen"]
SIGNALS, RECENCY, RATIO = "signals", "recency", "balance to own mean"
FEWEST_LOST = 5
"""A group with fewer losses says nothing about who ranks them better."""
AGE_BANDS = (25, 35, 45, 55, 65)


@dataclass(frozen=True, slots=True)
class Lead:
    """Time left: of the lost among the 10% scored highest, days from the warning to the loss.

    found: how many they are; of: all the lost. Quartiles of their lead days; None without any.
    """

    found: int
    of: int
    low: float | None
    median: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """The model and its baselines on one group of the test examples.

    all: every one; not_fallen: AUM at least the given share of its own 90-day mean; last…: of the last snapshot.
    """

    group: Group
    model: Figures
    baselines: tuple[Baseline, ...]
    lead: Lead

    def baseline(self, name: str) -> Baseline | None:
        """The baseline of that name."""
        return next((b for b in self.baselines if b.name == name), None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the model may score: ahead of the signals on the last snapshot, everybody and the not yet fallen."""

    passed: bool
    grounds: tuple[Ground, ...]

    @property
    def reason(self) -> str:
        """The grounds in English."""
        return grounds_text(self.grounds, "en")


def one_liners(test: Snapshots, recency: str | None) -> Mapping[str, Floats]:
    """Scores anybody can make without learning, higher meaning likelier to be lost.

    recency: name of the feature among `beside`; unknown means longer ago than the feature looks.
    """
    made = {SIGNALS: test.signal}
    if recency is not None:
        days = test.beside[recency]
        made[RECENCY] = np.where(np.isnan(days), 10_000.0, days)
    if (test.aum_mean > 0).any():
        made[RATIO] = -np.divide(test.aum, test.aum_mean, out=np.ones(len(test.aum)), where=test.aum_mean > 0)
    return made


def judge(
    test: Snapshots, score: Floats, baselines: tuple[Scored, ...], *, not_fallen_share: float, money: bool
) -> tuple[Part, ...]:
    """The figures of each group that there is. money: whether the definition knows losses of money at all."""
    group = test.examples.group
    assert group is not None
    last = group == group.max()
    here: dict[Group, NDArray[np.bool_]] = {"all": np.ones(len(score), bool)}
    if money:
        standing = test.aum >= not_fallen_share * test.aum_mean
        here |= {"not_fallen": standing, "last": last, "last_not_fallen": last & standing}
    else:
        here["last"] = last
    return tuple(_part(name, rows, test, score, baselines) for name, rows in here.items())


def verdict(parts: tuple[Part, ...]) -> Verdict:
    """Compares AUCs on the last snapshot; a group with too few losses is not judged."""
    said: list[Ground] = []
    passed, judged = True, False
    for part in parts:
        if not part.group.startswith("last"):
            continue
        signals, model = part.baseline(SIGNALS), part.model
        if model.auc is None or signals is None or signals.figures.auc is None or model.positives < FEWEST_LOST:
            said.append(too_few(part.group, model.positives))
            continue
        ours, theirs = model.auc.estimate, signals.figures.auc.estimate
        said.append(against_signals(part.group, ours, theirs))
        passed, judged = passed and ours > theirs, True
    return Verdict(passed and judged, tuple(said))


def headline(parts: tuple[Part, ...]) -> Part:
    """The part that stands for the model: the not yet fallen where there is such a thing."""
    return next((p for p in parts if p.group == "not_fallen"), parts[0])


def months(test: Snapshots) -> NDArray[np.str_]:
    """The snapshot's month of each example, for stability by month."""
    group = test.examples.group
    assert group is not None
    return np.array([f"{day_of(g):%Y-%m}" for g in group])


def aum_bands(test: Snapshots) -> NDArray[np.str_]:
    """Quarters of AUM on the day, within the test examples."""
    cuts = np.unique(np.quantile(test.aum, (0.25, 0.5, 0.75))) if len(test.aum) else np.zeros(0)
    return np.array([f"Q{1 + int(place)}" for place in np.searchsorted(cuts, test.aum, side="right")])


def age_bands(age: Floats) -> NDArray[np.str_]:
    """Bands of ten years from 25; `unknown` where the age is."""
    names = [f"under {AGE_BANDS[0]}", *(f"{a}-{b - 1}" for a, b in pairwise(AGE_BANDS))]
    names.append(f"{AGE_BANDS[-1]} and over")
    place = np.searchsorted(AGE_BANDS, np.nan_to_num(age), side="right")
    return np.where(np.isnan(age), "unknown", np.array(names)[place])


def flags(values: Floats, yes: str, no: str) -> NDArray[np.str_]:
    """A 0/1 column in words."""
    return np.where(np.isnan(values), "unknown", np.where(values > 0, yes, no))


def _part(name: Group, rows: NDArray[np.bool_], test: Snapshots, score: Floats, baselines: tuple[Scored, ...]) -> Part:
    label = test.examples.label[rows]
    here = score[rows]
    compared = (Scored(b.name, b.score[rows], b.probability) for b in baselines)
    return Part(
        name,
        figures(label, here),
        tuple(against(label, here, b) for b in compared) if label.size else (),
        _lead(label, here, test.lead_days[rows]),
    )


def _lead(label: NDArray[np.int8], score: Floats, days: Floats) -> Lead:
    if not label.size:
        return Lead(0, 0, None, None, None)
    cut = np.quantile(score, 1 - FLAGGED)
    found = days[(label == 1) & (score >= cut)]
    low, median, high = (float(q) for q in np.quantile(found, (0.25, 0.5, 0.75))) if found.size else (None,) * 3
    return Lead(int(found.size), int(label.sum()), low, median, high)
