"""The figures of one score on one set of examples: ranking, calibration, by slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liuke.insight.churn.learning.data import Floats
from liuke.stats.calibration import ReliabilityBin, brier, expected_calibration_error, log_loss, reliability
from liuke.stats.compare import Interval
from liuke.stats.ranking import Lift, auc_interval, average_precision, lift_at

Labels = NDArray[np.int8]
Keys = NDArray[np.str_]
TOP_SHARES = (0.05, 0.10)
FLAGGED = 0.10
"""The share of people with the highest scores taken as "flagged" where groups are compared."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a score did. None where a figure is not defined (one class only, or the score is no probability).

    auc: with DeLong's 95% interval. pr_auc: average precision. lift_5, lift_10: among the 5% and 10% ranked
    highest. ece_10, ece_20: expected calibration error over 10 and 20 bins of equal mass. predicted: mean
    probability.
    """

    people: int
    positives: int
    auc: Interval | None
    pr_auc: float | None
    lift_5: Lift | None
    lift_10: Lift | None
    predicted: float | None = None
    ece_10: float | None = None
    ece_20: float | None = None
    brier: float | None = None
    log_loss: float | None = None

    @property
    def base_rate(self) -> float:
        """Share of positives."""
        return self.positives / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of one value of one slicing, e.g. month 2026-03 or segment 代发."""

    value: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class GroupFairness:
    """How one group of people (a sex, an age band) fares against the whole.

    flagged: share of the group among the `FLAGGED` highest scores of everybody. found: share of its churners that
    are flagged (true positive rate). wrong: share of its stayers that are flagged (false positive rate).
    """

    value: str
    figures: Figures
    flagged: float
    found: float | None
    wrong: float | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """A simpler score beside the model on the same examples.

    gap: AUC of the model minus AUC of the baseline, with the paired interval of DeLong.
    """

    name: str
    figures: Figures
    gap: Interval | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything a model card says about one score. slices and fairness: slicing name to its values in order."""

    figures: Figures
    reliability: tuple[ReliabilityBin, ...]
    slices: Mapping[str, tuple[Slice, ...]]
    fairness: Mapping[str, tuple[GroupFairness, ...]]
    baselines: tuple[Baseline, ...] = ()


def figures(label: Labels, score: Floats, *, probability: bool = True) -> Figures:
    """The figures of a score; those of calibration only when it is a `probability`."""
    ranked = Figures(
        int(label.size),
        int(label.sum()),
        auc_interval(label, score),
        average_precision(label, score) if label.size else None,
        lift_at(label, score, TOP_SHARES[0]) if label.size else None,
        lift_at(label, score, TOP_SHARES[1]) if label.size else None,
    )
    if not probability or not label.size:
        return ranked
    return Figures(
        ranked.people,
        ranked.positives,
        ranked.auc,
        ranked.pr_auc,
        ranked.lift_5,
        ranked.lift_10,
        float(score.mean()),
        expected_calibration_error(label, score, 10),
        expected_calibration_error(label, score, 20),
        brier(label, score),
        log_loss(label, score),
    )


def by_value(label: Labels, score: Floats, keys: Keys) -> tuple[Slice, ...]:
    """The figures of a probability within each value of `keys` (n,), in the order of the values."""
    return tuple(Slice(str(v), figures(label[keys == v], score[keys == v])) for v in np.unique(keys))


def fairness(label: Labels, score: Floats, keys: Keys) -> tuple[GroupFairness, ...]:
    """The groups of `keys` side by side. Groups stand beside the features and are never features themselves."""
    cut = np.partition(score, score.size - max(1, round(FLAGGED * score.size)))
    flagged = score >= cut[score.size - max(1, round(FLAGGED * score.size))]
    made = []
    for value in np.unique(keys):
        here = keys == value
        made.append(
            GroupFairness(
                str(value),
                figures(label[here], score[here]),
                float(flagged[here].mean()),
                _share(flagged[here & (label == 1)]),
                _share(flagged[here & (label == 0)]),
            )
        )
    return tuple(made)


def evaluate(
    label: Labels,
    score: Floats,
    *,
    slices: Mapping[str, Keys] | None = None,
    groups: Mapping[str, Keys] | None = None,
    baselines: Sequence[Baseline] = (),
) -> Evaluation:
    """Judges a probability. slices: e.g. {"month": …, "segment": …}; groups: e.g. {"sex": …, "age band": …}."""
    return Evaluation(
        figures(label, score),
        reliability(label, score),
        {name: by_value(label, score, keys) for name, keys in (slices or {}).items()},
        {name: fairness(label, score, keys) for name, keys in (groups or {}).items()},
        tuple(baselines),
    )


def _share(flags: NDArray[np.bool_]) -> float | None:
    return float(flags.mean()) if flags.size else None
