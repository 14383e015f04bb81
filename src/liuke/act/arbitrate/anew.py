"""One customer during the day: the morning's decision stands; what it left open is decided now, by the same rules.

What has happened since can only stop things: somebody called this morning is not offered more because of it. A consent
given since counts from the next run on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.one import Market, told
from liuke.act.arbitrate.value import IDENTITY

Row = Mapping[str, Any]
Identity = tuple[str, ...]
_WAS: Final = "was_"


@dataclass(frozen=True, slots=True)
class Closed:
    """Why a candidate stops now: as the gates tell it."""

    gate: str
    rule: str
    fact: str | None
    may_change_on: date | None = None


@dataclass(frozen=True, slots=True)
class Anew:
    """rows: the candidates with their fates, best first. stands: whether they are the morning's."""

    rows: Sequence[Row]
    stands: bool


def identity(row: Row) -> Identity:
    """What tells the candidate from the customer's others."""
    return tuple(str(row[name]) for name in IDENTITY)


def morning(row: Row) -> Row:
    """The candidate with what the morning decided about it."""
    kept = {name: value for name, value in row.items() if not name.startswith(_WAS)}
    return kept | {name.removeprefix(_WAS): value for name, value in row.items() if name.startswith(_WAS)}


def anew(
    rows: Sequence[Row], market: Market, policy: LeverPolicy, salt: str, closed: Mapping[Identity, Closed],
    *, automated_off: bool = False,
) -> Anew:  # fmt: skip
    """rows: of one customer, from a shelf (daily/shelving.py). closed: what stops now and did not this morning.

    automated_off: the customer refuses automated decisions now, or did this morning.
    """
    off = automated_off or any(row["automated_off"] for row in rows)
    mine = next((row for row in rows if _decided(row)), None)
    if mine is not None and not off and (mine["was_fate"] == "held_out" or identity(mine) not in closed):
        return Anew(sorted((morning(row) for row in rows), key=lambda row: row["fate"] not in _WON), stands=True)
    now = [_now(row, closed.get(identity(row)), automated_off=off) for row in rows]
    return Anew(told(now, market, policy, salt), stands=False)


_WON: Final = ("chosen", "held_out")


def _decided(row: Row) -> bool:
    """Whether the morning chose it, done or held out; a duty is owed and no decision."""
    return row["was_fate"] in _WON and row["was_draw"] is not None


def _now(row: Row, closed: Closed | None, *, automated_off: bool) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if not name.startswith(_WAS)}
    kept["automated_off"] = automated_off
    if closed is None or row["stop"] == "gated":
        return kept
    why = {"gate": closed.gate, "rule": closed.rule, "fact": closed.fact, "may_change_on": closed.may_change_on}
    return kept | {"stop": row["stop"] if row["stop"] not in (None, "duty") else "gated"} | why
