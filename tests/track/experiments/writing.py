"""Experiments written in a test, what they may refer to, and a bank whose loop decided about some customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import yaml

from liuke.act.holdout import draw
from liuke.clock import AsOf
from liuke.settings import Name
from liuke.tables import CONTACT, DECISION
from liuke.track.experiments.catalogue import Experiment, Shelf, parse_experiment
from liuke.track.experiments.draws import Draw, Key
from liuke.track.experiments.planner import Baseline, Wish, as_json, plan
from liuke.track.experiments.registration import Registration, registered
from liuke.track.experiments.units import Bank as Read
from liuke.track.outcome_definitions import OutcomeDefinitions
from tests.track.conftest import Bank, morning_after

START = date(2026, 3, 2)
TIERS = (("regular", 0.0), ("gold", 50_000.0))
ARMS = {"phone": 0.4, "letter": 0.4, "holdout": 0.2}


def shelf(share: float = 0.5, outcomes: Mapping[str, Any] | None = None) -> Shelf:
    """The loop, one campaign of two arms and one trigger rule."""
    name = Name(zh="试", en="Trial")
    found = [
        Draw("rm_care", "loop", "", name, share, {}),
        Draw("campaign_wake", "campaign", "wake", name, 0.2, ARMS, ("phone", "sms")),
        Draw("trigger_payroll", "trigger", "payroll", name, share, {}),
    ]
    keys: dict[Key, Draw] = {(d.kind, d.code): d for d in found}
    return Shelf(keys, OutcomeDefinitions(**({"outcomes": outcomes} if outcomes else {})), TIERS)


def written(**other: Any) -> str:
    """The YAML of a plain experiment on the loop, with these keys instead of its own; None leaves a key out."""
    keys: dict[str, Any] = {
        "name": {"zh": "试", "en": "Trial"},
        "hypothesis": {"zh": "有用", "en": "It helps"},
        "owner": "me",
        "source": {"kind": "loop"},
        "metrics": {"primary": ["retained_30"]},
        "mde": 0.05,
        "assumed": {"mean": 0.8, "entrants_per_day": 40},
    }
    kept = {key: value for key, value in (keys | other).items() if value is not None}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)


def experiment(code: str = "trial", on: Shelf | None = None, **other: Any) -> Experiment:
    """That experiment, read."""
    return parse_experiment(written(**other), on or shelf(), code=code)


def planned(made: Experiment) -> dict[str, Any]:
    """Its plan, from what its file assumes."""
    spec, assumed = made.spec, made.spec.assumed
    mean, per_day = (assumed.mean, assumed.entrants_per_day) if assumed else (0.8, 40.0)
    base = Baseline(mean, mean * (1 - mean), per_day, 30)
    return as_json(plan(base, Wish(spec.mde, made.shares, spec.arms.treated, spec.arms.control)))


def registration(
    made: Experiment | None = None, started_on: date = START, clusters: Mapping[str, str] | None = None, **other: Any
) -> Registration:
    """What is frozen when it starts."""
    made = made or experiment(**other)
    return registered(made, planned(made), started_on, clusters)


def loop(
    bank: Bank,
    customers: int,
    *,
    days: int = 28,
    share: float = 0.5,
    leaves: Mapping[str, float] | None = None,
    first: date = START,
    salt: str = "s",
) -> None:
    """So many customers whom the loop decides about, evenly over the days; `leaves`: share per arm who close."""
    leaves = leaves or {"treated": 0.1, "holdout": 0.4}
    for n in range(customers):
        who = f"C{n:05d}"
        value = draw(who, "rm_care", salt)
        arm = "holdout" if value < share else "treated"
        day = first + timedelta(days=n % days)
        goes = draw(who, "leaves", salt) < leaves[arm]
        bank.customer(who, closed_on=day + timedelta(days=10) if goes else None, aum=f"{1000 + n % 7 * 100}.00")
        if goes:
            bank.balance(f"{who}-1", day + timedelta(days=10), "0.00")
        bank.pays(f"{who}-1", day + timedelta(days=25))
        bank.decision(
            who, day, arm=arm, draw=value, holdout_share=share, aum=Decimal(1000 + n % 7 * 100),
            branch_id=f"B{n % 4}", staff_id=f"S{n % 12:02d}", tier=("red", "orange")[n % 2],
            treatment="rm_care" if arm == "treated" else None,
        )  # fmt: skip


def read(bank: Bank, day: date) -> Read:
    """What a reading of the bank reads on the day."""
    as_of = AsOf(day, morning_after(day))
    contacts = bank.table(CONTACT)
    contacts = contacts.filter(contacts.ingested_at <= as_of.known_by, contacts.business_date <= day)
    return Read(as_of, bank.table(DECISION), contacts, bank.facts(as_of), bank.facts)
