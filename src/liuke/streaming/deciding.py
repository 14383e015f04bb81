"""Matches of one micro-batch → rows of the state and proposed orders. Pure: people, policy and now come in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.one_customer import Finding
from liuke.act.loop_policy import LoopPolicy
from liuke.act.routing.route import Wants
from liuke.act.routing_policy import RoutingPolicy
from liuke.act.triggered import Matched, decide_match, loop_id_of
from liuke.act.triggers.match import Match
from liuke.act.triggers.rule_file import TriggerFile
from liuke.act.triggers.ruleset import Rule
from liuke.act.withheld import NOBODY, Withheld
from liuke.act.workorder import WARN_SHARE, Order, open_order
from liuke.clock import WorkCalendar
from liuke.collect.tracking.event import TrackedEvent
from liuke.settings import Name
from liuke.state.actions.take_matches import MatchRow
from liuke.state.desks import Proposal
from liuke.state.load import TRIGGER, OrderFacts
from liuke.streaming.on_line import is_on_line
from liuke.streaming.people import Person

_NUMBERS_TOLD = ("aum_share_30", "days_left")
"""Numbers that are kept with the events of an order; amounts are not."""
_KEPT_BACK = ("counterparty_name",)
"""Names of other people are not."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a micro-batch came to: every match with its fate, and the orders of those treated."""

    rows: tuple[MatchRow, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what decisions are made. rules: those that watch, by code."""

    rules: Mapping[str, Rule]
    policy: LoopPolicy
    calendar: WorkCalendar
    contact: ContactPolicy = field(default_factory=ContactPolicy)
    routing: RoutingPolicy = field(default_factory=RoutingPolicy)
    withheld: Withheld = NOBODY


def decide_matches(
    matches: Iterable[Match],
    people: Mapping[str, Person],
    terms: Terms,
    now: datetime,
    at_hand: Mapping[str, TrackedEvent] = MappingProxyType({}),
    over_share: Collection[str] = (),
    stops: Mapping[str, Finding] = MappingProxyType({}),
) -> Decided:
    """Decides each match at `now` (aware UTC). people: those of the matched that the bank knows.

    at_hand: events by id that have just come and are not in the lake yet. over_share: keys of matches whose rule has
    matched more customers than it may (shares.py). stops: by customer, what the gates found against a care call now.
    """
    rows: list[MatchRow] = []
    proposals: list[Proposal] = []
    day = now.astimezone(terms.calendar.zone).date()
    for match in matches:
        rule, person = terms.rules[match.rule].spec, people.get(match.customer_id)
        asked = Matched(
            match.key,
            match.rule,
            match.customer_id,
            rule.theme,
            rule.tier,
            match.shadow,
            match.key in over_share,
        )
        stop = stops.get(match.customer_id)
        fate, decision = decide_match(asked, person, terms.policy, day, now, stop, terms.withheld)
        rows.append(MatchRow(
            loop_id=loop_id_of(asked), rule=match.rule, version=match.version, customer_id=match.customer_id,
            branch_id=person.branch_id if person else None, staff_id=person.staff_id if person else None,
            matched_at=moment(match.matched_at), fate=fate, evidence=match.evidence,
            numbers=numbers(match) | (_stopped(stop) if stop and fate == "gated" else {})
            | (_withheld(terms.withheld, match.customer_id) if fate == "withheld" else {}),
            decision=None if decision is None else _as_json(decision), received_at=_received(match, at_hand),
        ))  # fmt: skip
        if fate == "treated" and decision is not None and person is not None:
            order = _order(decision, rule, terms, now)
            wants = Wants(terms.routing.wanted(order.theme), is_on_line(match, at_hand, now))
            proposals.append((order, replace(_facts(match, rule, person, at_hand), wants=wants)))
    return Decided(tuple(rows), tuple(proposals))


def _stopped(stop: Finding) -> dict[str, Any]:
    """What stopped the match, to be told with it."""
    until = stop.may_change_on.isoformat() if stop.may_change_on else None
    told = {"gate": stop.gate, "rule": stop.rule, "fact": stop.fact, "may_change_on": until, "stops": stop.stops}
    return {"stopped": told}


def _withheld(held: Withheld, customer_id: str) -> dict[str, Any]:
    """Which draw withheld it, to be told with the match."""
    value = held.draw_of(customer_id)
    return {"withheld": {"experiment": held.experiment, "draw": value, "holdout_share": held.share}}


def _received(match: Match, at_hand: Mapping[str, TrackedEvent]) -> datetime | None:
    """When the newest event of the evidence came in; None for matches of the clock, whose events came long before."""
    if match.by == "clock":
        return None
    came = [at_hand[event_id].received_at for event_id in match.evidence if event_id in at_hand]
    return moment(max(came)) if came else None


def moment(micros: int) -> datetime:
    """Microseconds since the epoch as an aware moment."""
    return _EPOCH + timedelta(microseconds=micros)


def numbers(match: Match) -> dict[str, Any]:
    """What the match is told with: count, total, and first and last moment in ISO form."""
    first, last = moment(match.first).isoformat(), moment(match.last).isoformat()
    return {"count": match.count, "total": match.total, "first": first, "last": last}


def trigger_reason(match: Match, name: Name, at_hand: Mapping[str, TrackedEvent]) -> dict[str, Any]:
    """The reason an order shows: the rule's names, what it counted, and the events that made it."""
    told = {"zh": name.zh, "en": name.en}
    seen = [_seen(at_hand[event_id]) for event_id in match.evidence if event_id in at_hand]
    return {
        "code": TRIGGER, "severity": 1.0, "rule": match.rule, "name": told, "numbers": numbers(match),
        "evidence": list(match.evidence), "seen": seen,
    }  # fmt: skip


def _seen(event: TrackedEvent) -> dict[str, Any]:
    texts = {
        key: value
        for key, value in event.properties.items()
        if key in _NUMBERS_TOLD or (isinstance(value, str) and key not in _KEPT_BACK)
    }
    return {
        "id": event.event_id, "at": moment(event.occurred_at).isoformat(), "name": event.name,
        "channel": event.channel, "properties": texts,
    }  # fmt: skip


def _order(decision: Mapping[str, Any], rule: TriggerFile, terms: Terms, now: datetime) -> Order:
    order = open_order(decision, terms.policy, terms.calendar, now)
    if rule.sla is None:
        return order
    work = timedelta(microseconds=rule.sla)
    due_at = terms.calendar.add_work_time(now, work)
    warn_at = terms.calendar.add_work_time(now, work * WARN_SHARE)
    return replace(order, due_at=due_at, warn_at=warn_at, expires_at=max(order.expires_at, due_at))


def _facts(match: Match, rule: TriggerFile, person: Person, at_hand: Mapping[str, TrackedEvent]) -> OrderFacts:
    return OrderFacts(
        as_of=person.as_of,
        customer_name=person.name or "",
        aum=person.aum,
        aum_30=person.aum_30,
        score=person.score,
        tier=rule.tier,
        bank_tier=person.bank_tier or "",
        customer_since=person.opened_on,
        reasons=[trigger_reason(match, rule.name, at_hand)],
    )


def _as_json(decision: Mapping[str, Any]) -> dict[str, Any]:
    """The DECISION row for keeping: money as text, so that no digit is lost; moments in ISO form."""
    kept = dict(decision)
    return kept | {
        "aum": str(kept["aum"]), "as_of": kept["as_of"].isoformat(), "decided_at": kept["decided_at"].isoformat(),
    }  # fmt: skip
