"""How fast a channel may send, and whether it may at all: a token bucket and a circuit breaker, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class PaceTerms:
    """per_second, burst: of the bucket; per_second None: no limit. trip: failures of the gateway in a row that open
    the breaker; pause, longest_pause: how long it stays open, doubling with every failed probe.
    """

    per_second: float | None = None
    burst: int = 10
    trip: int = 5
    pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Pace:
    """tokens: messages that may go at `at`. failures: of the gateway, in a row. closed_until: the breaker is open."""

    tokens: float
    at: datetime
    failures: int = 0
    closed_until: datetime | None = None


def allowed(pace: Pace, terms: PaceTerms, wanted: int, now: datetime) -> tuple[int, Pace]:
    """How many of the wanted may be sent now, and the pace after taking them.

    While the breaker is open none; when its pause is over one goes as a probe, and the pause begins anew so that
    other senders do not probe beside it.
    """
    full = _refilled(pace, terms, now)
    if full.closed_until is not None:
        if now < full.closed_until:
            return 0, full
        probe = min(1, wanted, int(full.tokens))
        return probe, _taken(replace(full, closed_until=now + pause_of(full, terms)), probe) if probe else full
    granted = min(wanted, int(full.tokens))
    return granted, _taken(full, granted)


def given_back(pace: Pace, untried: int) -> Pace:
    """Messages that were taken and not tried after all."""
    return replace(pace, tokens=pace.tokens + untried)


def noted(pace: Pace, terms: PaceTerms, *, answered: int, failed: int, now: datetime) -> Pace:
    """After tries: how many the gateway answered (yes or no), how many failed by its own trouble.

    One answer closes the breaker. `failed` counts those after the last answer.
    """
    failures = failed if answered else pace.failures + failed
    if failures < terms.trip:
        return replace(pace, failures=failures, closed_until=None if answered else pace.closed_until)
    tripped = replace(pace, failures=failures)
    return replace(tripped, closed_until=now + pause_of(tripped, terms)) if failed else tripped


def pause_of(pace: Pace, terms: PaceTerms) -> timedelta:
    """How long the breaker stays open after so many failures."""
    doubled: timedelta = terms.pause * 2 ** min(max(0, pace.failures - terms.trip), 20)
    return min(doubled, terms.longest_pause)


def _refilled(pace: Pace, terms: PaceTerms, now: datetime) -> Pace:
    if terms.per_second is None:
        return replace(pace, tokens=float("1e9"), at=now)
    passed = max(0.0, (now - pace.at).total_seconds())
    return replace(pace, tokens=min(float(terms.burst), pace.tokens + passed * terms.per_second), at=max(now, pace.at))


def _taken(pace: Pace, many: int) -> Pace:
    return replace(pace, tokens=pace.tokens - many)
