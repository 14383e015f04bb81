"""Who tries wrong codes is slowed and then stopped: `(tries, terms, now) -> (wait, tries)`.

A try is counted before anybody looks, and given back when it was right: of many tries at once none slips through.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class GuessTerms:
    """free: wrong tries without a wait; each further one doubles a wait that begins with `first`. most: after so many
    nothing is taken for `stop`. forget: so long after the last wrong try all are forgotten.
    """

    free: int = 3
    first: timedelta = timedelta(seconds=2)
    most: int = 10
    stop: timedelta = timedelta(hours=1)
    forget: timedelta = timedelta(hours=1)


PERSON = GuessTerms()
"""For one address, one member of staff."""
CODE = GuessTerms(most=6, stop=timedelta(days=1), forget=timedelta(days=1))
"""For one code on the customer page: in 30 days at most 180 of the 10,000 ends of a phone, from wherever they come."""
SYSTEM = GuessTerms(free=60, most=120, stop=timedelta(minutes=10), forget=timedelta(minutes=10))
"""For a key of a channel and the address of its server, behind which many customers type: one who mistypes on purpose
must not stop the others for long.
"""


@dataclass(frozen=True, slots=True)
class Tries:
    """misses: wrong tries that count, the last at `at`. until: nothing is taken before."""

    misses: int
    at: datetime
    until: datetime


def fresh(now: datetime) -> Tries:
    """Nobody tried yet."""
    return Tries(0, now, now)


def tried(tries: Tries, terms: GuessTerms, now: datetime) -> tuple[timedelta, Tries]:
    """How long to wait (zero: the try is taken, and counted as wrong until `was_right`), and the tries after it.

    Who comes too early is not counted again, but learns how long it still takes.
    """
    if now < tries.until:
        return tries.until - now, tries
    before = 0 if now - tries.at >= terms.forget else tries.misses
    misses = before + 1
    return timedelta(0), Tries(misses, now, now + _wait(misses, terms))


def was_right(tries: Tries) -> Tries:
    """The try was right: it does not count, and nobody need wait for it. Wrong ones before it do."""
    return replace(tries, misses=max(0, tries.misses - 1), until=tries.at)


def _wait(misses: int, terms: GuessTerms) -> timedelta:
    if misses >= terms.most:
        return terms.stop
    doubled: timedelta = terms.first * 2 ** min(max(0, misses - terms.free - 1), 20)
    return timedelta(0) if misses <= terms.free else min(doubled, terms.stop)


def from_address(address: str) -> str:
    """Whom an address stands for: itself, or the /64 network that one holder of IPv6 addresses commonly has.

    >>> from_address("2001:db8:1:2:3:4:5:6"), from_address("10.0.0.7"), from_address("::ffff:10.0.0.7")
    ('2001:db8:1:2::/64', '10.0.0.7', '10.0.0.7')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
