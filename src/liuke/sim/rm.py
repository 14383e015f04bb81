"""Simulated customer managers: who they call when, whether they get through, and how they judge it afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liuke.sim.behaviour import NOT_REACHED, REACHED, REFUSED, Contacts
from liuke.sim.draws import Floats, Ints, Stream, uniform_on
from liuke.sim.episodes import would_be_saved
from liuke.sim.seasons import second_of_day, workday_after
from liuke.sim.world import CALM, DIP, LEAVING, RECOVERING, World

JUDGEMENTS = ("saved", "undecided", "lost", "unreachable", "wrong_signal")
"""What a manager logs after a contact. An opinion with errors, never used as an outcome."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Retention orders: customer position, ordinal day of the data the decision saw, row of Staff who gets it."""

    who: Ints
    day: Ints
    staff: Ints


@dataclass(frozen=True, slots=True)
class Worked:
    """What becomes of orders, one entry per order, in the order given: contacts and JUDGEMENTS rows."""

    contacts: Contacts
    judgement: Ints


def rm_works(world: World, orders: Orders) -> Worked:
    """Managers work on new orders: contact on the 1st to 3rd workday after the order's day, about 75% reached.

    Every draw belongs to (customer, order day), so what happens to one order does not depend on the others, and
    the same order in a counterfactual world has the same contact. `world` is that of the order's day; it decides
    the judgement only.
    """
    key = world.bank.customers.key[orders.who]
    draw = {
        s: uniform_on(key, orders.day, s)
        for s in (Stream.ORDER_DELAY, Stream.ORDER_REACH, Stream.ORDER_CHANNEL, Stream.ORDER_WHEN, Stream.ORDER_JUDGE)
    }
    delay = 1 + np.searchsorted([0.5, 0.85], draw[Stream.ORDER_DELAY], side="right")
    days = {(d, k): workday_after(d, k) for d in np.unique(orders.day).tolist() for k in (1, 2, 3)}
    app, age = world.bank.customers.app[orders.who], world.bank.customers.age[orders.who]
    reachable = 0.75 + 0.06 * (age > 50) - 0.07 * (app > 0.75)
    refused = (draw[Stream.ORDER_REACH] >= reachable) & (draw[Stream.ORDER_REACH] < reachable + 0.04)
    reached = draw[Stream.ORDER_REACH] < reachable
    contacts = Contacts(
        who=orders.who,
        day=np.array([days[d, k] for d, k in zip(orders.day.tolist(), delay.tolist(), strict=True)], np.int64),
        second=second_of_day(draw[Stream.ORDER_WHEN], office=True),
        staff=orders.staff,
        channel=np.searchsorted([0.78, 0.93], draw[Stream.ORDER_CHANNEL], side="right").astype(np.int64),
        result=np.where(reached, REACHED, np.where(refused, REFUSED, NOT_REACHED)),
        note=np.full(len(orders.who), -1),
    )
    return Worked(contacts, _judge(world, contacts, draw[Stream.ORDER_JUDGE]))


def _judge(world: World, contacts: Contacts, u: Floats) -> Ints:
    """The manager's honest, noisy opinion: optimistic about persuaded and undecided customers."""
    phase = world.phase[contacts.who]
    saved = would_be_saved(world, contacts.who)
    leaving = (phase == LEAVING) & ~saved
    calm = (phase == CALM) | (phase == RECOVERING)
    shares = np.select(
        [saved[:, None], leaving[:, None], (phase == DIP)[:, None], calm[:, None]],
        [[0.72, 0.94, 0.97, 0.97], [0.10, 0.55, 0.97, 0.97], [0.25, 0.55, 0.60, 0.60], [0.12, 0.25, 0.27, 0.27]],
        [0.02, 0.2, 0.97, 0.97],
    )
    opinion = (u[:, None] >= shares).sum(axis=1)
    told: Ints = np.where(contacts.result == REACHED, opinion, np.where(contacts.result == REFUSED, 2, 3))
    return told
