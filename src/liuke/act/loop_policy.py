"""`policies/loop.yaml`: who is decided about, who is held out, and how fast an order must be worked on."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from liuke.yaml_file import Document, load_yaml

Tier = Literal["red", "orange", "yellow"]
Priority = Literal["P1", "P2", "P3"]

TIER_ORDER: tuple[Tier, ...] = ("red", "orange", "yellow")
"""Most urgent first."""
DecideBy = Literal["score", "incremental_value"]


class PriorityRule(Document):
    """What a warning tier means on the RM's desk.

    sla_work_hours: working hours (WorkCalendar: lunch, nights and holidays do not count) within which the
    first contact must be tried.
    """

    priority: Priority
    sla_work_hours: float = Field(gt=0, le=400)

    @property
    def sla(self) -> timedelta:
        """Working time until the first contact is due."""
        return timedelta(hours=self.sla_work_hours)


_PRIORITIES: dict[Tier, PriorityRule] = {
    "red": PriorityRule(priority="P1", sla_work_hours=4),
    "orange": PriorityRule(priority="P2", sla_work_hours=8),
    "yellow": PriorityRule(priority="P3", sla_work_hours=24),
}


class LoopPolicy(Document):
    """How warnings become decisions and orders. A missing file means these defaults.

    experiment, salt: name the random draw (act/holdout.py); changing either redraws every customer, so do it
    only to start a new experiment. holdout_share: share of the decided who are held out, so that the effect
    can be measured; 0.1 is the bank's price of knowing. cool_down_days: a customer is decided at most once in
    so many days. default_daily_capacity: orders per RM and workday where `staff.daily_capacity` is empty;
    pool_daily_capacity: the same for a branch's customers without an RM. minimum_age_years: younger customers
    are never decided (PIPL 28, 31 protects under-14s; 18 is our stricter default); an unknown age passes.
    order_valid_days: an order nobody finished expires so many days after it was opened. decide_by: who gets a desk's
    places. score: warned customers by tier, score and assets, and no offers. incremental_value: care calls and offers
    over the desk by what they are expected to bring (policies/levers.yaml).
    """

    experiment: str = Field("rm_care", min_length=1, max_length=60)
    salt: str = Field("liuke", min_length=1, max_length=60)
    holdout_share: float = Field(0.1, ge=0, lt=1)
    cool_down_days: int = Field(90, ge=1, le=1000)
    tiers: tuple[Tier, ...] = Field(TIER_ORDER, min_length=1)
    treatment: Literal["rm_care"] = "rm_care"
    minimum_age_years: int = Field(18, ge=0, le=120)
    default_daily_capacity: int = Field(20, ge=0)
    pool_daily_capacity: int = Field(20, ge=0)
    priorities: dict[Tier, PriorityRule] = Field(default_factory=lambda: dict(_PRIORITIES))
    order_valid_days: int = Field(14, ge=1, le=365)
    decide_by: DecideBy = "score"

    @field_validator("experiment", "salt")
    @classmethod
    def _no_separator(cls, value: str) -> str:
        if "|" in value:
            raise ValueError("may not contain '|', which separates the parts that are hashed")
        return value

    @model_validator(mode="after")
    def _every_tier_has_a_priority(self) -> Self:
        missing = [tier for tier in self.tiers if tier not in self.priorities]
        if missing:
            raise ValueError(f"priorities has no entry for tier {', '.join(missing)}")
        return self

    @property
    def version(self) -> str:
        """First 12 hex digits of SHA-256 over the canonical JSON: equal exactly when the content is equal."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


def read_loop_policy(path: Path) -> LoopPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, LoopPolicy) if path.is_file() else LoopPolicy()
