"""One step of sending on one channel: take what is due, look again, find addresses, send, write down the result."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from liuke.act.outbox.address import address_hash
from liuke.act.outbox.channel import Channel, ChannelSettings
from liuke.act.outbox.delivery import RetryTerms
from liuke.act.outbox.gate import Gate
from liuke.act.outbox.message import Message
from liuke.act.outbox.pace import PaceTerms
from liuke.act.outbox.result import Accepted, Result
from liuke.sending.points import Resolver
from liuke.state.actions.lease_messages import Sending, Untried, lease_messages, settle_messages
from liuke.state.refusals import refused_addresses


@dataclass(frozen=True, slots=True)
class Way:
    """One channel ready to be used. key: of pseudonyms, by which refused addresses are known again."""

    name: str
    channel: Channel
    settings: ChannelSettings
    gate: Gate
    resolver: Resolver
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """How many messages were taken, and of how many the gateway said yes."""

    taken: int = 0
    sent: int = 0


def terms_of(way: Way, by: str) -> Sending:
    """How a sender works on the channel. Where the gateway knows no idempotency it takes one message at a time, so that
    a sender that dies leaves one in doubt and not twenty.
    """
    made, known = way.settings, way.channel.idempotent
    retry = RetryTerms(
        timedelta(seconds=made.first_wait_seconds),
        timedelta(seconds=made.longest_wait_seconds),
        made.strikes,
        "resend" if known else made.on_unsure,
    )
    pace = PaceTerms(made.per_second, made.burst, made.trip, timedelta(seconds=made.pause_seconds))
    return Sending(way.name, by, made.batch if known else 1, timedelta(seconds=made.lease_seconds), retry, pace)


def step(way: Way, by: str, now: Callable[[], datetime], dice: random.Random, stopped: Callable[[], bool]) -> Step:
    """Works on one batch. A batch that was begun is finished or given back, also when told to stop."""
    terms, began = terms_of(way, by), now()
    messages = lease_messages(terms, began)
    if not messages:
        return Step()
    results: dict[str, Result | Untried] = dict(_stopped(way, messages, began))
    addresses = _addresses(way, [m for m in messages if m.key not in results], results)
    try:
        _send(way, [m for m in messages if m.key not in results], addresses, results, now, stopped)
    finally:  # also after a bug: what was sent before it is written down
        tried = {m.key: results[m.key] for m in messages if m.key in results}
        settle_messages(terms, tried, now(), [dice.random() for _ in tried])
    return Step(len(messages), sum(isinstance(r, Accepted) for r in tried.values()))


def _send(
    way: Way, messages: list[Message], addresses: Mapping[str, str], results: dict[str, Result | Untried],
    now: Callable[[], datetime], stopped: Callable[[], bool],
) -> None:  # fmt: skip
    """Sends one after the other; what there is no time for before the lease ends is given back."""
    enough = way.settings.lease_seconds - way.settings.timeout_seconds
    clock = time.monotonic()
    for n, message in enumerate(messages):
        if stopped() or (n and time.monotonic() - clock > enough):
            results[message.key] = Untried("", now())
        else:
            results[message.key] = way.channel.send(message, addresses.get(message.key, ""), now())


def _stopped(way: Way, messages: list[Message], now: datetime) -> Mapping[str, Untried]:
    found = way.gate(messages, now)
    return {key: Untried(f"{f.gate}:{f.rule}", f.may_change_at) for key, f in found.items()}


def _addresses(way: Way, messages: list[Message], results: dict[str, Result | Untried]) -> Mapping[str, str]:
    """Addresses by key. Messages without one, and marketing to refused ones, are put among the results."""
    medium = way.channel.medium
    if medium is None or not messages:
        return {}
    found = way.resolver.addresses(medium, messages)
    digests = {m.key: address_hash(medium, found[m.key], way.key) for m in messages if m.key in found}
    refused = refused_addresses(medium, set(digests.values()))
    for message in messages:
        if message.key not in found:
            results[message.key] = Untried("no_address")
        elif message.message_class == "marketing" and digests[message.key] in refused:
            results[message.key] = Untried("refusal:refused_address")
    return found
