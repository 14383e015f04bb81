"""Berka (PKDD'99): does the mean balance of the next 90 days fall below 60% of that of the last 90?

The mapping is the one of the shipped template. Snapshots every 7 days; the label windows of the days learned from
close before the first day judged on. Everybody known for a month is looked at, also those who have fallen already.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.churn.home import auc_of, define, liuke, told, train
from benchmarks.section import Section, public_data

DEFINITION = {
    "name": {"zh": "余额下降", "en": "Balance fell"},
    "horizon_days": 90,
    "losses": [{"kind": "balance_mean", "kept_share": 0.6, "minimum_mean": 1}],
    "at_risk": {"known_days": 30, "minimum_aum": None, "minimum_transactions": None},
}
TRAINING = {"every": 7, "snapshots": 60, "history_days": 90, "test_share": 0.1}
TARGETS = {"all": 0.90, "not_fallen": 0.83}


def run() -> Section:
    """Loads, trains, compares."""
    with tempfile.TemporaryDirectory(prefix="liuke-berka-") as folder:
        home = Path(folder) / "home"
        liuke("init", home, "--template", "berka")
        liuke("load", "--home", home, "--data", public_data() / "berka", "--json")
        define(home, DEFINITION, TRAINING)
        result = train(home)
    ratios = {
        f"{group}.auc_to_target_{target}": round(auc_of(result, group) / target, 4) for group, target in TARGETS.items()
    }
    return Section(told(result), dict(ratios))
