"""The synthetic bank: the shipped definition, judged out of time, against three oracles that know what is latent.

LIUKE_BENCH_SYNTHETIC: customers, runs of an oracle and the bank's seed, default "10000,100,1". An oracle's score of a
customer is the share of futures in which he is lost, simulated from the latent state of the last snapshot
(sim/true_risk); it is judged on the same customers and labels as the model. `hazard` knows the state and the true
hazards; `fates` knows besides what running episodes have drawn already and not shown yet, which is stricter;
`episodes` knows every episode that has begun and not who is making up his mind. By chance of its runs an oracle ranks a
little below what could be known.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date, datetime
from pathlib import Path

import numpy as np

from benchmarks.churn.home import auc_of, liuke, told, train
from benchmarks.section import Section
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
ORACLES = {"hazard": (False, True), "fates": (True, True), "episodes": (False, False)}
"""Oracle → whether it knows the fates already drawn, and who leans."""


def run() -> Section:
    """Simulates, loads, trains, asks the oracle."""
    customers, runs, seed = _size()
    config = SimConfig(customers, END, seed=seed)
    with tempfile.TemporaryDirectory(prefix="liuke-synthetic-") as folder:
        home, files = Path(folder) / "home", Path(folder) / "bank"
        liuke("simulate", files, "--customers", customers, "--end", END, "--seed", seed, "--json")
        liuke("init", home)
        liuke("load", files / "sources" / "simulated.yaml", "--home", home, "--json")
        result = train(home)
        day = date.fromisoformat(result["test_days"][-1])
        [moment] = moments(found_bank(config), [day])
        risks = {
            name: true_risk(moment, _loss(), runs=runs, seed=7, fates_known=fates_known, leaning_known=leaning_known)
            for name, (fates_known, leaning_known) in ORACLES.items()
        }
        oracle = _judged(home, moment, risks, day)
    figures = told(result) | {"customers": customers, "oracle_runs": runs, "seed": seed, **oracle}
    ratios: dict[str, object] = {}
    for name in risks:
        for group, known in (("last", f"oracle.{name}.auc"), ("last_not_fallen", f"oracle.{name}.not_fallen.auc")):
            best = oracle[known]
            if best and best > 0.5:
                share = (auc_of(result, group) - 0.5) / (best - 0.5)
                ratios[f"{group}.share_of_{name}_oracle_{TARGET}"] = round(share, 4)
    return Section(figures, ratios)


def _size() -> tuple[int, int, int]:
    """Customers, runs, seed; the last may be left out."""
    customers, runs, *seed = (int(n) for n in os.environ.get("LIUKE_BENCH_SYNTHETIC", "10000,100").split(","))
    return customers, runs, seed[0] if seed else 1


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


def _judged(home: Path, moment: Moment, risks: dict[str, np.ndarray], day: date) -> dict[str, float | None]:
    """The oracles' AUC on the customers and labels of the last snapshot, by name."""
    house = open_house(home)
    with house.engine() as engine:
        known = AsOf(END, datetime(2100, 1, 1, tzinfo=house.zone))
        tables = tables_as_of(lambda table: house.lake.scan(engine, table), known, house.zone)
        made = fates(engine, tables, [day], ATTRITION)
        rows = engine.arrow(made.filter(made.at_risk & ~made.too_soon)).to_pydict()
    names = customer_ids(moment.world.bank.customers.index).to_pylist()
    place = {name: n for n, name in enumerate(names)}
    who, label = np.array([place[c] for c in rows["customer_id"]]), np.array(rows["lost"])
    standing = np.array(rows["aum"]) >= TrainingRule().not_fallen_share * np.array(rows["aum_mean_90"])
    found: dict[str, float | None] = {"lost_share": round(float(label.mean()), 4)}
    for name, risk in risks.items():
        score = risk[who]
        found[f"oracle.{name}.auc"] = auc(label, score)
        found[f"oracle.{name}.not_fallen.auc"] = auc(label[standing], score[standing])
        found[f"oracle.{name}.mean_risk"] = round(float(score.mean()), 4)
    return found
