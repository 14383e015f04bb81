"""What no bank can know: every decision's outcome with and without its order, from two runs of the same world.

Both worlds share every draw with the factual one, so a customer who was in fact treated (held out) lives in the
factual world exactly as in the treated (untreated) one, as long as all his decisions had the same arm.
Written apart from the bank's data; the product must never read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from liuke.errors import YourMistake
from liuke.sim.bank import Bank, found_bank
from liuke.sim.behaviour import Contacts, no_contacts
from liuke.sim.case_steps import CHANNELS, JOURNEYS, STAGES
from liuke.sim.columns import dates
from liuke.sim.config import SimConfig, calendar_day, ordinal
from liuke.sim.draws import Bools, Floats, Ints
from liuke.sim.facts import customer_ids
from liuke.sim.history import positions
from liuke.sim.journey_rows import application_ids
from liuke.sim.pains import weak_branches
from liuke.sim.rm import Orders, rm_works
from liuke.sim.script import FATES, Cases
from liuke.sim.step import live
from liuke.sim.world import CALM, CAUSES, KINDS_OF_CUSTOMER, World, first_world

ACTIVE_WINDOW_DAYS = 30
KEPT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Decision:
    """A customer and the last day whose data the decision saw."""

    customer_id: str
    day: date


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Outcomes of all decisions at one horizon in one world. Not mature ones are False and NaN."""

    retained: Bools
    kept_share: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Per decision (order as given) and horizon: outcomes when nobody is contacted and when everybody has an order.

    kind, cause: latent type and cause as rows of KINDS_OF_CUSTOMER and CAUSES on the decision day, -1 when the
    customer is in no episode. reached: whether the order's contact reaches the customer.
    mature: (horizons, decisions) whether day + horizon lies within the simulated span.
    """

    decisions: tuple[Decision, ...]
    horizons: tuple[int, ...]
    untreated: tuple[Outcomes, ...]
    treated: tuple[Outcomes, ...]
    mature: npt.NDArray[np.bool_]
    kind: Ints
    cause: Ints
    reached: Bools

    def effects(self, horizon: int) -> Floats:
        """True individual effect of each decision's order: 1 retained because of it, −1 lost because of it, 0 the same
        with and without; NaN where not mature. What it would be on average given the state: true_effect.
        """
        h = self.horizons.index(horizon)
        gain = self.treated[h].retained.astype(float) - self.untreated[h].retained
        return np.where(self.mature[h], gain, np.nan)

    def effect(self, horizon: int, among: Bools | None = None) -> float:
        """Mean effect of giving an order (intention to treat) on being retained, as a share; NaN when empty."""
        h = self.horizons.index(horizon)
        chosen = self.mature[h] if among is None else self.mature[h] & among
        if not chosen.any():
            return float("nan")
        return float(self.effects(horizon)[chosen].mean())

    def balance_effect(self, horizon: int, among: Bools | None = None) -> float:
        """Mean effect of giving an order on the kept share of AUM; NaN when empty."""
        h = self.horizons.index(horizon)
        chosen = self.mature[h] if among is None else self.mature[h] & among
        gain = self.treated[h].kept_share[chosen] - self.untreated[h].kept_share[chosen]
        return float(gain.mean()) if len(gain) else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Daily facts of some customers over a window: (days, n); row 0 is day `first`."""

    first: int
    aum: Ints
    initiated: Ints
    closed: Bools

    def at(self, who: Ints, day: Ints) -> tuple[Ints, Ints, Bools]:
        """AUM, customer-initiated transactions of the last 30 days, closed: per (customer, day)."""
        row = day - self.first
        total = np.vstack([np.zeros((1, self.initiated.shape[1]), np.int64), self.initiated.cumsum(axis=0)])
        recent = total[row + 1, who] - total[np.maximum(row + 1 - ACTIVE_WINDOW_DAYS, 0), who]
        return self.aum[row, who], recent, self.closed[row, who]


def counterfactual(
    config: SimConfig,
    decisions: list[Decision],
    horizons: tuple[int, ...],
    until: date,
    world: World | None = None,
) -> Truth:
    """Both potential outcomes of every decision.

    decisions: each (customer, day) once. until: last day simulated. world: the state at least 30 days before the
    first horizon day and not after the first decision, as the loop found it (saves replaying the history from the
    first day); None replays everything. Only the decided customers are simulated: no customer influences another.
    """
    days = np.array([ordinal(d.day) for d in decisions], np.int64)
    world = _world_before(config, days, horizons, world)
    place = positions(world, [d.customer_id for d in decisions])
    chosen, who = np.unique(place, return_inverse=True)
    small = world.take(chosen)
    orders = Orders(who, days, small.bank.customers.rm[who])
    calls, kind, cause = _plan(small, orders)
    last = ordinal(until)
    base, helped = trace(small, no_contacts(), last), trace(small, calls, last)
    mature = np.array([days + h <= last for h in horizons])
    return Truth(
        tuple(decisions), horizons,
        tuple(outcomes(base, who, days, h, m) for h, m in zip(horizons, mature, strict=True)),
        tuple(outcomes(helped, who, days, h, m) for h, m in zip(horizons, mature, strict=True)),
        mature, kind, cause, calls.result == 0,
    )  # fmt: skip


