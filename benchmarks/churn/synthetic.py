"""The synthetic bank: the shipped definition, judged out of time, against the oracle that knows the true hazard.

LIUKE_BENCH_SYNTHETIC: customers and runs of the oracle, default "10000,100". The oracle's score of a customer is the
share of futures in which he is lost, simulated from the latent state of the last snapshot (sim/true_risk); it is judged
on the same customers and labels as the model. By chance of its runs it ranks a little below what could be known.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, datetime
from pathlib import Path

import numpy as np

from benchmarks.churn.home import auc_of, liuke, told, train
from benchmarks.churn.section import Section
from liuke.clock import AsOf
from liuke.insight.churn.definition import ATTRITION, TrainingRule
from liuke.insight.churn.fates import fates
from liuke.insight.known import tables_as_of
from liuke.sim import SimConfig, found_bank
from liuke.sim.facts import customer_ids
from liuke.sim.true_risk import LossOf, Moment, moments, true_risk
from liuke.stats.ranking import auc
from liuke.wiring.house import open_house

END = date(2026, 6, 30)
TARGET = 0.95


def run() -> Section:
    """Simulates, loads, trains, asks the oracle."""
    customers, runs = (int(n) for n in os.environ.get("LIUKE_BENCH_SYNTHETIC", "10000,100").split(","))
    config = SimConfig(customers, END)
    with tempfile.TemporaryDirectory(prefix="liuke-synthetic-") as folder:
        home, files = Path(folder) / "home", Path(folder) / "bank"
        liuke("simulate", files, "--customers", customers, "--end", END, "--json")
        liuke("init", home)
        liuke("load", files / "sources" / "simulated.yaml", "--home", home, "--json")
        result = train(home)
        day = date.fromisoformat(result["test_days"][-1])
        [moment] = moments(found_bank(config), [day])
        risk = true_risk(moment, _loss(), runs=runs, seed=7)
        oracle = _judged(home, moment, risk, day)
    figures = told(result) | {"customers": customers, "oracle_runs": runs, **oracle}
    ratios: dict[str, object] = {}
    for group, known in (("last", "oracle.auc"), ("last_not_fallen", "oracle.not_fallen.auc")):
        best = oracle[known]
        if best and best > 0.5:
            ratios[f"{group}.share_of_oracle_{TARGET}"] = round((auc_of(result, group) - 0.5) / (best - 0.5), 4)
    return Section(figures, ratios)


def _loss() -> LossOf:
    """The shipped definition in the simulation's own units."""
    _, balance, silence = ATTRITION.losses
    return LossOf(
        horizon_days=ATTRITION.horizon_days,
        fall=balance.fall,  # type: ignore[union-attr]
        stays_days=balance.stays_days,  # type: ignore[union-attr]
        least_aum=int(balance.minimum_aum * 100),  # type: ignore[union-attr]
        silent_days=silence.days,  # type: ignore[union-attr]
        habit=int(silence.minimum_monthly_mean * 3),  # type: ignore[union-attr]
    )


def _judged(home: Path, moment: Moment, risk: np.ndarray, day: date) -> dict[str, float | None]:
    """The oracle's AUC on the customers and labels of the last snapshot."""
    house = open_house(home)
    with house.engine() as engine:
        known = AsOf(END, datetime(2100, 1, 1, tzinfo=house.zone))
        tables = tables_as_of(lambda table: house.lake.scan(engine, table), known, house.zone)
        made = fates(engine, tables, [day], ATTRITION)
        rows = engine.arrow(made.filter(made.at_risk & ~made.too_soon)).to_pydict()
    names = customer_ids(moment.world.bank.customers.index).to_pylist()
    of = dict(zip(names, risk, strict=True))
    score, label = np.array([of[c] for c in rows["customer_id"]]), np.array(rows["lost"])
    standing = np.array(rows["aum"]) >= TrainingRule().not_fallen_share * np.array(rows["aum_mean_90"])
    return {
        "oracle.auc": auc(label, score),
        "oracle.not_fallen.auc": auc(label[standing], score[standing]),
        "oracle.mean_risk": round(float(score.mean()), 4),
        "lost_share": round(float(label.mean()), 4),
    }
