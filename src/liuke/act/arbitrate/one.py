"""One customer at once, at the prices the day's arbitration left: the same values, without waiting for everybody else.

A place at the desk costs what one more place would have brought this morning, a message over a scarce channel the price
of its place; what is left after that is compared. Where nothing was scarce prices are 0 and the choice is the batch's.
Nobody is drawn for exploration here: whoever is asked about twice a day would be drawn twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import ibis.expr.types as ir

from liuke.act.arbitrate.fates import NOTHING
from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.value import DESK, IDENTITY, valued
from liuke.act.holdout import draw
from liuke.engine import Engine, parameter
from liuke.engine.parameters import Prepared

Row = dict[str, Any]
_INNER: Final = {"stop", "desk", "automated_off", "fits", "worse_than"}


@dataclass(frozen=True, slots=True)
class Place:
    """A desk now: orders it still has room for, and what a place is worth (desks.LOAD.price)."""

    room: int
    price: float


NO_DESK = Place(0, 0.0)


@dataclass(frozen=True, slots=True)
class Market:
    """What is scarce today: places by desk, and the price of a message by channel with a budget."""

    desks: Mapping[str, Place]
    prices: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Chooser:
    """Decides about one customer after the other; several threads may use it at once."""

    ask: Prepared
    policy: LeverPolicy
    salt: str

    def __call__(self, customer_id: str, market: Market) -> list[Row]:
        """The customer's candidates with their fates, best first; empty when there is none."""
        return told(self.ask(customer=customer_id).to_pylist(), market, self.policy, self.salt)


def shelf(candidates: ir.Table, people: ir.Table, policy: LeverPolicy, day: date) -> ir.Table:
    """What a chooser reads: the valued candidates with desk and automated_off. Keep it by customer_id, once a day."""
    rows = valued(candidates, policy, day)
    joined = rows.left_join(people, "customer_id")
    return joined.select(*[joined[n] for n in rows.columns], "desk", "automated_off")


def chooser(engine: Engine, kept: ir.Table, policy: LeverPolicy, salt: str) -> Chooser:
    """kept: of `shelf`; as an expression it gives the same, slower."""
    return Chooser(engine.prepare(kept.filter(kept.customer_id == parameter("customer"))), policy, salt)


def told(rows: Sequence[Row], market: Market, policy: LeverPolicy, salt: str) -> list[Row]:
    """Fates of one customer's valued candidates; the columns of `fates.fates` plus `paid`."""
    if not rows:
        return []
    rows = _with_best_terms([row | _paid(row, market) for row in rows])
    everything = policy.withheld(salt).draw_of(str(rows[0]["customer_id"]))
    review = bool(rows[0]["automated_off"])
    best = None if everything is not None or review else _best(rows, policy, salt)
    return sorted(
        (_told(row, best, everything, policy, salt, review=review) for row in rows),
        key=lambda row: (row is not best, -(row["eiv"] if row["eiv"] is not None else float("-inf")), _name(row)),
    )


def _paid(row: Row, market: Market) -> Row:
    """Whether there is room for the candidate, and what its place is worth to others."""
    if row["resource"] != DESK:
        return {"fits": True, "paid": market.prices.get(row["resource"], 0.0)}
    place = market.desks.get(row["desk"], NO_DESK)
    return {"fits": row["effort"] <= place.room, "paid": place.price * row["effort"]}


def _with_best_terms(rows: Sequence[Row]) -> list[Row]:
    """As terms.with_best_terms."""
    best: dict[str, tuple[float, str]] = {}
    for row in rows:
        if row["stop"] is None and row["terms_of"] is not None:
            mine = (-(row["benefit_amount"] or 0.0), str(row["offer_id"]))
            best[row["terms_of"]] = min(mine, best.get(row["terms_of"], mine))
    told_rows = []
    for row in rows:
        first = best[row["terms_of"]][1] if row["stop"] is None and row["terms_of"] is not None else None
        behind = first is not None and row["offer_id"] is not None and row["offer_id"] != first
        told_rows.append(row | ({"stop": "worse_terms", "worse_than": first} if behind else {"worse_than": None}))
    return told_rows


def _best(rows: Sequence[Row], policy: LeverPolicy, salt: str) -> Row | None:
    """What is worth most after the price of its place; of equals what takes fewer places, then by salted hash."""
    open_rows = [r for r in rows if r["stop"] is None and r["fits"] and r["eiv"] > policy.least_value]
    worth = [r for r in open_rows if r["eiv"] - r["paid"] > 0]
    return min(worth, key=lambda r: (r["paid"] - r["eiv"], r["effort"], _tie(r, salt), _name(r)), default=None)


def _told(row: Row, best: Row | None, everything: float | None, policy: LeverPolicy, salt: str, *, review: bool) -> Row:
    won = row is best
    experiment, share, drawn = None, None, None
    if won and row["experiment"] is not None:
        experiment, share = row["experiment"], row["holdout_share"]
        drawn = draw(row["customer_id"], experiment, salt)
    held = drawn is not None and share is not None and drawn < share
    fate, beaten_by = _fate(row, best, policy, review=review)
    if everything is not None and row["stop"] is None:
        experiment, share, drawn = policy.global_holdout.experiment, policy.global_holdout.share, everything
        fate, beaten_by = "held_out", None
    elif held:
        fate = "held_out"
    kept = {name: value for name, value in row.items() if name not in _INNER}
    return kept | {
        "fate": fate, "beaten_by": beaten_by, "experiment": experiment, "holdout_share": share, "draw": drawn,
        "explored": False, "explore_draw": None, "explore_share": None, "draw_probability": None,
    }  # fmt: skip


def _fate(row: Row, best: Row | None, policy: LeverPolicy, *, review: bool) -> tuple[str, str | None]:
    stop: str | None = row["stop"]
    if stop is not None:
        beaten_by = row["worse_than"] if stop == "worse_terms" else None
        return {"duty": "chosen", "worse_terms": "beaten"}.get(stop, stop), beaten_by
    if review:
        return "human_review", None
    if row is best:
        return "chosen", None
    if row["eiv"] <= policy.least_value:
        return "not_worth", NOTHING
    behind = best is not None and row["eiv"] <= best["eiv"]
    return ("beaten", best["treatment"]) if best and behind else ("capacity", None)


def _name(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in IDENTITY)


def _tie(row: Row, salt: str) -> float:
    """As ties.tie."""
    return draw(row["customer_id"], "tie:" + ":".join(_name(row)), salt)
