"""What pages about changing rules read: the bank's events, who is who, what happened to a change, its versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from liuke.act.triggers.catalogue import properties_of
from liuke.act.triggers.ruleset import read_triggers
from liuke.collect.tracking.events_file import read_events
from liuke.console.figures import is_chinese
from liuke.console.labels import Text
from liuke.console.reading.lending import house
from liuke.console.trigger_words import PROPERTIES, event_name
from liuke.errors import LiukeError
from liuke.state.actions.change_rule import Bench
from liuke.state.models import AuditEntry, RuleChange, User
from liuke.streaming.rules import catalogue_of

MOST_VERSIONS = 50


def bench() -> Bench:
    """Where rules are changed: the bank's folder, and the events rules may name."""
    home = house().home
    return Bench(home, catalogue_of(home))


def event_names() -> dict[str, str]:
    """Names of the bank's own events in the page's language; none where its files cannot be read."""
    try:
        events = read_events(house().home / "events")
    except LiukeError:
        return {}
    return {event.event: event.name.zh if is_chinese() else event.name.en for event in events}


def rule_names() -> dict[str, str]:
    """Names of the bank's trigger rules in the page's language, by code; codes where the files cannot be read."""
    folder = house().home / "triggers"
    try:
        rules = read_triggers(house().home, bench().catalogue).every
    except LiukeError:
        return {path.stem: path.stem for path in folder.glob("*.yaml")}
    return {code: rule.spec.name.zh if is_chinese() else rule.spec.name.en for code, rule in rules.items()}


def language() -> dict[str, Any]:
    """The events and properties a rule may speak of, in words and by name."""
    catalogue, names = bench().catalogue, event_names()

    def told(event: str) -> list[tuple[str, Text, str]]:
        return [(name, PROPERTIES.get(name, ""), kind) for name, kind in properties_of(catalogue, event).items()]

    return {"events": [(name, event_name(name, names), told(name)) for name in sorted(catalogue)]}


def people(usernames: Iterable[str]) -> dict[str, str]:
    """How log-ins are shown."""
    wanted = {name for name in usernames if name}
    found = User.objects.filter(username__in=wanted).values_list("username", "display_name")
    return {name: name for name in wanted} | {username: shown or username for username, shown in found}


def trail(change: int, kind: str) -> list[dict[str, Any]]:
    """What happened to the change, as the audit log has it, oldest first. kind: what the log calls such changes."""
    rows = AuditEntry.objects.filter(object_type=kind, data__change=change).order_by("seq")
    found = list(rows.values("at", "actor", "action", "reason"))
    names = people(row["actor"] for row in found)
    return [row | {"name": names[row["actor"]]} for row in found]


def versions(code: str) -> list[RuleChange]:
    """What was approved of the rule, the newest first."""
    approved = RuleChange.objects.filter(code=code, stage__in=("approved", "replaced"))
    return list(approved.order_by("-decided_at", "-pk")[:MOST_VERSIONS])
