"""How often each trigger rule matched of late, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q, QuerySet

from liuke.govern.access import Scope, require
from liuke.state.models import TriggerMatch

SPAN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Matches of one rule in the last 30 days. fates: by `act.triggered.Fate`. last: the newest ever, UTC."""

    matches: int = 0
    today: int = 0
    last: datetime | None = None
    fates: Mapping[str, int] = field(default_factory=dict)


def rule_counts(scope: Scope, now: datetime, day_began: datetime) -> dict[str, RuleCount]:
    """Counts by rule, of the customers in the person's scope. day_began: of the bank's day of `now`, aware.

    Raises NotAllowed without `see_effect`.
    """
    require(scope, "see_effect")
    mine = _mine(scope)
    recent = mine.filter(matched_at__gt=now - SPAN)
    found: dict[str, dict[str, int]] = {}
    for rule, fate, n in recent.values_list("rule", "fate").annotate(n=Count("id")):
        found.setdefault(rule, {})[fate] = n
    whole = mine.values("rule").annotate(last=Max("matched_at"), today=Count("id", filter=Q(matched_at__gte=day_began)))
    return {
        row["rule"]: RuleCount(sum(found.get(row["rule"], {}).values()), row["today"], row["last"],
                               found.get(row["rule"], {}))
        for row in whole
    }  # fmt: skip


def recent_matches(scope: Scope, rule: str, limit: int = 50) -> list[TriggerMatch]:
    """The newest matches of a rule in the person's scope. Raises NotAllowed without `see_effect`."""
    require(scope, "see_effect")
    return list(_mine(scope).filter(rule=rule).order_by("-matched_at", "-id")[:limit])


@dataclass(frozen=True, slots=True)
class Lag:
    """Milliseconds from receiving the event: until the match was at hand, and until match and order were written.

    matches: those of the span whose event is known, over which p50 and p99 are taken (nearest rank); None without any.
    """

    matches: int = 0
    match_p50: int | None = None
    match_p99: int | None = None
    written_p50: int | None = None
    written_p99: int | None = None


def rule_lag(scope: Scope, rule: str, since: datetime) -> Lag:
    """The lag of the rule's matches decided since then, of the whole bank: a speed tells of nobody.

    Raises NotAllowed without `see_effect`.
    """
    require(scope, "see_effect")
    found = TriggerMatch.objects.filter(rule=rule, decided_at__gte=since, lag_ms__isnull=False)
    many = found.count()
    if not many:
        return Lag()

    def ranked(column: str, share: float) -> int:
        place = max(0, math.ceil(share * many) - 1)
        value: int = found.order_by(column).values_list(column, flat=True)[place]
        return value

    return Lag(many, ranked("match_ms", 0.5), ranked("match_ms", 0.99), ranked("lag_ms", 0.5), ranked("lag_ms", 0.99))


def _mine(scope: Scope) -> QuerySet[TriggerMatch]:
    if scope.branches is None:
        return TriggerMatch.objects.all()
    return TriggerMatch.objects.filter(branch_id__in=sorted(scope.branches))


def people_matched() -> dict[str, int]:
    """How many of the bank's customers each rule has ever matched. For the stream worker: of the whole bank."""
    known = TriggerMatch.objects.exclude(fate__in=("shadow", "unknown"))
    return dict(known.values_list("rule").annotate(people=Count("customer_id", distinct=True)))


def matched_before(pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (rule, customer) that were matched before. For the stream worker: of the whole bank."""
    found = TriggerMatch.objects.filter(customer_id__in={customer for _, customer in pairs})
    known = found.exclude(fate__in=("shadow", "unknown")).values_list("rule", "customer_id").distinct()
    return set(pairs) & set(known)
