"""The best forecast anybody could make: from the latent state and the true hazards, without looking at a draw.

What a model learns from the bank's own data is measured against it. For benchmarks and tests; never for the product.
"""

from __future__ import annotations

import numpy as np

from liuke.sim.draws import Bools, Floats
from liuke.sim.episodes import UPSET, complaint_chance, rates
from liuke.sim.leaning import LOOK_AHEAD, SHOWN
from liuke.sim.seasons import day_of
from liuke.sim.world import CALM, DIP, LEAVING, World

UPSET_DAYS = 18
_AFTER_COMPLAINT = 1.0 - (1.0 - 0.030) ** UPSET_DAYS
"""Chance that a complaint is followed by an episode while the customer is upset."""


def episode_chance(world: World, days: int) -> Floats:
    """Probability, per customer, of being in an episode (leaving or dipping) now or on one of the next `days` days.

    1 for customers in one on the world's day; 0 for those who are gone, dormant or recovering (they are left alone
    for longer than 90 days). For calm ones the hazards of every cause are added up over the days as they will be:
    the season, maturities to come, anger that lasts, complaints to come (a renewed product may mature again: left
    out). Leaning is known: half of those who lean begin in the end, and few do who do not lean yet should.
    """
    now = world.day
    calm = world.alive & (world.phase == CALM)
    running = world.alive & ((world.phase == LEAVING) | (world.phase == DIP))
    chance: Floats = np.where(calm, 1.0 - np.exp(-_expected(world, days)), 0.0)
    leaning = calm & (world.lean_until > now) & (world.lean_until <= now + days)
    begins = np.where(world.lean_cause == UPSET, _AFTER_COMPLAINT, 0.5)
    chance = np.where(leaning, begins + (1.0 - begins) * chance, chance)
    return np.where(running, 1.0, chance) * ~_too_poor(world)


def _expected(world: World, days: int) -> Floats:
    """Sum of the hazards of the days to come, apart from what leaning tells."""
    c, now = world.bank.customers, world.day
    nobody = np.zeros(len(c), bool)
    total = np.zeros(len(c))
    for number in range(now + 1, now + days + 1):
        season = day_of(world.bank.config, number).leave
        matured: Bools = np.any((world.hold_end >= 0) & (world.hold_end <= number) & (world.hold_end > number - 5), 0)
        matured |= (world.matured_on >= 0) & (number - world.matured_on <= 4)
        ready = (number - c.opened > 60) & (world.calm_until <= number)
        unseen = 1.0 - SHOWN * (number <= now + LOOK_AHEAD)
        total += ready * unseen * rates(world, season, upset=nobody, matured=matured).sum(axis=0)
        total += ready * 0.030 * (world.upset_until >= number)
        total += ready * unseen * complaint_chance(world) * _AFTER_COMPLAINT
    return total


def _too_poor(world: World) -> Bools:
    """Customers with less than 500 yuan, whom no episode begins for."""
    poor: Bools = (world.aum <= 50_000) & (world.phase == CALM)
    return poor
