"""Campaigns asked of everybody: audiences, those who came into a segment or were matched, and what the gates say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.entering import CALLED, Plan, entrants, questions
from liuke.act.campaigns.fillable import OF_SOME
from liuke.act.campaigns.past import entered
from liuke.act.contact_policy import ContactPolicy, Planned, planned_at
from liuke.act.gates.chain import judged
from liuke.act.gates.facts import contact_facts
from liuke.act.gates.moment import moment_of
from liuke.act.gates.sheet import offer_sheet
from liuke.act.offers.bank_offers import BankOffers
from liuke.clock import AsOf
from liuke.daily.gating import not_done_yet, product_risks
from liuke.daily.message_facts import message_facts
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.insight.rules.compile import lacking
from liuke.insight.segments.day import answers
from liuke.insight.segments.live import live_data
from liuke.insight.segments.snapshots import snapshot_days
from liuke.state.campaign_counts import matched_customers
from liuke.tables import CANDIDATE_FATE, DECISION, SEGMENT_MEMBER
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what campaigns are asked: the rules of contact, the bank's offers and rules, and the salt of the draws."""

    policy: ContactPolicy
    offers: BankOffers
    salt: str


@dataclass(frozen=True, slots=True)
class Judged:
    """rows: candidates with ENTRANT columns and what stops them (materialised). audience: customers by campaign.
    lacking: campaigns that could not be asked, with what they lack; they have no rows.
    """

    rows: ir.Table
    audience: Mapping[str, int]
    lacking: Mapping[str, tuple[str, ...]]


def judge_campaigns(
    house: House,
    engine: Engine,
    tables: BankTables,
    campaigns: Sequence[Campaign],
    terms: Terms,
    features: ir.Table | None = None,
) -> Judged:
    """Everybody who may enter one of the campaigns on the morning after the data day, with what the gates say."""
    asked = questions(campaigns, terms.offers.rules)
    data = live_data(house.lake, engine, tables.as_of, house.zone, asked.values(), features=features, tables=tables)
    lacks = {name: missing for name, rule in asked.items() if (missing := lacking(rule, data))}
    unable = {c.code: missing for c in campaigns if (missing := _lacking(c, terms.offers, lacks))}
    able = [c for c in campaigns if c.code not in unable]
    found = answers(engine, {name: rule for name, rule in asked.items() if _asked(name, lacks, able)}, data)
    found = _with_lacks(engine, tables, able, found)
    plan = Plan(able, terms.offers.rules, product_risks(engine, tables.product), tables.as_of.day, terms.salt)
    decisions = house.lake.scan(engine, DECISION)
    before = engine.materialise(entered(decisions, {c.code: c for c in able}))
    rows = engine.materialise(entrants(engine, plan, found, _called(house, engine, tables, able, found), before))
    facts = _facts(house, engine, tables, able)
    sheet = engine.from_arrow(offer_sheet(terms.offers.offers))
    moment = moment_of(contact_moment(terms.policy, house, tables.as_of))
    done = engine.materialise(judged(rows, facts, sheet, terms.policy, moment))
    audience = _audience(engine, found, able)
    engine.release(facts)
    engine.release(found)
    return Judged(done, audience, unable)


def contact_moment(policy: ContactPolicy, house: House, as_of: AsOf) -> Planned:
    """The first moment of the common window on the day after the data day; where that is closed, its morning."""
    opens = policy.window.opens_at(house.calendar, as_of.known_by)
    today = contact_day(house, as_of) == opens.astimezone(house.zone).date()
    return planned_at(policy, house.calendar, opens if today else as_of.known_by)


def contact_day(house: House, as_of: AsOf) -> date:
    """The bank's day on which what the run decides goes out."""
    return as_of.known_by.astimezone(house.zone).date()


def _lacking(campaign: Campaign, offers: BankOffers, lacks: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    mine = {arm.offer.code for arm in campaign.arms if arm.offer}
    about = [f"campaign_{campaign.code}", *(f"offer_{code}" for code in mine)]
    about += [f"rule_{r.code}" for r in offers.rules if mine & set(r.offers)]
    return tuple(sorted({what for name in about for what in lacks.get(name, ())}))


def _asked(name: str, lacks: Mapping[str, tuple[str, ...]], able: Sequence[Campaign]) -> bool:
    """A question that can be answered, of a campaign that is asked."""
    kind, _, code = name.partition("_")
    return name not in lacks and (kind != "campaign" or code in {c.code for c in able})


def _with_lacks(engine: Engine, tables: BankTables, campaigns: Sequence[Campaign], found: ir.Table) -> ir.Table:
    """`found` with lacks_FACT of what some arm's message asks for; itself, where none asks for anything."""
    wanted = sorted({name for c in campaigns for arm in c.arms for name in arm.asks_for})
    if not wanted:
        return found
    joined = found.left_join(message_facts(tables), "customer_id").drop("customer_id_right")
    lacks = {f"lacks_{name}": joined[name].isnull() for name in wanted}
    told = engine.materialise(joined.mutate(**lacks).drop(*OF_SOME))
    engine.release(found)
    return told


def _called(
    house: House, engine: Engine, tables: BankTables, campaigns: Sequence[Campaign], found: ir.Table
) -> ir.Table:
    """CALLED rows: who came into the segment, or was matched by the rule, within the campaign's days."""
    parts = [engine.from_arrow(_matched(tables, campaigns))]
    parts += [_came_into(house, engine, tables.as_of.day, c, found) for c in campaigns if c.spec.segment]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _matched(tables: BankTables, campaigns: Sequence[Campaign]) -> pa.Table:
    rows: list[dict[str, str]] = []
    for campaign in campaigns:
        if campaign.spec.trigger:
            since = tables.day_ends - timedelta(days=campaign.spec.within_days)
            found = matched_customers([campaign.spec.trigger], since, tables.day_ends)
            rows += [{"campaign": campaign.code, "customer_id": who} for _, who in found]
    return pa.Table.from_pylist(rows, schema=CALLED)


def _came_into(house: House, engine: Engine, day: date, campaign: Campaign, found: ir.Table) -> ir.Table:
    """Everybody but those who were members on each of the days before that are stored; without such a day, nobody."""
    spec = campaign.spec
    first = day - timedelta(days=spec.within_days)
    days = [d for d in snapshot_days(house.lake, engine, str(spec.segment)) if first <= d < day]
    members = house.lake.scan(engine, SEGMENT_MEMBER)
    mine = members.filter(members.segment == spec.segment, members.as_of.isin(days) if days else ibis.literal(False))
    counts = mine.group_by("customer_id").aggregate(n=mine.count())
    stayed = counts.filter(counts.n >= len(days))
    came = found.filter(ibis.literal(bool(days))).anti_join(stayed, "customer_id")
    return came.select(campaign=ibis.literal(campaign.code), customer_id=came.customer_id)


def _facts(house: House, engine: Engine, tables: BankTables, campaigns: Sequence[Campaign]) -> ir.Table:
    pairs = {(arm.purpose, arm.channel) for c in campaigns for arm in c.arms if arm.purpose}
    planned = not_done_yet(house.lake.scan(engine, CANDIDATE_FATE), tables)
    return engine.materialise(contact_facts(tables, sorted(pairs), planned))


def _audience(engine: Engine, found: ir.Table, campaigns: Sequence[Campaign]) -> dict[str, int]:
    if not campaigns:
        return {}
    sums = {c.code: found[f"campaign_{c.code}"].sum() if c.audience is not None else found.count() for c in campaigns}
    [row] = engine.arrow(found.aggregate(**sums)).to_pylist()
    return {code: int(n or 0) for code, n in row.items()}
