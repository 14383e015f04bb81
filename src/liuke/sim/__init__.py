"""The synthetic bank, with known truth. Knows tables and clock, nothing of what the product does with them.

config = SimConfig(20_000, end=date(2026, 11, 21))
past = history(found_bank(config), until=date(2026, 8, 21), write=folder)
worked = rm_works(past.world, orders)
world, rows = advance(past.world, 1, worked.contacts)
truth = counterfactual(config, decisions, (30, 60), until=config.end, world=past.world)
"""

from __future__ import annotations

from liuke.sim.bank import Bank, found_bank
from liuke.sim.behaviour import CONTACT_RESULTS, Contacts, no_contacts
from liuke.sim.config import SimConfig, calendar_day, ordinal
from liuke.sim.history import History, advance, history, positions
from liuke.sim.pains import write_pains
from liuke.sim.rm import JUDGEMENTS, Orders, Worked, rm_works
from liuke.sim.source import write_source
from liuke.sim.truth import Decision, Outcomes, Truth, counterfactual, write_cases, write_episodes, write_truth
from liuke.sim.world import CAUSES, KINDS_OF_CUSTOMER, World

__all__ = [
    "Bank", "CAUSES", "CONTACT_RESULTS", "Contacts", "Decision", "History", "JUDGEMENTS", "KINDS_OF_CUSTOMER",
    "Orders", "Outcomes", "SimConfig", "Truth", "Worked", "World", "advance", "calendar_day", "counterfactual",
    "found_bank", "history", "no_contacts", "ordinal", "positions", "rm_works", "write_cases", "write_episodes",
    "write_pains", "write_source", "write_truth",
]  # fmt: skip
