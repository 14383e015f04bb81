"""One day of the whole bank: state in place, facts out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liuke.sim import applications, behaviour, episodes, leaning, money
from liuke.sim.behaviour import REACHED, Contacts, Events
from liuke.sim.case_steps import Steps
from liuke.sim.consents import Choices, choose
from liuke.sim.draws import Ints
from liuke.sim.holds import Held, hold
from liuke.sim.ledger import Postings
from liuke.sim.money import Holdings
from liuke.sim.opinions import Answers, answer
from liuke.sim.payments import Paying, pay
from liuke.sim.script import Cases
from liuke.sim.seasons import Day, day_of
from liuke.sim.serving import Served, serve
from liuke.sim.world import Complaints, World


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What happened on one day, in arrays; positions refer to the world's customers."""

    day: Day
    postings: Postings
    holdings: list[Holdings]
    events: Events
    complaints: Complaints
    settled: Complaints
    contacts: Contacts
    served: Served
    answers: Answers
    choices: Choices
    held: Held
    steps: Steps
    cases: list[Cases]
    paying: Paying
    began: Ints
    left: Ints
    joined: Ints


def live(world: World, contacts: Contacts) -> DayFacts:
    """Steps `world` by one day in place.

    contacts: those of staff on that day. They take effect at the end of the day, so money and events of the day
    itself are the same with and without them.
    """
    world.day += 1
    day = day_of(world.bank.config, world.day)
    episodes.go_on(world, day)
    began = episodes.begin(world, day)
    leaning.lean(world, day)
    postings, holdings = money.move_money(world, day)
    events = behaviour.use_app(world, day)
    complaints, settled = behaviour.complain(world, day)
    care = behaviour.routine_care(world, day)
    served, answers, choices = serve(world, day), answer(world, day), choose(world, day)
    reached = contacts.who[(contacts.result == REACHED) & world.alive[contacts.who]]
    episodes.reach(world, np.unique(reached), world.day)
    contacts = contacts.take(world.alive[contacts.who])
    steps, cases = applications.apply(world, day, events)
    return DayFacts(
        day=day,
        postings=postings,
        holdings=holdings,
        events=events,
        complaints=complaints,
        settled=settled,
        contacts=care.joined(contacts),
        served=served,
        answers=answers,
        choices=choices,
        held=hold(world, day),
        steps=steps,
        cases=cases,
        paying=pay(world, day, events, postings),
        began=began,
        left=np.flatnonzero(world.closed == world.day),
        joined=np.flatnonzero(world.bank.customers.opened == world.day),
    )
