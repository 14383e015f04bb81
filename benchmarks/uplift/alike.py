"""How often "usable" is said where it must not be: trials with one effect for all and base rates that differ.

LIUKE_BENCH_ALIKE: trials and people in each, default "1000,2000". Beside it the power: effects 0.1 ± 0.05 by the sign
of one of five features.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from benchmarks.section import Section
from liuke.insight.uplift.heterogeneity import heterogeneity
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


def run() -> Section:
    """Both shares of "usable" with Wilson intervals."""
    trials, people = (int(n) for n in os.environ.get("LIUKE_BENCH_ALIKE", "1000,2000").split(","))
    figures: dict[str, object] = {"trials": trials, "people": people}
    shares = {}
    for name, spread, runs in (("alike", 0.0, trials), ("differing", 0.05, max(trials // 10, 20))):
        with ProcessPoolExecutor(2) as pool:
            z = np.array(list(pool.map(usable, [(people, seed, spread) for seed in range(runs)], chunksize=10)))
        shares[name] = float((z > 1.6449).mean())
        figures |= {f"{name}.usable_share": shares[name], f"{name}.trials": runs,
                    f"{name}.z_mean": round(float(z.mean()), 3), f"{name}.z_sd": round(float(z.std()), 3)}  # fmt: skip
    return Section(figures, {"false_usable_to_allowed_0.05": round(shares["alike"] / 0.05, 3)})
