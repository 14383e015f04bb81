"""Each customer's true effect of a contact on a day, as an expectation: what estimates of effects are measured against.

`truth.counterfactual` tells what an order does to a customer in the one future that comes to pass: 1, 0 or −1.
Here the same is a mean over many futures from the same latent state, so it differs finely between customers. For tests
and benchmarks only; the product must never read it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from liuke.errors import YourMistake
from liuke.sim.behaviour import no_contacts
from liuke.sim.draws import Floats, Ints
from liuke.sim.futures import future
from liuke.sim.rm import Orders, rm_works
from liuke.sim.truth import ACTIVE_WINDOW_DAYS, outcomes, trace
from liuke.sim.world import World

MANY: Final = 8_000
"""Customers lived at once: a day costs little more for so many than for a few."""


def true_effects(world: World, who: Ints, horizon: int, *, runs: int, seed: int, kinds_known: bool = True) -> Floats:
    """Expected effect of an order given at the end of the world's day on being retained `horizon` days later.

    One number in [−1, 1] per position of `who` (each once, a customer of the bank), by intention to treat: managers
    reach about three in four. kinds_known: whether the customer's latent kind is known; without it the effect is that
    of his state and facts (use of the app, cause, tier, age), the most that any model could tell. The error: a mean of
    `runs` futures, each lived once with the order and once without, by the same draws.
    """
    if horizon < ACTIVE_WINDOW_DAYS:
        raise YourMistake(
            f"the horizon is {horizon} days",
            expected=f"{ACTIVE_WINDOW_DAYS} days or more: retained is who made a transaction in so many days",
            then="give a longer horizon",
        )
    times = min(runs, max(1, MANY // max(len(who), 1)))
    gained = np.zeros(len(who))
    for turn in range(-(-runs // times)):
        copies = min(times, runs - turn * times)
        several = future(world.copies(who, copies), seed * 10_007 + turn, kinds_known=kinds_known)
        gained += _gain(several, horizon).reshape(copies, len(who)).sum(axis=0)
    return gained / runs


def _gain(world: World, horizon: int) -> Floats:
    """Retained with an order for everybody less retained with none for anybody, by the same draws."""
    n, until = len(world.closed), world.day + horizon
    place, days, mature = np.arange(n), np.full(n, world.day), np.ones(n, bool)
    calls = rm_works(world, Orders(place, days, world.bank.customers.rm)).contacts
    helped, left = trace(world, calls, until), trace(world, no_contacts(), until)
    kept = outcomes(helped, place, days, horizon, mature).retained.astype(np.float64)
    return kept - outcomes(left, place, days, horizon, mature).retained
