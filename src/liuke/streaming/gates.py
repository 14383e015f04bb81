"""Whom the gates keep from being called at this moment: asked of the lake, a few customers at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from liuke.act.contact_policy import ContactPolicy, planned_at
from liuke.act.gates.one_customer import READ, Finding, GatesOfFew
from liuke.act.gates.sheet import SHEET
from liuke.clock import AsOf, WorkCalendar
from liuke.engine import Engine
from liuke.lake import Lake

CARE: Final[Mapping[str, Any]] = {
    "treatment": "rm_care", "source": "trigger", "source_id": "trigger", "theme": "rm_care", "message_class": "service",
    "purpose": None, "channel": "phone", "offer_id": None, "offered_risk": None, "eligible": True, "applicable": True,
    "unmet": None,
}  # fmt: skip
"""What follows from a match, as the gates see it: a call by the manager that offers nothing."""


class AskGates(Protocol):
    """Asks the gates about customers."""

    def __call__(
        self, customer_ids: Collection[str], at: datetime, policy: ContactPolicy, calendar: WorkCalendar
    ) -> Mapping[str, Finding]:
        """By customer, the first thing that stops a care call at that moment, with the rules of all gates that do;
        who is not in it may be called.
        """


def nobody_stopped(
    customer_ids: Collection[str], at: datetime, policy: ContactPolicy, calendar: WorkCalendar
) -> Mapping[str, Finding]:
    """Where no gates are asked."""
    return {}


class LakeGates:
    """The gates over what the lake knows; compiled anew (some 0.3 s) when a table they read, the policy or the day
    changes.
    """

    def __init__(self, lake: Lake, engine: Engine, zone: ZoneInfo) -> None:
        self._lake, self._engine, self._zone = lake, engine, zone
        self._made_for: tuple[Any, ...] | None = None
        self._gates: GatesOfFew | None = None
        self._sheet = engine.from_arrow(SHEET.empty_table())

    def __call__(
        self, customer_ids: Collection[str], at: datetime, policy: ContactPolicy, calendar: WorkCalendar
    ) -> Mapping[str, Finding]:
        """See AskGates."""
        if not customer_ids:
            return {}
        planned = planned_at(policy, calendar, at)
        asked = [{**CARE, "customer_id": who} for who in sorted(set(customer_ids))]
        judged = self._of(planned.day, at, policy).judge(asked, planned)
        return {str(j.candidate["customer_id"]): replace(j.stop, stops=j.stops) for j in judged if j.stop}

    def _of(self, day: date, at: datetime, policy: ContactPolicy) -> GatesOfFew:
        now = (*(self._lake.version(table) for table in READ), policy.version, day)
        if self._gates is None or now != self._made_for:
            as_of = AsOf(day, at)
            self._gates = GatesOfFew(
                self._engine, lambda t: self._lake.scan(self._engine, t), as_of, self._zone, self._sheet, policy, (),
                service_only=True,
            )  # fmt: skip
            self._made_for = now
        return self._gates
