"""The day's facts as Arrow tables of the contracts."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa

from liuke.sim import payees, voice, words
from liuke.sim.accounts import SLOT_CODES, SLOTS
from liuke.sim.bank import Bank, customer_name
from liuke.sim.behaviour import CONTACT_CHANNELS, CONTACT_RESULTS, EVENT_NAMES, SEARCH, Contacts, Events
from liuke.sim.columns import dates, digits, moments, money, pick, same, table
from liuke.sim.consents import Choices
from liuke.sim.draws import Ints
from liuke.sim.journey_rows import payment_rows, step_rows
from liuke.sim.ledger import CHANNELS, KIND_FACTS, Kind, Postings
from liuke.sim.step import DayFacts
from liuke.sim.world import Complaints
from liuke.tables import BALANCE_DAILY, COMPLAINT, CONTACT, EVENT, TRANSACTION

CURRENCY: Final = "CNY"
COMPLAINT_CHANNELS = pa.array(["phone", "app", "branch"])
_TYPES, _INITIATORS, _DESCRIPTIONS = (pa.array([KIND_FACTS[k][i] for k in Kind]) for i in range(3))
_CHANNELS, _DIRECTIONS = pa.array(CHANNELS), pa.array(["in", "out"])
_CATEGORIES, _OTHER_BANKS = pa.array(payees.CATEGORY_NAMES), pa.array(words.OTHER_BANKS)
_EVENT_NAMES = pa.array(EVENT_NAMES)
_CLASSES = pa.array(["service", "marketing"])
_KEYWORDS = [*words.SEARCHES, *(w for row in words.LEAVING_SEARCHES for w in row)]
_PROPERTIES = pa.array(
    [f'{{"keyword":"{w}"}}' for w in _KEYWORDS] + [f'{{"product_id":"{p[0]}"}}' for p in words.PRODUCTS]
)
_GRIEVANCE = {n: pa.array([getattr(g, n) for g in words.GRIEVANCES]) for n in ("category", "reason", "text")}


class Labels:
    """The texts of one bank that rows refer to by number: ids of customers and accounts, names of payees."""

    def __init__(self, bank: Bank) -> None:
        c = bank.customers
        self.customers = customer_ids(c.index)
        self.accounts = pa.concat_arrays([account_ids(c.index, slot) for slot in range(SLOTS)])
        own = [customer_name(*row) for row in zip(c.surname.tolist(), c.given.tolist(), c.female.tolist(), strict=True)]
        self.payees = pa.array([*payees.static_names(), *own])
        self.staff = pa.array([bank.staff.staff_id(row) for row in range(len(bank.staff.person_name))])
        self.n = len(c)


@lru_cache(maxsize=4)
def labels(bank: Bank) -> Labels:
    """The labels of a bank, made once."""
    return Labels(bank)


def customer_ids(index: Ints) -> pa.Array:
    """C00000001 … from customer indices."""
    return digits(100_000_000 + index, "C")


def account_ids(index: Ints, slot: int) -> pa.Array:
    """16-digit account numbers; they begin with 90, outside every issued card range."""
    return digits(int(f"90{SLOT_CODES[slot]}") * 10**12 + index)


def day_tables(bank: Bank, facts: DayFacts) -> dict[str, pa.Table]:
    """transaction, balance_daily, event, complaint, contact, interaction, survey_response, consent, hold of the day."""
    names, midnight = labels(bank), bank.config.midnight_us(facts.day.number)
    return {
        "transaction": transactions(bank, names, facts, midnight),
        "balance_daily": balances(names, facts),
        "event": pa.concat_tables(_events(bank, names, facts, midnight)),
        "complaint": complaints(bank, names, [facts.complaints], [facts.settled]),
        "contact": contacts(bank, names, facts.contacts),
        "interaction": voice.interactions(bank, names.customers, names.staff, facts.served, facts.day.date, midnight),
        "survey_response": voice.survey_responses(bank, names.customers, facts.answers, facts.day.date, midnight),
        "consent": consents(bank, names, facts.choices),
        "hold": voice.holds(bank, names.customers, facts.held, facts.day),
    }


def consents(bank: Bank, names: Labels, c: Choices) -> pa.Table:
    """Choices as rows of consent."""
    return voice.consents(bank, names.customers, c, _midnights(bank, c.day))


def transactions(bank: Bank, names: Labels, facts: DayFacts, midnight: int) -> pa.Table:
    """The day's postings as rows."""
    p = facts.postings
    index = bank.customers.index[p.who]
    stamp = int(facts.day.date.strftime("%Y%m%d"))
    n = len(p.who)
    return table(
        TRANSACTION,
        transaction_id=digits((stamp * 10_000_000 + index) * 100 + p.number),
        account_id=names.accounts.take(pa.array(p.slot * names.n + p.who)),
        occurred_at=moments(midnight, p.second),
        direction=_DIRECTIONS.take(pa.array((p.amount < 0).astype(np.int8))),
        amount=money(np.abs(p.amount)),
        currency=same(CURRENCY, n),
        initiator=_INITIATORS.take(pa.array(p.kind)),
        transaction_type=_TYPES.take(pa.array(p.kind)),
        channel=_CHANNELS.take(pa.array(p.channel)),
        merchant_category=pick(_CATEGORIES, p.category),
        counterparty_name=pick(names.payees, p.name),
        counterparty_account=_counterparty_accounts(bank, p),
        counterparty_bank=pick(_OTHER_BANKS, p.bank),
        balance_after=money(p.after),
        description=_DESCRIPTIONS.take(pa.array(p.kind)),
    )


