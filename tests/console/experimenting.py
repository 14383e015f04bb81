"""An experiment of the small bank: written, approved by two people, started before its first decisions, and read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from small_bank import last_day

from liuke.daily.experimenting import keep_reading, plan_one, read_one
from liuke.govern.access import Scope
from liuke.state.actions.change_experiment import decide_experiment, propose_experiment, start_experiment
from liuke.state.actions.change_order import Who
from liuke.state.experiment_list import listed_named
from liuke.state.models import ExperimentState
from liuke.track.experiments.catalogue import read_bank_experiments
from liuke.track.experiments.planner import as_json
from liuke.wiring import open_house
from tests.track.experiments.writing import written

DAY = last_day()
FIRST = DAY - timedelta(days=46)
AT = datetime.now(UTC)
ANALYST, OFFICER = (
    Who(Scope("analyst", "analyst", None), AT, ""), Who(Scope("officer", "compliance", None), AT, "")
)  # fmt: skip
KEYS: dict[str, Any] = {
    "name": {"zh": "关怀电话试验", "en": "Trial of care calls"},
    "metrics": {
        "primary": ["retained_30"],
        "guardrails": {"complaint_free_90": {"harm": 0.01}},
        "money": "aum_kept_90",
        "covariates": ["aum"],
    },
    "segment": "tier",
    "owner": "零售部",
}


def write(home: Path, code: str = "care", **keys: Any) -> None:
    """Puts the experiment's file into the home."""
    (home / "experiments").mkdir(exist_ok=True)
    (home / "experiments" / f"{code}.yaml").write_text(written(**(KEYS | keys)), encoding="utf-8")


def started(home: Path, code: str = "care", **keys: Any) -> ExperimentState:
    """Writes, proposes, approves and starts it before the bank's first decisions, and keeps readings of three days."""
    write(home, code, **keys)
    house = open_house(home)
    experiment = read_bank_experiments(home).named(code)
    with house.engine() as engine:
        planned = as_json(plan_one(house, engine, experiment, DAY))
        row = propose_experiment(ANALYST, experiment, planned, "先写明要看什么")
        row = decide_experiment(OFFICER, experiment, "approve", row.version)
        row = start_experiment(ANALYST, experiment, FIRST, row.version)
        for back in (10, 5, 0):
            line = listed_named(read_bank_experiments(home), code)
            keep_reading(house, read_one(house, engine, line, DAY - timedelta(days=back)))
    return row
