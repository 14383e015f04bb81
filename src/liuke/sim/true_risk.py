"""The ceiling for a warning by a stated definition of loss: each customer's true risk given everything latent.

The probability of being lost within a horizon, by running the same world on from a day many times with fresh draws.
No product can rank better on average, so its AUC is what a model on this bank's data is measured against.
Three oracles:

- One that knows the hazards (the default): the whole latent state of the day and every hazard, and no draw whose effect
  lies in the future. Whether a running episode will turn, how long a dip lasts and whether accounts will be closed is
  drawn anew in every future, given that it has not happened by the day (open_fates).
- One that knows the fates too (`fates_known`): what running episodes have drawn already stays as drawn. Stricter, and
  more than anybody could know who knows the state and the hazards.
- One that does not know who leans (`leaning_known=False`): every episode that has begun, and nothing of those who are
  making up their minds, whose leaning is read off a draw of the days to come and hardly shows. For where the gap is.

All know for certain what no data show: who has begun to leave and how far he is, who dips and who drains, the kind,
satisfaction; the first two also who leans to what. The error: a mean of N runs. (`oracle` gives the chance of an
episode in closed form; this gives that of a loss, at the cost of simulating.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from liuke.sim.bank import Bank
from liuke.sim.behaviour import no_contacts
from liuke.sim.config import ordinal
from liuke.sim.draws import Bools, Floats, Ints
from liuke.sim.futures import future
from liuke.sim.step import live
from liuke.sim.world import World, first_world

HABIT_DAYS: Final = 90
MANY: Final = 12_000
"""Customers lived at once: a day costs little more for so many than for a few."""


@dataclass(frozen=True, slots=True)
class LossOf:
    """What counts as lost within `horizon_days`; money in fen.

    Lost are those who close; whose AUM fell by the share `fall` of its value on the day and lay there on at least the
    last `stays_days` (with `least_aum` to lose); and who make no own transaction in the last `silent_days`, if they
    made `habit` of them in the 90 days before and one in the last `silent_days`.
    """

    horizon_days: int = 90
    fall: float = 0.8
    stays_days: int = 14
    least_aum: int = 100_000
    silent_days: int = 60
    habit: int = 9


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The bank at the end of a day: the latent world, and own transactions per customer of the last 90 days, (90, n)
    with the day itself last.
    """

    world: World
    own: Ints

    def copies(self, times: int) -> Moment:
        """Everybody `times` times over, one after the other."""
        return Moment(self.world.copies(np.arange(self.own.shape[1]), times), np.tile(self.own, times))


def moments(bank: Bank, days: Sequence[date]) -> Iterator[Moment]:
    """Lives the bank's factual life and stops at the end of each of `days` (rising)."""
    world, wanted = first_world(bank), [ordinal(day) for day in days]
    own = np.zeros((HABIT_DAYS, len(bank.customers)), np.int64)
    while wanted:
        facts = live(world, no_contacts())
        own = np.vstack([own[1:], facts.postings.initiated(own.shape[1])])
        if world.day == wanted[0]:
            wanted.pop(0)
            yield Moment(world.copy(), own)


def true_risk(
    moment: Moment,
    loss: LossOf,
    *,
    runs: int,
    seed: int,
    fates_known: bool = False,
    leaning_known: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Floats:
    """Probability of being lost per customer of the world, (n,): the share of `runs` futures in which it happens.

    fates_known, leaning_known: see the module. NaN for who is no customer on the day.
    """
    n = len(moment.world.closed)
    times = min(runs, max(1, MANY // n))
    lost = np.zeros(n, np.int64)
    for turn in range(-(-runs // times)):
        copies = min(times, runs - turn * times)
        several = moment.copies(copies)
        onward = future(several.world, seed * 10_007 + turn, fates_known=fates_known, leaning_known=leaning_known)
        lost += _lived(several, onward, loss).reshape(copies, n).sum(axis=0)
        if progress:
            progress(turn * times + copies)
    return np.where(moment.world.alive, lost / runs, np.nan)


def came_true(moment: Moment, loss: LossOf) -> Bools:
    """Who was lost in fact: the one future with the bank's own draws."""
    return _lived(moment, moment.world.copy(), loss)


def _lived(moment: Moment, world: World, loss: LossOf) -> Bools:
    """Who is lost when `world`, in the moment's state, goes on (in place)."""
    start = moment.world
    aum = start.aum
    limit = aum * (1 - loss.fall)
    low, quiet = np.zeros(len(aum), np.int64), _quiet_days(moment.own)
    awake = quiet < loss.silent_days
    for _ in range(loss.horizon_days):
        facts = live(world, no_contacts())
        low = np.where(world.aum <= limit, low + 1, 0)
        quiet = np.where(facts.postings.initiated(len(aum)) > 0, 0, quiet + 1)
    gone = (aum >= loss.least_aum) & (low >= loss.stays_days)
    silent = (moment.own.sum(axis=0) >= loss.habit) & awake & (quiet >= loss.silent_days)
    left = (world.closed >= 0) & (start.closed < 0)
    found: Bools = start.alive & (left | gone | silent)
    return found


def _quiet_days(own: Ints) -> Ints:
    """Days since the last own transaction, at most the length of the record."""
    active = own[::-1] > 0
    return np.where(active.any(axis=0), active.argmax(axis=0), len(own)).astype(np.int64)
