"""Asking for a replay of a rule, following it and stopping it; and what its process tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from liuke.act.triggers.ruleset import Rule
from liuke.errors import TryAgain, YourMistake, coded
from liuke.govern.access import require
from liuke.state.actions.change_order import Who
from liuke.state.locks import sole_writer
from liuke.state.models import RuleReplay

MOST_AT_ONCE: Final = 2
"""Replays of a bank that run at the same time: each reads months of events with an engine of its own."""
SILENT: Final = timedelta(seconds=60)
"""A replay that has not told anything for so long has died; starting may take half of it."""
LONGEST: Final = timedelta(days=400)
POLICY: Final = "policies/contact"
"""Stands as the code of trials of the contact policy; no rule can be called so."""


def ask_replay(who: Who, rule: Rule, text: str, first: date, last: date) -> RuleReplay:
    """Notes that the rule is to be replayed; one's own earlier replay of it is stopped.

    Raises YourMistake for days in the wrong order or too many, TryAgain when others run already.
    """
    return _asked(who, rule.code, text, rule.meaning, (first, last))


def ask_trial(who: Who, text: str, meaning: str, days: tuple[date, date]) -> RuleReplay:
    """The same for the text of a contact policy, tried on these days' candidates. meaning: its version."""
    return _asked(who, POLICY, text, meaning, days)


def is_trial(pk: int) -> bool:
    """Whether the row asks for a policy to be tried and not for a rule."""
    return RuleReplay.objects.filter(pk=pk, code=POLICY).exists()


def _asked(who: Who, code: str, text: str, meaning: str, days: tuple[date, date]) -> RuleReplay:
    require(who.scope, "edit_rules")
    first, last = days
    if first > last or last - first > LONGEST:
        raise YourMistake(coded("replay_days", "the days are in order, and at most {most}", most=LONGEST.days))
    with sole_writer("rule_replays"):
        alive = _alive(who.at)
        alive.filter(asked_by=who.scope.actor, code=code).update(stop=True)
        if alive.exclude(asked_by=who.scope.actor, code=code).count() >= MOST_AT_ONCE:
            raise TryAgain(coded("replays_busy", "{most} replays run already", most=MOST_AT_ONCE), then="wait for one")
        return RuleReplay.objects.create(
            code=code, text=text, meaning=meaning, first=first, last=last, asked_by=who.scope.actor,
            asked_at=who.at, seen_at=who.at,
        )  # fmt: skip


def stop_replay(who: Who, pk: int) -> None:
    """Asks the replay's process to end; it does within a second or so."""
    require(who.scope, "edit_rules")
    RuleReplay.objects.filter(pk=pk, state__in=("waiting", "running")).update(stop=True)


def replay_of(code: str, meaning: str) -> RuleReplay | None:
    """The newest finished replay of a rule of this meaning."""
    return RuleReplay.objects.filter(code=code, meaning=meaning, state="done").order_by("-pk").first()


def latest_replay(code: str, now: datetime) -> RuleReplay | None:
    """The newest replay of the rule, whatever became of it; one whose process died is told as failed."""
    found = RuleReplay.objects.filter(code=code).order_by("-pk").first()
    if found and found.state in ("waiting", "running") and found.seen_at < now - SILENT:
        finish_replay(found.pk, "failed", now, trouble="silent")
        found.refresh_from_db()
    return found


def tell_replay(pk: int, events: int, now: datetime) -> bool:
    """Its process tells how far it is; returns whether it shall stop."""
    RuleReplay.objects.filter(pk=pk, state__in=("waiting", "running")).update(
        state="running", events=events, seen_at=now
    )
    return RuleReplay.objects.filter(pk=pk, stop=True).exists()


def finish_replay(
    pk: int, state: str, now: datetime, *, result: Mapping[str, Any] | None = None, trouble: str = ""
) -> None:
    """What became of it: done with a result, stopped, or failed and why. The first word stands."""
    RuleReplay.objects.filter(pk=pk, state__in=("waiting", "running")).update(
        state=state, result=None if result is None else dict(result), trouble=trouble, finished_at=now, seen_at=now
    )


def _alive(now: datetime) -> QuerySet[RuleReplay]:
    return RuleReplay.objects.filter(state__in=("waiting", "running"), seen_at__gte=now - SILENT)
