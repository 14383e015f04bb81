"""The demo's experiment: the shipped one, registered by two people on the morning before the loop begins."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from liuke.cli.demo.plan import Plan
from liuke.daily.experimenting import plan_one
from liuke.govern.access import Scope
from liuke.state.actions.change_experiment import decide_experiment, propose_experiment
from liuke.state.actions.change_order import Who
from liuke.track.experiments.catalogue import read_bank_experiments
from liuke.track.experiments.planner import as_json
from liuke.wiring import House

CARE: Final = "care_call"
_EVERY: Final = 10
"""Batch days from one reading to the next: on every day the demo would take longer and show no more."""


def register(house: House, plan: Plan) -> None:
    """What the analyst proposes with its plan, the compliance officer approves; the first batch starts it."""
    day = plan.loop_start - timedelta(days=1)
    experiment = read_bank_experiments(house.home).named(CARE)
    with house.engine() as engine:
        planned = as_json(plan_one(house, engine, experiment, day))
    at = house.as_of(day).known_by
    author, officer = Who(Scope("analyst", "analyst", None), at), Who(Scope("compliance", "compliance", None), at)
    row = propose_experiment(author, experiment, planned, "先写明要看什么，再看")
    decide_experiment(officer, experiment, "approve", row.version)


def is_read(plan: Plan, day: date, place: int) -> bool:
    """Whether experiments are read after the batch of the day, the `place`-th (from 0)."""
    return not plan.loop_only and (plan.looks_at(day) or place % _EVERY == 0)
