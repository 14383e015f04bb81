"""Savings churn (Analytics Vidhya): `liuke train --table` by the general path, 3 times 5-fold, with peers on the
same folds. Target: mean AUC over folds at least 0.850, calibration error at most 0.02.

The peers see the same columns as numbers, without what Liuke derives from them: LightGBM with early stopping on a
tenth of the training fold, and a random forest.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.section import Section, public_data
from liuke.engine import DuckEngine
from liuke.insight.churn.learning.flat.training import FlatRequest, train_flat
from liuke.insight.churn.learning.folds import stratified
from liuke.stats.ranking import auc

TARGET_AUC, TARGET_ECE = 0.850, 0.02
Peer = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]


def plain_lightgbm(learn: np.ndarray, label: np.ndarray, judged: np.ndarray, seed: int) -> np.ndarray:
    import lightgbm as lgb

    rng = np.random.default_rng(seed)
    held = rng.random(label.size) < 0.1
    booster = lgb.train(
        {"objective": "binary", "learning_rate": 0.02, "seed": seed, "num_threads": 2, "verbosity": -1},
        lgb.Dataset(learn[~held], label[~held]),
        2000,
        valid_sets=[lgb.Dataset(learn[held], label[held])],
        callbacks=[lgb.early_stopping(100, verbose=False)],
    )
    return np.asarray(booster.predict(judged))


def random_forest(learn: np.ndarray, label: np.ndarray, judged: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(300, min_samples_leaf=5, n_jobs=2, random_state=seed)
    forest.fit(np.nan_to_num(learn, nan=-1.0), label)
    return np.asarray(forest.predict_proba(np.nan_to_num(judged, nan=-1.0))[:, 1])


def peer_auc(peer: Peer, features: np.ndarray, label: np.ndarray, request: FlatRequest) -> list[float]:
    found = []
    for repeat in range(request.repeats):
        for learn, held in stratified(label, request.folds, request.seed + repeat):
            score = peer(features[learn], label[learn], features[held], request.seed)
            found.append(auc(label[held], score) or np.nan)
    return found


def run() -> Section:
    request = FlatRequest(public_data() / "av_savings_churn" / "churn_prediction.csv", "churn")
    started = time.perf_counter()
    engine = DuckEngine(memory_limit_mb=1024)
    found = train_flat(engine, request, lambda done, total: print(f"split {done} of {total}", file=sys.stderr))
    engine.close()
    seconds = time.perf_counter() - started
    print(f"AUC {found.crossval.model.mean:.4f}, ECE {found.crossval.ece}, {seconds:.0f} s; now peers", file=sys.stderr)
    examples, cv, whole = found.prepared.examples, found.crossval, found.evaluation.figures
    peers = {
        name: peer_auc(peer, examples.features, examples.label, request)
        for name, peer in (("plain_lightgbm", plain_lightgbm), ("random_forest", random_forest))
    }
    beside = {b.name.split(":")[0].replace(" ", "_"): b for b in cv.baselines}
    figures: dict[str, object] = {
        "auc_mean": round(cv.model.mean, 4),
        "auc_deviation": round(cv.model.deviation, 4),
        "ece_10_mean": round(float(np.mean(cv.ece)), 4),
        "ece_10_by_repeat": [round(e, 4) for e in cv.ece],
        "ece_20": round(whole.ece_20 or np.nan, 4),
        "pr_auc": round(whole.pr_auc or np.nan, 4),
        "lift_5": round(whole.lift_5.lift, 2) if whole.lift_5 else None,
        "lift_10": round(whole.lift_10.lift, 2) if whole.lift_10 else None,
        "brier": round(whole.brier or np.nan, 4),
        "log_loss": round(whole.log_loss or np.nan, 4),
        **{f"{name}_auc_mean": round(float(np.mean(a)), 4) for name, a in peers.items()},
        **{f"{name}_auc_deviation": round(float(np.std(a, ddof=1)), 4) for name, a in peers.items()},
        **{f"{name}_auc_mean": round(b.mean, 4) for name, b in beside.items()},
        "folds_ahead_of_plain_lightgbm": sum(m > p for m, p in zip(cv.model.auc, peers["plain_lightgbm"], strict=True)),
        "folds": len(cv.model.auc),
        "train_seconds": round(seconds, 1),
    }
    ratios: dict[str, object] = {
        "auc_over_target": round(cv.model.mean / TARGET_AUC, 4),
        "ece_over_target": round(float(np.mean(cv.ece)) / TARGET_ECE, 3),
        "auc_over_plain_lightgbm": round(cv.model.mean / float(np.mean(peers["plain_lightgbm"])), 4),
    }
    return Section(figures, ratios)
