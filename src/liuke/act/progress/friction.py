"""What made one application harder than it had to be: channels changed, the same data typed in again, time between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Protocol

_OF_THE_BANK: Final = frozenset({"application_status", "application_completed", "application_rejected"})


class Taken(Protocol):
    """A step as it was recorded, of whatever kind."""

    @property
    def name(self) -> str:
        """What, by the name of its event."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def channel(self) -> str:
        """Where."""

    @property
    def fields(self) -> Sequence[str]:
        """Names of the data typed in."""


@dataclass(frozen=True, slots=True)
class Friction:
    """switches: changes of channel from one step of the customer to the next. again: names of data typed in more than
    once, in the order in which that happened. longest: between two steps of anybody.
    """

    switches: int
    again: tuple[str, ...]
    longest: timedelta


def friction(steps: Iterable[Taken]) -> Friction:
    """Of the steps in the order in which they happened."""
    whole = list(steps)
    gaps = [after.at - before.at for before, after in pairwise(whole)]
    own = [step for step in whole if by_customer(step)]
    switches = sum(before.channel != after.channel for before, after in pairwise(own))
    again = dict.fromkeys(name for step, before in with_known(whole) for name in step.fields if name in before)
    return Friction(switches, tuple(again), max(gaps, default=timedelta(0)))


def by_customer(step: Taken) -> bool:
    """Whether it was done with the customer; what the bank's systems tell is no change of channel."""
    return step.name not in _OF_THE_BANK


def with_known(steps: Iterable[Taken]) -> list[tuple[Taken, frozenset[str]]]:
    """Each step with the names of what had been typed in before it."""
    known, found = frozenset[str](), []
    for step in steps:
        found.append((step, known))
        known |= set(step.fields)
    return found
