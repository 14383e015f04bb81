"""Messages of what campaigns decided in the last days: filled in, timed by rate and window, queued once each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from liuke.act.campaigns.catalogue import Campaign, CampaignArm, treatment_of
from liuke.act.campaigns.fillable import NOBODY, OF_CUSTOMER, amount_text, filled
from liuke.act.channels.catalogue import FILE, contact_channels, read_channels
from liuke.act.contact_policy import ContactPolicy
from liuke.act.offers.filling import day_text
from liuke.act.outbox.message import Message, key_of
from liuke.daily.message_facts import message_facts
from liuke.daily.ordering import recently_treated
from liuke.engine import Engine
from liuke.insight.amounts import Locale
from liuke.insight.known import BankTables
from liuke.insight.segments.day import branches_on
from liuke.state.actions.queue_messages import queue_messages
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class Gateways:
    """Names of channels.yaml with the channel over which each reaches customers, in the file's order."""

    names: Mapping[str, str]

    def of(self, arm: CampaignArm) -> str | None:
        """The one the arm's messages take; None when there is none, or the one it names does not go there."""
        wanted = arm.spec.gateway
        fits = [name for name, channel in self.names.items() if channel == arm.channel]
        if wanted is not None:
            return wanted if wanted in fits else None
        return fits[0] if fits else None


def gateways_of(house: House) -> Gateways:
    """Those of the bank home; none without a channels.yaml."""
    return Gateways(contact_channels(read_channels(house.home)) if (house.home / FILE).is_file() else {})


def queue_campaign_messages(
    house: House,
    engine: Engine,
    tables: BankTables,
    people: ir.Table,
    campaigns: Mapping[str, Campaign],
    gateways: Gateways,
    policy: ContactPolicy,
) -> int:
    """Queues the messages of decisions that are young enough and have none yet; returns how many.

    campaigns: those that may speak, by code.
    """
    ways = {
        treatment_of(c.code, arm.code): _way(house, engine, tables, c, arm, gateway)
        for c in campaigns.values() for arm in c.arms if arm.is_sent and (gateway := gateways.of(arm))
    }  # fmt: skip
    if not ways:
        return 0
    longest = max(way.campaign.spec.message_valid_days for way in ways.values())
    rows = _treated(house, engine, tables, people, list(ways), longest)
    if any(way.arm.asks_for for way in ways.values()):
        rows = rows.left_join(message_facts(tables), "customer_id").drop("customer_id_right").order_by("loop_id")
    times = _Times(house, policy)
    told = (
        _message(row, way, times)
        for batch in engine.batches(rows) for row in batch.to_pylist() for way in [ways[row["treatment"]]]
        if all(row[name] is not None for name in way.arm.asks_for)  # what was to fall due may have been paid out since
    )  # fmt: skip
    return queue_messages(told, now=tables.as_of.known_by)


@dataclass(frozen=True, slots=True)
class _Way:
    """What all messages of an arm share. title, text: in the bank's language; facts: that fill it for everybody."""

    locale: Locale
    campaign: Campaign
    arm: CampaignArm
    gateway: str
    title: str
    text: str
    facts: Mapping[str, str]
    nobody: Mapping[str, str]


def _way(house: House, engine: Engine, tables: BankTables, campaign: Campaign, arm: CampaignArm, gateway: str) -> _Way:
    locale = house.settings.locale
    bank, last = house.settings.name, arm.offer.spec.valid.to if arm.offer else campaign.spec.valid.to
    facts = {"bank_name": bank.en if locale == "en" else bank.zh, "valid_to": day_text(last, locale)}
    if arm.offer and arm.offer.spec.benefit.amount is not None:
        facts["benefit_amount"] = amount_text(arm.offer.spec.benefit.amount)
    if arm.offer and arm.offer.spec.product_id:
        facts |= _of_product(engine, tables, arm.offer.spec.product_id)
    text = arm.texts.en if locale == "en" else arm.texts.zh
    return _Way(locale, campaign, arm, gateway, campaign.title(locale), text, facts, NOBODY[locale])