def _counterparty_accounts(bank: Bank, p: Postings) -> pa.Array:
    """Account numbers elsewhere: fixed per payee; they begin with 98, which no bank issues."""
    own = p.name >= payees.OWN
    code = np.where(own, 10_000 + bank.customers.index[np.where(own, p.name - payees.OWN, 0)], p.name)
    return digits(98 * 10**14 + code * 1_000_003 % 10**14, missing=p.bank < 0)


def balances(names: Labels, facts: DayFacts) -> pa.Table:
    """End-of-day balance of every account that moved."""
    p = facts.postings
    who, slot, after = p.who[p.last], p.slot[p.last], p.after[p.last]
    return balance_rows(names, who, slot, after, facts.day.number)


def balance_rows(names: Labels, who: Ints, slot: Ints, fen: Ints, day: int) -> pa.Table:
    """Rows of balance_daily for one day."""
    return table(
        BALANCE_DAILY,
        account_id=names.accounts.take(pa.array(slot * names.n + who)),
        balance_date=dates(np.full(len(who), day)),
        balance=money(fen),
        currency=same(CURRENCY, len(who)),
    )


def _events(bank: Bank, names: Labels, facts: DayFacts, midnight: int) -> list[pa.Table]:
    """Use of the app, steps of applications, payments."""
    day = facts.day.number
    return [
        events(bank, names, facts, midnight),
        step_rows(bank, names.customers, facts.steps, day, midnight),
        payment_rows(bank, names.customers, facts.paying, day, midnight),
    ]


def events(bank: Bank, names: Labels, facts: DayFacts, midnight: int) -> pa.Table:
    """App events with their properties as JSON."""
    e: Events = facts.events
    session = (int(facts.day.date.strftime("%Y%m%d")) * 10_000_000) + bank.customers.index[e.who]
    row = np.where(e.what < 0, -1, np.where(e.name == SEARCH, e.what, len(_KEYWORDS) + e.what))
    return table(
        EVENT,
        event_id=digits(session * 10 + e.name, "E"),
        customer_id=names.customers.take(pa.array(e.who)),
        occurred_at=moments(midnight, e.second),
        event_name=_EVENT_NAMES.take(pa.array(e.name)),
        channel=same("app", len(e.who)),
        session_id=digits(session, "A"),
        properties=pick(_PROPERTIES, row),
    )


def complaints(bank: Bank, names: Labels, open_: list[Complaints], settled: list[Complaints]) -> pa.Table:
    """Complaint rows: open ones without an end, settled ones with it (a newer version of the same key)."""
    rows = (*open_, *settled)
    c = rows[0]
    for more in rows[1:]:
        c = c.joined(more)
    ended = np.arange(len(c)) >= sum(len(part) for part in open_)
    zone = _midnights(bank, np.concatenate([c.day, c.resolve_on]))
    begun, done = zone[: len(c)], zone[len(c) :]
    return table(
        COMPLAINT,
        complaint_id=digits(c.day * 10_000_000 + bank.customers.index[c.who], "T"),
        customer_id=names.customers.take(pa.array(c.who)),
        received_at=moments(begun, c.second),
        channel=COMPLAINT_CHANNELS.take(pa.array(c.channel)),
        category=_GRIEVANCE["category"].take(pa.array(c.what)),
        reason=_GRIEVANCE["reason"].take(pa.array(c.what)),
        text=_GRIEVANCE["text"].take(pa.array(c.what)),
        resolved_at=moments(done, c.resolve_second, missing=~ended),
    )


def _midnights(bank: Bank, days: Ints) -> Ints:
    """Local midnights in UTC microseconds, day by day."""
    known, place = np.unique(days, return_inverse=True)
    return np.array([bank.config.midnight_us(int(d)) for d in known], np.int64)[place] if len(days) else days


def contacts(bank: Bank, names: Labels, c: Contacts) -> pa.Table:
    """Contact rows; a retention order's contact has no note."""
    order = c.note < 0
    number = (c.day * 10_000_000 + bank.customers.index[c.who]) * 10 + order
    return table(
        CONTACT,
        contact_id=digits(number, "K"),
        customer_id=names.customers.take(pa.array(c.who)),
        staff_id=names.staff.take(pa.array(c.staff)),
        occurred_at=moments(_midnights(bank, c.day), c.second),
        channel=pa.array(CONTACT_CHANNELS).take(pa.array(c.channel)),
        result=pa.array(CONTACT_RESULTS).take(pa.array(c.result)),
        message_class=_CLASSES.take(pa.array(np.isin(c.note, words.MARKETING_NOTES).astype(np.int8))),
        note=pick(pa.array(words.CARE_NOTES), c.note),
    )
