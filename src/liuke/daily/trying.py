"""`policies/contact.yaml` as it might be, tried on the last days' candidates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis

from liuke.act.contact_policy import ContactPolicy, planned_at, read_contact_policy
from liuke.act.gates.facts import contact_facts
from liuke.act.gates.moment import Moment, moment_of
from liuke.act.gates.sheet import asked_of, offer_sheet
from liuke.act.gates.simulate import PastDay, Simulated, compared, past_candidates, summed
from liuke.act.offers.bank_offers import BankOffers, read_bank_offers
from liuke.clock import AsOf
from liuke.daily.gating import not_done_yet
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.known import bank_tables
from liuke.tables import CANDIDATE_FATE
from liuke.wiring import House


def try_policy(
    house: House, engine: Engine, policy: ContactPolicy, *, days: int = 30,
    progress: Callable[[int], None] = lambda _days: None,
) -> Simulated:  # fmt: skip
    """What the policy would have done with the candidates of the last so many calendar days, beside the one at work.

    progress: called with how many days are done. Offers are those of now. Raises YourMistake when no run of these days
    left candidates.
    """
    fates = house.lake.scan(engine, CANDIDATE_FATE)
    present = read_contact_policy(house.policy("contact"))
    bank = read_bank_offers(house.home)
    tried = _days(engine, fates, days)
    if not tried:
        raise YourMistake(
            "no run has left candidates to try a policy on",
            state="nothing was changed",
            then="liuke run --as-of DATE, then again",
        )
    found: list[dict[str, Any]] = []
    for done, day in enumerate(tried):
        progress(done)
        past = _past(house, engine, bank, day, (present, policy))
        found += compared(engine, past, present, policy)
        engine.release(past.facts)
    return summed(tried, found)


def _days(engine: Engine, fates: ibis.Table, days: int) -> list[date]:
    known = sorted(engine.arrow(fates.select("as_of").distinct())["as_of"].to_pylist())
    return [day for day in known if day > known[-1] - timedelta(days=days)]


def _past(
    house: House, engine: Engine, bank: BankOffers, day: date, policies: tuple[ContactPolicy, ContactPolicy]
) -> PastDay:
    as_of = house.as_of(day)
    tables = bank_tables(house.lake, engine, as_of, house.zone)
    fates = house.lake.scan(engine, CANDIDATE_FATE)
    facts = contact_facts(tables, asked_of(bank.offers.values()), not_done_yet(fates, tables))
    first, second = (_moment(house, as_of, policy) for policy in policies)
    known, sheet = engine.materialise(facts), engine.from_arrow(offer_sheet(bank.offers))
    return PastDay(past_candidates(fates, day), known, sheet, (first, second))


def _moment(house: House, as_of: AsOf, policy: ContactPolicy) -> Moment:
    at = policy.window.opens_at(house.calendar, as_of.known_by)
    return moment_of(planned_at(policy, house.calendar, at))
