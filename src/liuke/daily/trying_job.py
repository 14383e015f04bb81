"""A trial of a contact policy asked for in the console."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from liuke.act.contact_policy import ContactPolicy
from liuke.daily.trying import try_policy
from liuke.state.models import RuleReplay
from liuke.wiring import House
from liuke.wiring.asked_job import run_asked
from liuke.yaml_file import parse_yaml


def run_trial(house: House, pk: int) -> None:
    """Tries what row `pk` asks for and writes what came of it, whatever that is."""

    def work(job: RuleReplay, progress: Any) -> dict[str, Any]:
        policy = parse_yaml(job.text, ContactPolicy, "contact.yaml")
        days = (job.last - job.first).days + 1
        with house.on("duckdb").engine() as engine:
            return asdict(try_policy(house, engine, policy, days=days, progress=progress))

    run_asked(pk, work)
