"""The synthetic bank: a trial of calls among warned customers, judged against every customer's true effect.

LIUKE_BENCH_UPLIFT_BANK: customers and futures per customer of the oracle, default "20000,12". Each customer warned on
one of three mornings (the first of his) is drawn to be called or left alone; features are the product's own as known on
that morning, from a loaded bank. Truth: what an order does on average over many futures from his latent state, by
intention to treat; `kinds_unknown` is the same without his latent kind, the most that any data could tell. By chance of
its futures the oracle's own figures are a little too low.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.churn.home import liuke
from benchmarks.section import Section
from benchmarks.uplift.asked import shown
from liuke.act.holdout import draw
from liuke.clock import AsOf
from liuke.insight.churn.signals import signals
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.insight.features.build import features_on
from liuke.insight.features.delivered import delivered_columns
from liuke.insight.features.registry import available
from liuke.insight.known import tables_as_of
from liuke.insight.uplift.crossfit import cross_fit
from liuke.insight.uplift.learners import LEARNERS
from liuke.insight.uplift.policy import best_within
from liuke.insight.uplift.study import StudySettings, study
from liuke.insight.uplift.table import FlatTrial
from liuke.insight.uplift.trial import Trial
from liuke.sim import Decision, SimConfig, counterfactual, found_bank, positions
from liuke.sim.true_effect import true_effects
from liuke.sim.true_risk import moments
from liuke.stats.ranking import midranks
from liuke.wiring.house import open_house

END = date(2026, 6, 30)
HORIZON = 60
MORNINGS = [END - timedelta(days=HORIZON + ago) for ago in (60, 30, 0)]
BUDGET = 0.3


def run() -> Section:
    """Simulates, loads, draws, learns, asks the oracle."""
    customers, futures = (int(n) for n in os.environ.get("LIUKE_BENCH_UPLIFT_BANK", "20000,12").split(","))
    config = SimConfig(customers, END)
    with tempfile.TemporaryDirectory(prefix="liuke-uplift-") as folder:
        home, files = Path(folder) / "home", Path(folder) / "bank"
        liuke("simulate", files, "--customers", customers, "--end", END, "--json")
        liuke("init", home)
        liuke("load", files / "sources" / "simulated.yaml", "--home", home, "--json")
        rows, names = warned(home)
    worlds = [m.world for m in moments(found_bank(config), MORNINGS)]
    lived = counterfactual(config, [Decision(w, d) for w, d in people(rows)], (HORIZON,), END, worlds[0])
    called, left = lived.treated[0].retained, lived.untreated[0].retained
    treated = np.array([draw(who, str(day), "uplift") < 0.5 for who, day in people(rows)])
    outcome = np.where(treated, called, left).astype(np.float64)
    features = np.column_stack([rows[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in names])
    trial = Trial(features, names, treated, outcome, np.full(treated.size, 0.5))
    truth = {known: oracle(rows, worlds, futures, known) for known in (True, False)}
    return judged(trial, truth[True], truth[False], called, left)


def people(rows: pa.Table) -> list[tuple[str, date]]:
    return list(zip(rows["customer_id"].to_pylist(), rows["as_of"].to_pylist(), strict=True))


def warned(home: Path) -> tuple[pa.Table, tuple[str, ...]]:
    """Customers warned on a morning, each on his first, with their features as known then."""
    house = open_house(home)
    known = [AsOf(day, datetime(2100, 1, 1, tzinfo=house.zone)) for day in MORNINGS]
    with house.engine() as engine:

        def table(one):
            return house.lake.scan(engine, one)

        found = engine.gathered(
            signals(tables_as_of(table, moment, house.zone), moment, WarningPolicy())
            .filter(lambda t: t.tier != "none")
            .select("as_of", "customer_id")
            for moment in known
        )
        names = available(delivered_columns(engine, table), protected=False)
        wide = features_on(engine, table, known, zone=house.zone, names=names)
        first = found.group_by("customer_id").aggregate(as_of=found.as_of.min())
        rows = engine.arrow(wide.inner_join(first, ["as_of", "customer_id"]).order_by("as_of", "customer_id"))
    return rows, names


def oracle(rows: pa.Table, worlds: list, futures: int, kinds_known: bool) -> np.ndarray:
    """(n,) expected effects."""
    found = np.empty(rows.num_rows)
    days = np.array([MORNINGS.index(day) for _, day in people(rows)])
    for at, world in enumerate(worlds):
        mine = np.flatnonzero(days == at)
        who = positions(world, [people(rows)[k][0] for k in mine])
        found[mine] = true_effects(world, who, HORIZON, runs=futures, seed=at, kinds_known=kinds_known)
    return found


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    return round(float(np.corrcoef(midranks(a), midranks(b))[0, 1]), 4)


def judged(trial: Trial, truth: np.ndarray, unknown: np.ndarray, called: np.ndarray, left: np.ndarray) -> Section:
    settings = StudySettings(budget=BUDGET)
    arms = int(trial.treated.sum()), int((~trial.treated).sum())
    found = study(FlatTrial(trial, arms, 0.5, (), ()), settings)
    fitted = cross_fit(trial, settings.models, folds=settings.folds, repeats=settings.repeats, seed=settings.seed)
    gain = called.astype(np.float64) - left
    figures: dict[str, object] = {
        "people": len(trial),
        "features": len(trial.names),
        "true_mean_effect": round(float(truth.mean()), 4),
        "lived_mean_effect": round(float(gain.mean()), 4),
        "effect": shown(vars_of(found.effect)),
        "verdict": found.verdict,
        "heterogeneity_z": round(found.heterogeneity.z, 2),
        "oracle_kinds_unknown.rank_correlation_with_truth": rank_correlation(unknown, truth),
    }
    for name in LEARNERS:
        predicted = fitted.uplift[name].mean(axis=0)
        figures[f"{name}.rank_correlation_with_truth"] = rank_correlation(predicted, truth)
        figures[f"{name}.rank_correlation_with_kinds_unknown"] = rank_correlation(predicted, unknown)
        figures[f"{name}.true_effect_of_top_30"] = top(predicted, truth)
    response = fitted.treated.mean(axis=0)
    figures["response.rank_correlation_with_truth"] = rank_correlation(response, truth)
    figures["response.true_effect_of_top_30"] = top(response, truth)
    figures["oracle.true_effect_of_top_30"] = top(truth, truth)
    figures["oracle_kinds_unknown.true_effect_of_top_30"] = top(unknown, truth)
    figures |= {f"qini.{r.name}": round(r.qini_mean or np.nan, 4) for r in found.rankings}
    covered = {}
    for worth in found.policies:
        true = np.mean([lived_value(worth.name, fitted, r, called, left) for r in range(fitted.repeats)])
        covered[worth.name] = worth.robust.low <= true <= worth.robust.high
        figures[f"policy.{worth.name}"] = f"{shown(vars_of(worth.robust))}, true {true:.4f}"
    figures["policies_covered"] = f"{sum(covered.values())} of {len(covered)}"
    ratios: dict[str, object] = {
        "dr.share_of_what_data_could_tell": round(
            float(str(figures["dr.rank_correlation_with_truth"]))
            / float(str(figures["oracle_kinds_unknown.rank_correlation_with_truth"])),
            3,
        )
    }
    return Section(figures, ratios)


def vars_of(interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def top(score: np.ndarray, truth: np.ndarray) -> float:
    """Mean true effect of the 30% ranked highest."""
    return round(float(truth[np.argsort(-score)[: int(BUDGET * score.size)]].mean()), 4)


def lived_value(name: str, fitted, repeat: int, called: np.ndarray, left: np.ndarray) -> float:
    """Share retained if the policy had been followed by these very people."""
    fold, uplift = fitted.fold[repeat], fitted.uplift["dr"][repeat]
    policy = {
        "uplift": best_within(uplift, fold, BUDGET),
        "uplift_pays": best_within(uplift, fold, BUDGET, 0.0),
        "response": best_within(fitted.treated[repeat], fold, BUDGET),
        "everybody": np.ones(uplift.size, dtype=bool),
    }[name]
    return float(np.where(policy, called, left).mean())
