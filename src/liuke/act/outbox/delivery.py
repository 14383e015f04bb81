"""How the sending of one message goes on, as a value: `(delivery, what happened, now) -> delivery`.

    queued ─lease→ sending ─Accepted→ sent
       ↑ ↖ release    │ ├─Retry→ failed (due again later) ─lease→ sending …
       │              │ └─Refused, strikes used up, unsure where asking is wanted→ dead ─resend→ queued
       └── window ────┘   consent withdrawn, expired, no address → cancelled

A lease that runs out belongs to a sender that died: the message is leased again, under the same key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from liuke.act.outbox.result import Accepted, Refused, Result, Retry
from liuke.errors import OurBug, YourMistake

State = Literal["queued", "sending", "sent", "failed", "dead", "cancelled"]
STATES: Final[tuple[State, ...]] = get_args(State)
WAITING: Final[tuple[State, ...]] = ("queued", "failed")
OnUnsure = Literal["resend", "ask"]


@dataclass(frozen=True, slots=True)
class RetryTerms:
    """first, longest: the wait before the second try, and the most it doubles to. strikes: tries that fail by the
    message's own trouble before it is given up. on_unsure: what to do when a gateway without idempotency may have
    taken the message: send again (it may arrive twice) or put it with the dead letters for a person to decide.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=1)
    strikes: int = 8
    on_unsure: OnUnsure = "resend"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a message stands. next_at: when it is due (waiting) or its lease ends (sending); None when it is over.

    lease_by: the sender that has it. attempts: leases that led to a try; strikes: see RetryTerms. reason: why it is
    failed, dead or cancelled, or what it waits for.
    """

    state: State
    next_at: datetime | None
    attempts: int = 0
    strikes: int = 0
    lease_by: str = ""
    reason: str = ""
    provider_id: str = ""
    sent_at: datetime | None = None


def lease(delivery: Delivery, by: str, now: datetime, length: timedelta, terms: RetryTerms) -> Delivery:
    """Taken for sending until now + length; dead where a lost lease may mean doubled and a person is to decide.

    Taking over from a sender that died is a strike: a message that kills its senders ends among the dead letters.
    """
    if delivery.state == "sending":
        if terms.on_unsure == "ask":
            return _over(delivery, "dead", "unsure")
        delivery = replace(delivery, strikes=delivery.strikes + 1)
        if delivery.strikes >= terms.strikes:
            return _over(delivery, "dead", "sender_died")
    elif delivery.state not in WAITING:
        raise OurBug(f"a message that is {delivery.state} cannot be leased", state="nothing was changed")
    return replace(delivery, state="sending", next_at=now + length, lease_by=by, attempts=delivery.attempts + 1)


def settle(
    delivery: Delivery, result: Result, terms: RetryTerms, now: datetime, jitter: float, expires_at: datetime | None
) -> Delivery:
    """After a try. jitter: uniform in [0, 1)."""
    if isinstance(result, Accepted):
        sent = _over(delivery, "sent", "")
        return replace(sent, provider_id=result.provider_id, sent_at=now)
    if isinstance(result, Refused):
        return _over(delivery, "dead", result.code)
    if result.unsure and terms.on_unsure == "ask":
        return _over(delivery, "dead", "unsure")
    strikes = delivery.strikes if result.down else delivery.strikes + 1
    failed = replace(delivery, state="failed", strikes=strikes, lease_by="", reason=result.code)
    if strikes >= terms.strikes:
        return _over(failed, "dead", result.code)
    due = now + _wait(failed.attempts, result, terms, jitter)
    if expires_at is not None and due >= expires_at:
        return _over(failed, "cancelled", "expired")
    return replace(failed, next_at=due)


def release(delivery: Delivery, due_at: datetime, reason: str) -> Delivery:
    """Given back untried: it waits for `due_at`."""
    attempts = max(0, delivery.attempts - 1)
    return replace(delivery, state="queued", next_at=due_at, lease_by="", reason=reason, attempts=attempts)


def cancel(delivery: Delivery, reason: str) -> Delivery:
    """Not to be sent any more, untried this time."""
    return replace(_over(delivery, "cancelled", reason), attempts=max(0, delivery.attempts - 1))


def resend(delivery: Delivery, now: datetime) -> Delivery:
    """A person sends a dead letter again, under its old key. Raises YourMistake for any other."""
    if delivery.state != "dead":
        raise YourMistake(
            f"the message is {delivery.state}, not a dead letter",
            state="nothing was changed",
            then="open the list of dead letters again",
        )
    return Delivery("queued", now, attempts=delivery.attempts)


def back_off(attempt: int, terms: RetryTerms, jitter: float) -> timedelta:
    """The wait after the attempt (1, 2 …): doubling up to the longest, of which between half and all is waited."""
    doubled: timedelta = terms.first * 2 ** min(attempt - 1, 30)
    return min(doubled, terms.longest) * (0.5 + jitter / 2)


def _wait(attempt: int, result: Retry, terms: RetryTerms, jitter: float) -> timedelta:
    own = back_off(max(1, attempt), terms, jitter)
    return max(own, result.after) if result.after else own


def _over(delivery: Delivery, state: State, reason: str) -> Delivery:
    return replace(delivery, state=state, next_at=None, lease_by="", reason=reason)
