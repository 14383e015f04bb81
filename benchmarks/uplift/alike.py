"""How often "usable" is said where it must not be: trials with one effect for all and base rates that differ.

LIUKE_BENCH_ALIKE: trials and people in each, default "300,2000". Beside it the power: effects 0.1 ± 0.05 by the sign of
one of five features. And what ordinary cross-fitting would say of trials with one effect for all, against sequential
validation, with a linear T-learner (3,000 trials of 600 people): why the product does not use it.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from benchmarks.section import Section
from liuke.insight.uplift.heterogeneity import heterogeneity, slope_z
from liuke.insight.uplift.learners import Settings
from liuke.insight.uplift.trial import Trial

LEARNER = "dr"


def drawn(people: int, seed: int, spread: float) -> Trial:
    """A trial, half treated; the chance of success is 0.2 to 0.5 by two features, and 0.1 ± spread more if treated."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(people, 5))
    base = 0.35 + 0.1 * np.tanh(features[:, 1]) + 0.05 * np.tanh(features[:, 2] * features[:, 3])
    effect = 0.1 + spread * np.sign(features[:, 0])
    treated = rng.random(people) < 0.5
    outcome = (rng.random(people) < base + effect * treated).astype(np.float64)
    return Trial(features, tuple("abcde"), treated, outcome, np.full(people, 0.5))


def usable(asked: tuple[int, int, float]) -> float:
    people, seed, spread = asked
    return heterogeneity(drawn(people, seed, spread), Settings(), LEARNER, seed=seed).z


def linear(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Coefficients of the effect: least squares in each arm."""
    wide = np.column_stack([np.ones(len(x)), x])
    return np.linalg.lstsq(wide[w], y[w], rcond=None)[0] - np.linalg.lstsq(wide[~w], y[~w], rcond=None)[0]


def both_ways(seed: int, folds: int, people: int = 600) -> tuple[float, float]:
    """z of ordinary cross-fitting and of sequential validation, for one trial without differences."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(people, 6)), rng.random(people) < 0.5
    y = (rng.random(people) < 0.4 + 0.1 * w).astype(float)
    score = np.where(w, 2.0, -2.0) * (y - 0.45)
    fold = rng.permutation(people) % folds
    ranking, centred, z = np.empty(people), np.empty(people), []
    for k in range(folds):
        now, rest, past = fold == k, fold != k, fold < k
        found = np.column_stack([np.ones(now.sum()), x[now]]) @ linear(x[rest], y[rest], w[rest])
        ranking[now], centred[now] = found - found.mean(), score[now] - score[now].mean()
        if k:
            found = np.column_stack([np.ones(now.sum()), x[now]]) @ linear(x[past], y[past], w[past])
            z.append(slope_z(found, score[now]))
    return slope_z(ranking, centred), sum(z) / np.sqrt(folds - 1)


def run() -> Section:
    """Shares of "usable"."""
    trials, people = (int(n) for n in os.environ.get("LIUKE_BENCH_ALIKE", "300,2000").split(","))
    figures: dict[str, object] = {"trials": trials, "people": people}
    shares = {}
    for name, spread, runs in (("alike", 0.0, trials), ("differing", 0.05, max(trials // 10, 20))):
        with ProcessPoolExecutor(2) as pool:
            z = np.array(list(pool.map(usable, [(people, seed, spread) for seed in range(runs)], chunksize=10)))
        shares[name] = float((z > 1.6449).mean())
        figures |= {f"{name}.usable_share": shares[name], f"{name}.trials": runs,
                    f"{name}.z_mean": round(float(z.mean()), 3), f"{name}.z_sd": round(float(z.std()), 3)}  # fmt: skip
    for folds in (2, 5):
        z = np.array([both_ways(seed, folds) for seed in range(3000)])
        figures[f"ordinary_{folds}_folds.usable_share"] = round(float((z[:, 0] > 1.6449).mean()), 4)
        figures[f"sequential_{folds}_pieces.usable_share"] = round(float((z[:, 1] > 1.6449).mean()), 4)
    return Section(figures, {"false_usable_to_allowed_0.05": round(shares["alike"] / 0.05, 3)})
