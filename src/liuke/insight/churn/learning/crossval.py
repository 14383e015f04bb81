"""Cross-validation: every example judged by models that never saw it, baselines on the same splits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from liuke.errors import YourMistake
from liuke.insight.churn.learning.baselines import Scored, against, score_baselines
from liuke.insight.churn.learning.boosting import Fold, cores, threads_for
from liuke.insight.churn.learning.checks import check_examples
from liuke.insight.churn.learning.data import Examples, Floats
from liuke.insight.churn.learning.evaluate import Baseline
from liuke.insight.churn.learning.folds import by_time, stratified
from liuke.insight.churn.learning.settings import TrainSettings
from liuke.insight.churn.learning.train import train
from liuke.stats.calibration import expected_calibration_error
from liuke.stats.ranking import auc, midranks

Tick = Callable[[int, int], None]
"""Called with splits done and splits in all."""


DERIVED_WIDTH = 8
"""Columns per feature that deriving them makes, roughly; only to guess whether a split is small."""


@dataclass(frozen=True, slots=True)
class FoldScores:
    """One name's AUC on every held-out fold of every repeat."""

    name: str
    auc: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over folds."""
        return float(np.mean(self.auc))

    @property
    def deviation(self) -> float:
        """Standard deviation over folds (n - 1); folds share training data, so it is no standard error."""
        return float(np.std(self.auc, ddof=1)) if len(self.auc) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """What cross-validation found.

    model, baselines: AUC by fold. scores: (repeats, n) out-of-fold probabilities, NaN where no fold held the example
    out. ece: expected calibration error (10 bins) of each repeat's scores. beside: the baselines' figures and gaps
    over the first repeat.
    """

    model: FoldScores
    baselines: tuple[FoldScores, ...]
    scores: Floats
    ece: tuple[float, ...]
    beside: tuple[Baseline, ...]
    time_ordered: bool


def cross_validate(
    examples: Examples,
    *,
    folds: int,
    repeats: int,
    seed: int,
    settings: TrainSettings,
    tick: Tick = lambda _done, _all: None,
) -> CrossValidated:
    """Repeated stratified folds; with `group`, the last snapshots one after the other, once, learned from the past.

    Everything fitted (preparation, search, blend, calibration) is fitted inside each split. Raises YourMistake as
    `checks.check_examples` does, before any model is trained.
    """
    check_examples(examples, settings)
    splits = _splits(examples, folds, repeats, seed, settings)
    wide = examples.features.size * (DERIVED_WIDTH if settings.augment else 1)
    one = settings if settings.threads else settings.but(threads=threads_for(wide))
    # Small splits run side by side, a thread each; large ones one after the other with all cores.
    workers = cores() if one.threads == 1 else 1
    done = 0

    def judged(at: int) -> tuple[Floats, tuple[Scored, ...]]:
        nonlocal done
        learn, held = (examples.take(rows) for rows in splits[at][1])
        result = _score(learn, held, seed + at, one)
        done += 1
        tick(done, len(splits))
        return result

    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(judged, range(len(splits))))
    return _gathered(examples, splits, found)


def _splits(examples: Examples, folds: int, repeats: int, seed: int, settings: TrainSettings) -> list[tuple[int, Fold]]:
    """(repeat, fold) of every split."""
    if examples.group is None:
        return [(r, fold) for r in range(repeats) for fold in stratified(examples.label, folds, seed + r)]
    ordered = by_time(examples.group, examples.label, folds, settings.purge_days)
    usable = [f for f in ordered if f[0].size >= settings.min_rows and _learnable(examples, f[0], settings)]
    if not usable:
        raise YourMistake(
            "time ordering leaves nothing to learn from",
            expected=f"two and more periods, the earlier with at least {settings.min_positives} of each class",
            state=f"{np.unique(examples.group).size} period(s), {settings.purge_days} days purged before each",
            then="add earlier snapshots, lower --purge-days, or leave --time out (figures are then flattered)",
        )
    return [(0, fold) for fold in usable]


def _learnable(examples: Examples, rows: np.ndarray, settings: TrainSettings) -> bool:
    positives = int(examples.label[rows].sum())
    return min(positives, rows.size - positives) >= settings.min_positives


def _score(learn: Examples, held: Examples, seed: int, settings: TrainSettings) -> tuple[Floats, tuple[Scored, ...]]:
    trained = train(learn, held, seed=seed, settings=settings)
    plain = [n for n in learn.names if n not in settings.codes]
    beside = score_baselines(learn.select(plain), held.select(plain), None, seed=seed) if plain else ()
    assert trained.valid_score is not None
    return trained.valid_score, beside


def _gathered(
    examples: Examples, splits: list[tuple[int, Fold]], found: list[tuple[Floats, tuple[Scored, ...]]]
) -> CrossValidated:
    repeats = max(r for r, _ in splits) + 1
    scores = np.full((repeats, len(examples)), np.nan)
    kinds = {_kind(s.name): s.probability for _, beside in found for s in beside}
    pooled = {kind: np.full((repeats, len(examples)), np.nan) for kind in kinds}
    by_fold: dict[str, list[float]] = {kind: [] for kind in ("model", *kinds)}
    for (repeat, (_, held)), (score, beside) in zip(splits, found, strict=True):
        label = examples.label[held]
        scores[repeat, held] = score
        by_fold["model"].append(auc(label, score) or np.nan)
        for one in beside:
            by_fold[_kind(one.name)].append(auc(label, one.score) or np.nan)
            # Ranks within the fold: different folds may have picked different features.
            pooled[_kind(one.name)][repeat, held] = one.score if one.probability else midranks(one.score) / held.size
    seen = [~np.isnan(row) for row in scores]
    first = seen[0]
    return CrossValidated(
        FoldScores("model", tuple(by_fold["model"])),
        tuple(FoldScores(_named(kind, found), tuple(by_fold[kind])) for kind in kinds),
        scores,
        tuple(expected_calibration_error(examples.label[s], row[s]) for row, s in zip(scores, seen, strict=True)),
        tuple(
            against(examples.label[first], scores[0][first], Scored(_named(k, found), pooled[k][0][first], kinds[k]))
            for k in kinds
        ),
        examples.group is not None,
    )


def _kind(name: str) -> str:
    """The best single feature may be another one in another fold; it is one baseline all the same."""
    return name.split(":", maxsplit=1)[0]


def _named(kind: str, found: list[tuple[Floats, tuple[Scored, ...]]]) -> str:
    names = sorted({s.name for _, beside in found for s in beside if _kind(s.name) == kind})
    chosen = sorted({n.split(": ", 1)[1] for n in names if ": " in n})
    return f"{kind}: {' / '.join(chosen)}" if chosen else kind
