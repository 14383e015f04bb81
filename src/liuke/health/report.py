"""How the platform is, in one call: for pages, commands and monitoring systems alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from liuke.health.facts import HealthFacts, health_facts
from liuke.health.findings import HealthFinding, findings
from liuke.health.policy import read_health_policy
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The facts, and what of them is beyond the bank's limits."""

    facts: HealthFacts
    findings: tuple[HealthFinding, ...]


def health_report(house: House, at: datetime) -> HealthReport:
    """As of the aware moment `at`. Raises YourMistake for a mistake in policies/health.yaml."""
    facts = health_facts(house, at)
    return HealthReport(facts, findings(facts, read_health_policy(house.policy("health"))))
