"""Who is there: staff with certificates, leave 请假, duty 值班, moves of customers 移交 and 1+N teams, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from liuke.act.holdout import draw

SALT: Final = "liuke"
"""Of the draw that spreads the customers of one desk over several."""


@dataclass(frozen=True, slots=True)
class Skill:
    """A certificate, valid from `since` to `until`, both included; without an end when that is None."""

    code: str
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is valid on the day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff. capacity: customers per workday. is_rm: may be chosen for a certificate alone."""

    staff_id: str
    branch_id: str
    active: bool
    capacity: int
    skills: tuple[Skill, ...] = ()
    is_rm: bool = True


@dataclass(frozen=True, slots=True)
class Leave:
    """Away from `since` to `until`, both included. deputy_id: who takes the orders opened meanwhile, if anybody."""

    staff_id: str
    since: date
    until: date
    deputy_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """On duty for the customers of a branch and the branches below it, from `starts_at` until just before `ends_at`."""

    staff_id: str
    branch_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Customers change hands on a day. number: names it; customers: which, all of the giver's when empty."""

    number: int
    giver_id: str
    receivers: tuple[str, ...]
    effective_on: date
    customers: frozenset[str] = frozenset()

    def takes(self, customer_id: str) -> bool:
        """Whether the customer is among those who change hands, if the giver's."""
        return not self.customers or customer_id in self.customers


@dataclass(frozen=True, slots=True)
class Staffing:
    """All of it at one moment. team: members by customer. above: the parent of each branch.

    A member of staff whom `members` does not know counts as there, and as certified for nothing.
    """

    members: Mapping[str, Member] = field(default_factory=lambda: MappingProxyType({}))
    leaves: tuple[Leave, ...] = ()
    shifts: tuple[Shift, ...] = ()
    moves: tuple[Move, ...] = ()
    team: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    above: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def split_name(move_number: int) -> str:
    """The experiment under which the customers of a move are drawn."""
    return f"transfer_{move_number}"


def receiver_of(move: Move, customer_id: str) -> str:
    """Who of the receivers gets the customer: by the draw of act/holdout.py, so every process says the same."""
    value = draw(customer_id, split_name(move.number), SALT)
    return move.receivers[int(value * len(move.receivers))]
