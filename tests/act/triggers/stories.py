"""Hand-made histories: events at moments of the bank's own clock, and what the reference makes of them."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from liuke.act.triggers.catalogue import SHIPPED
from liuke.act.triggers.event import Event
from liuke.act.triggers.match import Match
from liuke.act.triggers.reference import Reference
from liuke.act.triggers.ruleset import Rule, parse_trigger, rule_set

ZONE = ZoneInfo("Asia/Shanghai")
TRIGGERS = Path(__file__).resolve().parents[3] / "examples" / "bank" / "triggers"
HEAD = "name: {zh: 试, en: T}\ndescription: {zh: 试, en: T}\nowner: me\ntheme: test\n"


def at(text: str) -> int:
    """The moment of a bank-local time: at("03-05 10:00") in 2026, at("2025-12-31 23:59:59")."""
    whole = text if text.startswith("20") else f"2026-{text}"
    return round(datetime.fromisoformat(whole).replace(tzinfo=ZONE).timestamp() * 1_000_000)


class Story:
    """Events of customers in the order in which they arrive; by default at once, each with an id of its own."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._numbers = count(1)

    def then(self, name: str, when: str, *, arrives: str = "", who: str = "C1", **properties: Any) -> Story:
        """One more event; `event_id` among the properties names it."""
        event_id = properties.pop("event_id", f"e{next(self._numbers)}")
        received = at(arrives or when)
        self.events.append(Event(event_id, name, at(when), received, who, properties))
        return self


def shipped(code: str) -> Rule:
    """A rule of the examples."""
    return parse_trigger((TRIGGERS / f"{code}.yaml").read_text(encoding="utf-8"), SHIPPED, code=code)


def rule(body: str, code: str = "draft") -> Rule:
    """A rule of this condition and these settings."""
    return parse_trigger(HEAD + body, SHIPPED, code=code)


def told(rule: Rule, story: Story, until: str = "") -> list[Match]:
    """The matches of one rule over the story, and those of the clock until a moment."""
    reference = Reference(rule_set([rule], SHIPPED, switched_on=[rule.code]), ZONE)
    found = reference.feed(story.events)
    return found + (reference.advance(at(until)) if until else [])