def _world_before(config: SimConfig, days: Ints, horizons: tuple[int, ...], world: World | None) -> World:
    """The world to start from, checked: no later than the first decision, with the last 30 days of every horizon."""
    if not len(days):
        raise YourMistake("no decisions", expected="at least one (customer, day)", then="run the loop first")
    if world is None:
        world = first_world(found_bank(config))
    if days.min() < world.day:
        raise YourMistake(
            f"a decision of {calendar_day(int(days.min()))} lies before the world's day",
            expected="the world as it was before the first decision",
            then="pass the state that history() returned, or none",
        )
    if days.min() + min(horizons) - ACTIVE_WINDOW_DAYS < world.day:
        raise YourMistake(
            f"the {min(horizons)}-day horizon reaches back before the world's day",
            expected=f"horizons from {ACTIVE_WINDOW_DAYS} days on, or an earlier world",
            then="pass no world to replay from the first day",
        )
    return world


def _plan(world: World, orders: Orders) -> tuple[Contacts, Ints, Ints]:
    """The contacts of all orders, and the latent state on each order's day in the world without contacts."""
    worked = rm_works(world, orders)
    kind, cause = np.full(len(orders.who), -1), np.full(len(orders.who), -1)
    world = world.copy()
    while world.day <= orders.day.max():
        today = np.flatnonzero(orders.day == world.day)
        who = orders.who[today]
        running = world.phase[who] != CALM
        kind[today], cause[today] = np.where(running, world.kind[who], -1), np.where(running, world.cause[who], -1)
        live(world, no_contacts())
    return worked.contacts, kind, cause


def trace(world: World, contacts: Contacts, last: int) -> Trace:
    """Lives from the world's day to `last` and notes AUM, own transactions and closing per day; `world` is kept."""
    world, n = world.copy(), len(world.closed)
    size = last - world.day + 1
    first = world.day
    aum, initiated, closed = np.zeros((size, n), np.int64), np.zeros((size, n), np.int64), np.zeros((size, n), bool)
    aum[0], closed[0] = world.aum, world.closed >= 0
    for row in range(1, size):
        facts = live(world, contacts.take(contacts.day == world.day + 1))
        aum[row], initiated[row], closed[row] = world.aum, facts.postings.initiated(n), world.closed >= 0
    return Trace(first, aum, initiated, closed)


def outcomes(seen: Trace, who: Ints, days: Ints, horizon: int, mature: Bools) -> Outcomes:
    """Retained: at day + horizon not closed, at least half of the AUM there, and one own transaction in 30 days."""
    end = np.where(mature, days + horizon, days)
    before, _, _ = seen.at(who, days)
    after, recent, closed = seen.at(who, end)
    share = np.where(before > 0, after / np.maximum(before, 1), 1.0)
    retained = mature & ~closed & (after >= KEPT_SHARE * before) & (recent >= 1)
    return Outcomes(retained, np.where(mature, np.minimum(share, 1.0), np.nan))


def write_truth(truth: Truth, path: Path) -> None:
    """One Parquet row per decision and horizon, for people who check estimates; never for the product."""
    parts = []
    days = np.array([ordinal(d.day) for d in truth.decisions], np.int64)
    for h, horizon in enumerate(truth.horizons):
        parts.append(
            pa.table(
                {
                    "customer_id": [d.customer_id for d in truth.decisions],
                    "decision_day": dates(days),
                    "horizon_days": np.full(len(days), horizon),
                    "mature": truth.mature[h],
                    "retained_untreated": truth.untreated[h].retained,
                    "retained_treated": truth.treated[h].retained,
                    "kept_share_untreated": truth.untreated[h].kept_share,
                    "kept_share_treated": truth.treated[h].kept_share,
                    "kind": _named(KINDS_OF_CUSTOMER, truth.kind),
                    "cause": _named(CAUSES, truth.cause),
                    "reached": truth.reached,
                }
            )
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.concat_tables(parts), path)


def write_episodes(world: World, who: Ints, day: Ints, path: Path) -> None:
    """Every episode's first day and, for each customer's latest one, its latent kind and cause."""
    latest = world.onset[who] == day
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.table(
            {
                "customer_id": customer_ids(world.bank.customers.index[who]),
                "onset": dates(day),
                "kind": _named(KINDS_OF_CUSTOMER, np.where(latest, world.kind[who], -1)),
                "cause": _named(CAUSES, np.where(latest, world.cause[who], -1)),
            }
        ),
        path,
    )


def write_cases(bank: Bank, cases: Cases, path: Path) -> None:
    """Every application with what was planted in it: how and where it ends, whether anything was asked again, the lag.

    One ends so unless its customer or the story ends before. lag_s: null when the app never tells of the approval.
    """
    lag = pa.array(cases.lag, mask=cases.lag < 0)
    weak = weak_branches(bank.staff)[bank.customers.branch[cases.who]]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.table(
            {
                "application": application_ids(bank, cases.who, cases.day, cases.journey),
                "customer_id": customer_ids(bank.customers.index[cases.who]),
                "journey": _named(JOURNEYS, cases.journey),
                "began_on": dates(cases.day),
                "channel": _named(CHANNELS, cases.channel),
                "fate": _named(FATES, cases.fate),
                "ends_at": _named(STAGES, cases.stage),
                "identity_at_branch": cases.at_branch,
                "weak_branch": weak,
                "asked_again": cases.again,
                "approved": cases.approved,
                "lag_s": lag,
            }
        ),
        path,
    )


def _named(names: tuple[str, ...], rows: Ints) -> pa.Array:
    return pa.array(names).take(pa.array(rows, mask=rows < 0))
