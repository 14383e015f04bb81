"""Who entered so far: each customer once, after the start, and hold-outs whom somebody called."""

from __future__ import annotations

import re
from datetime import timedelta

from liuke.clock import AsOf
from liuke.track.experiments.queries import QUERIES, query_steps
from liuke.track.experiments.so_far import SoFar, so_far
from tests.track.conftest import Bank, morning_after
from tests.track.experiments.writing import START, experiment, read, registration


def test_each_customer_counts_once_and_only_calls_within_the_horizon_are_contacts(bank: Bank) -> None:
    for n in range(6):
        bank.customer(f"C{n}")
    for n, arm in enumerate(("treated", "treated", "holdout", "holdout", "holdout")):
        bank.decision(f"C{n}", START + timedelta(days=n), arm=arm)
    bank.decision("C0", START + timedelta(days=9), arm="treated")
    bank.decision("C5", START - timedelta(days=1), arm="holdout")
    bank.decision("C5", START + timedelta(days=2), arm="holdout")  # drawn before the start: never counts
    bank.contact("C2", START + timedelta(days=5), channel="phone")
    bank.contact("C3", START + timedelta(days=5), channel="sms")
    bank.contact("C4", START + timedelta(days=200), channel="phone")
    day = START + timedelta(days=60)
    known = read(bank, day)
    found = so_far(bank.engine, known.decisions, known.contacts, {"trial": registration()}, day)
    assert found == {"trial": SoFar(entered=5, held_out=3, contacted=1, first=START)}


def test_the_queries_behind_the_figures_are_those_a_reading_runs() -> None:
    """Tables stand under their names in the lake, each step reads those before it."""
    made = registration(experiment(segment="tier", metrics={"primary": ["retained_30"], "covariates": ["aum"]}))
    day = START + timedelta(days=60)
    as_of = AsOf(day, morning_after(day))
    for query in QUERIES:
        steps = query_steps(query, made, as_of)
        text = " ".join(sql for _name, sql in steps)
        assert ("experiment_reading" if query == "kept" else "decision") in text
        for place, (_name, sql) in enumerate(steps, start=1):
            assert all(int(number) < place for number in re.findall(r"step_(\d+)", sql))
