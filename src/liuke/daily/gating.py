"""The day's candidates and what the gates say about each, for decisions and for "why was nobody contacted"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.act.candidate import CANDIDATE
from liuke.act.contact_policy import MOST_CONTACTS, ContactPolicy, planned_at, read_contact_policy
from liuke.act.gates.chain import judged
from liuke.act.gates.facts import contact_facts
from liuke.act.gates.moment import moment_of
from liuke.act.gates.sheet import asked_of, offer_sheet
from liuke.act.loop_policy import LoopPolicy
from liuke.act.offers.bank_offers import BankOffers, read_bank_offers
from liuke.act.offers.catalogue import Offer
from liuke.act.offers.propose import propose
from liuke.engine import Engine
from liuke.insight.content_hash import content_hash
from liuke.insight.known import BankTables
from liuke.insight.segments.live import live_data
from liuke.tables import CANDIDATE_FATE
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class Gated:
    """rows: candidates with what stops them. people: customer_id, contacts_30 (marketing contacts of 30 days),
    automated_off of those with a candidate. Both materialised. version: hash of policy, offers and loop policy. offers:
    by code. lacking: offers that could not be asked.
    """

    rows: ir.Table
    people: ir.Table
    version: str
    offers: Mapping[str, Offer]
    lacking: tuple[str, ...]


def gate_day(
    house: House,
    engine: Engine,
    tables: BankTables,
    snapshot: ir.Table,
    features: ir.Table | None,
    loop: LoopPolicy,
    *,
    offers: bool,
) -> Gated:
    """Care calls for the warned, and the offers' audiences unless only the loop is wanted; each through all gates.

    The contact is planned for the first moment of the common window after the morning on which all this is known.
    """
    policy, bank = read_contact_policy(house.policy("contact")), read_bank_offers(house.home)
    as_of = tables.as_of
    at = policy.window.opens_at(house.calendar, as_of.known_by)
    planned = planned_at(policy, house.calendar, at)
    rows = care_candidates(snapshot, loop)
    lacking: tuple[str, ...] = ()
    if offers:
        rules = [o.audience for o in bank.offers.values()] + [r.rule for r in bank.rules]
        data = live_data(house.lake, engine, as_of, house.zone, rules, features=features, tables=tables)
        proposed = propose(engine, bank, data, product_risks(engine, tables.product), planned.day)
        rows, lacking = rows.union(proposed.rows), tuple(sorted(proposed.lacking))
    asked = asked_of(bank.offers.values())
    planned_before = not_done_yet(house.lake.scan(engine, CANDIDATE_FATE), tables)
    facts = engine.materialise(contact_facts(tables, asked, planned_before))
    sheet = engine.from_arrow(offer_sheet(bank.offers))
    found = engine.materialise(judged(engine.materialise(rows), facts, sheet, policy, moment_of(planned)))
    people = engine.materialise(contact_people(facts.semi_join(found, "customer_id"), as_of.day))
    engine.release(facts)
    return Gated(found, people, _version(policy, bank, loop), bank.offers, lacking)


def care_candidates(snapshot: ir.Table, loop: LoopPolicy) -> ir.Table:
    """CANDIDATE rows of the care call for customers with an acted tier: service, since nothing is offered."""
    warned = snapshot.filter(snapshot.tier.isin(loop.tiers))
    none = ibis.null("string")
    return warned.select(
        "customer_id", treatment=ibis.literal(loop.treatment), source=ibis.literal("churn"),
        source_id=ibis.literal(loop.experiment), theme=ibis.literal(loop.treatment),
        message_class=ibis.literal("service"), purpose=none, channel=ibis.literal("phone"), offer_id=none,
        offered_risk=ibis.null("int64"), eligible=ibis.literal(True), applicable=ibis.literal(True), unmet=none,
    ).select(*CANDIDATE.names)  # fmt: skip


def care_passed(rows: ir.Table) -> ir.Table:
    """The customers whose care call no gate stops: customer_id."""
    return rows.filter(rows.source == "churn", rows.gate.isnull()).select("customer_id")


def not_done_yet(fates: ir.Table, tables: BankTables) -> ir.Table:
    """Marketing chosen on an earlier day with no marketing contact since: customer_id, planned_on (the day after)."""
    day = ibis.literal(tables.as_of.day)
    chosen = fates.filter(fates.fate == "chosen", fates.message_class == "marketing", fates.as_of < day)
    contacts = tables.contact.filter((tables.contact.message_class == "marketing").fill_null(True))
    last = contacts.group_by("customer_id").aggregate(last=contacts.business_date.max())
    joined = chosen.left_join(last, "customer_id")
    open_ = joined.filter(joined["last"].isnull() | (joined["last"] <= joined.as_of))
    return open_.select("customer_id", planned_on=open_.as_of)


def contact_people(facts: ir.Table, day: date) -> ir.Table:
    """Of `contact_facts`: customer_id, contacts_30, automated_off (see Gated)."""
    first = ibis.literal(day - timedelta(days=30))
    recent = [
        ibis.ifelse((facts[f"marketing_{n}_on"] > first).fill_null(False), 1, 0) for n in range(1, MOST_CONTACTS + 1)
    ]
    return facts.select(
        "customer_id", contacts_30=sum(recent, ibis.literal(0, "int64")),
        automated_off=facts.automated_off_on.notnull(),
    )  # fmt: skip


def product_risks(engine: Engine, products: ir.Table) -> dict[str, int]:
    """1..5 by product, of those that have a risk level."""
    rows = engine.arrow(products.filter(products.risk_level.notnull()).select("product_id", "risk_level"))
    return {row["product_id"]: int(row["risk_level"][1]) for row in rows.to_pylist()}


def _version(policy: ContactPolicy, bank: BankOffers, loop: LoopPolicy) -> str:
    return content_hash([policy.version, bank.version, loop.version])