def _of_product(engine: Engine, tables: BankTables, product_id: str) -> dict[str, str]:
    rows = tables.product.filter(tables.product.product_id == product_id)
    found = engine.arrow(rows.select("name", "risk_level", "term_days", "annual_rate")).to_pylist()
    product = found[0] if found else {}
    rate = product.get("annual_rate")
    return {
        "product_name": product.get("name") or product_id,
        "risk_level": product.get("risk_level") or "—",
        "term_days": str(product.get("term_days") or "—"),
        "annual_rate": "—" if rate is None else f"{rate:.2%}",
    }


def _treated(
    house: House, engine: Engine, tables: BankTables, people: ir.Table, treatments: list[str], days: int
) -> ir.Table:
    """Treated decisions of the last days with the names that messages tell; nth: of the campaign on its day."""
    recent = recently_treated(house, engine, tables.as_of, days)
    mine = recent.filter(recent.treatment.isin(treatments))
    a_day = ibis.window(group_by=["experiment", "as_of"], order_by="loop_id")
    numbered = mine.mutate(nth=ibis.row_number().over(a_day)).select(
        "loop_id", "as_of", "customer_id", "treatment", "branch_id", "staff_id", "nth"
    )
    branches = branches_on(house.lake, engine, tables.as_of).select("branch_id", branch_name="name")
    staff = tables.staff.select("staff_id", staff_name="name")
    joined = numbered.inner_join(people.select("customer_id", customer_name="name"), "customer_id")
    joined = joined.left_join(branches, "branch_id").drop("branch_id_right")
    return joined.left_join(staff, "staff_id").drop("staff_id_right").order_by("loop_id")


class _Times:
    """When messages are due: each moment is found once."""

    def __init__(self, house: House, policy: ContactPolicy) -> None:
        self._house, self._policy = house, policy
        self._opens: dict[tuple[date, str, int], datetime] = {}

    def due(self, day: date, arm: CampaignArm, hours: int) -> datetime:
        """So many hours into the morning after the data day; marketing waits for its window."""
        key = (day, f"{arm.message_class} {arm.channel}", hours)
        if key not in self._opens:
            self._opens[key] = self._found(day, arm, hours)
        return self._opens[key]

    def _found(self, day: date, arm: CampaignArm, hours: int) -> datetime:
        begins = self._house.as_of(day).known_by
        if arm.message_class == "service":
            return begins + timedelta(hours=hours)
        window, calendar = self._policy.window_of(arm.channel), self._house.calendar
        return window.opens_at(calendar, window.opens_at(calendar, begins) + timedelta(hours=hours))


def _message(row: Mapping[str, Any], way: _Way, times: _Times) -> Message:
    spec, arm = way.campaign.spec, way.arm
    hours = 0 if spec.rate.per_hour is None else row["nth"] // spec.rate.per_hour
    due = times.due(row["as_of"], arm, hours)
    facts = dict(way.facts) | {name: row[name] or way.nobody[name] for name in OF_CUSTOMER}
    facts |= {name: _own(row[name], way.locale) for name in arm.asks_for}
    return Message(
        key=key_of(row["loop_id"], way.gateway, "1"),
        channel=way.gateway,
        owner="customer",
        owner_id=row["customer_id"],
        text=filled(way.text, facts),
        message_class=arm.message_class,
        due_at=due,
        loop_id=row["loop_id"],
        step="1",
        campaign=way.campaign.code,
        customer_id=row["customer_id"],
        branch_id=row["branch_id"] or "",
        staff_id=row["staff_id"],
        purpose=arm.purpose,
        offer_id=arm.offer.code if arm.offer else "",
        title=way.title,
        expires_at=due + timedelta(days=spec.message_valid_days),
    )


def _own(fact: Any, locale: Locale) -> str:
    return day_text(fact, locale) if isinstance(fact, date) else str(fact)
