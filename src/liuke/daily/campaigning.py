"""The day's campaigns: who enters, written down as fates and decisions, then messages queued and orders opened.

Fates first, then decisions, then what follows from the decisions of the last days: a run that died in between is made
good by the next, and nothing is done twice, because a decision has one loop id and a message one key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import read_lever_policy
from liuke.act.campaigns.bank_campaigns import BankCampaigns, CampaignFinding, read_bank_campaigns, unreadable
from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.cutting import Used, cut, is_used_up, ordered, places
from liuke.act.campaigns.deciding import decisions_of, fated
from liuke.act.campaigns.past import used
from liuke.act.campaigns.schedule import works_on
from liuke.act.contact_policy import ContactPolicy, read_contact_policy
from liuke.act.loop_policy import LoopPolicy
from liuke.act.withheld import Withheld
from liuke.daily.campaign_judging import Judged, Terms, contact_day, judge_campaigns
from liuke.daily.campaign_ordering import open_campaign_orders
from liuke.daily.campaign_sending import Gateways, gateways_of, queue_campaign_messages
from liuke.daily.telling import fate_rows
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.state.actions.change_campaign import Standing, keep_time
from liuke.tables import CANDIDATE_FATE, DECISION
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """What the campaigns did. entered: customers decided about, held_out of them; queued: new messages; orders: opened
    or joined to open ones. lacking: campaigns that could not work for want of a table, feature or gateway. mistakes: of
    campaigns' files that cannot be read; the other campaigns work.
    """

    entered: int = 0
    held_out: int = 0
    queued: int = 0
    orders: int = 0
    lacking: tuple[str, ...] = ()
    mistakes: tuple[CampaignFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Morning:
    """What the run found: campaigns by code, where they stand, what they have used."""

    bank: BankCampaigns
    standing: Mapping[str, Standing]
    used: Mapping[str, Used]
    policy: ContactPolicy


def run_campaigns(
    house: House,
    engine: Engine,
    tables: BankTables,
    people: ir.Table,
    features: ir.Table | None,
    loop: LoopPolicy,
) -> CampaignDay:
    """Enters the day's customers, queues the messages and opens the orders; safe to repeat.

    people: CUSTOMER_SNAPSHOT rows of the day, which is the newest: what is sent cannot be sent for a day long gone.
    """
    bank = read_bank_campaigns(house.home)
    if not bank.campaigns:
        return CampaignDay(mistakes=unreadable(bank))
    as_of, decisions = tables.as_of, house.lake.scan(engine, DECISION)
    spent = used(engine, decisions, bank.campaigns, as_of.day)
    over = {code: is_used_up(c, spent[code]) for code, c in bank.campaigns.items()}
    standing = keep_time(bank.campaigns, over, contact_day(house, as_of), as_of.known_by)
    morning = _Morning(bank, standing, spent, read_contact_policy(house.policy("contact")))
    gateways = gateways_of(house)
    working, mute = _working(house, tables, morning, gateways)
    made, lacking = (0, 0), mute
    if working:
        terms = Terms(morning.policy, bank.offers, loop.salt)
        found = judge_campaigns(house, engine, tables, working, terms, features)
        made = _decide(
            house,
            engine,
            tables,
            people,
            morning,
            [c for c in working if c.code not in found.lacking],
            found,
            read_lever_policy(house.policy("levers")).withheld(loop.salt),
        )
        lacking = (*mute, *found.lacking)
    speaking = {code: c for code, c in bank.campaigns.items() if code in standing and standing[code].speaks(c)}
    queued = queue_campaign_messages(house, engine, tables, people, speaking, gateways, morning.policy)
    orders = open_campaign_orders(house, engine, tables, people, speaking, loop)
    without = tuple(sorted(f"campaign_{code}" for code in lacking))
    return CampaignDay(*made, queued, orders, without, unreadable(bank))


def _working(
    house: House, tables: BankTables, morning: _Morning, gateways: Gateways
) -> tuple[list[Campaign], tuple[str, ...]]:
    """Campaigns that work on the day with a place left, in order; and those that no gateway could speak for."""
    day = contact_day(house, tables.as_of)
    campaigns, standing = morning.bank.campaigns, morning.standing
    due = [
        c for code, c in campaigns.items()
        if code in standing and standing[code].works(c) and not c.refusals and works_on(c.spec, day)
        and places(c, morning.used[code], open_hours(morning.policy, c)).messages
    ]  # fmt: skip
    mute = tuple(c.code for c in due if any(arm.is_sent and gateways.of(arm) is None for arm in c.arms))
    return ordered(c for c in due if c.code not in mute), mute


def open_hours(policy: ContactPolicy, campaign: Campaign) -> int:
    """Whole hours of a day in which all of the campaign's messages may go out."""
    windows = [policy.window_of(arm.channel) for arm in campaign.arms] or [policy.window]
    return min((w.closes.hour * 60 + w.closes.minute - w.opens.hour * 60 - w.opens.minute) // 60 for w in windows)


def _decide(
    house: House,
    engine: Engine,
    tables: BankTables,
    people: ir.Table,
    morning: _Morning,
    campaigns: list[Campaign],
    found: Judged,
    withheld: Withheld,
) -> tuple[int, int]:
    """Writes fates and decisions; returns how many entered, and how many of them are held out."""
    lake, day = house.lake, tables.as_of.day
    version, decisions, fates = lake.version(DECISION), lake.scan(engine, DECISION), lake.scan(engine, CANDIDATE_FATE)
    kept = engine.materialise(_kept(fates, decisions, tables))
    todays = [(c, places(c, morning.used[c.code], open_hours(morning.policy, c))) for c in campaigns]
    passed = found.rows.filter(found.rows.gate.isnull()).semi_join(people, "customer_id")
    kept_out = engine.materialise(_kept_out(passed, withheld))
    free = passed.anti_join(kept_out, ["customer_id", "campaign"])
    done = cut(engine, free, todays, _claimed(fates, kept, tables))
    _tell(house, engine, tables, fated(engine, found.rows, done, campaigns, kept_out, withheld), kept)
    rows = engine.materialise(decisions_of(engine, done.rows, campaigns, people, tables.as_of))
    entered, held = engine.count(rows), engine.count(rows.filter(rows.arm == "holdout"))
    if entered:
        lake.append(DECISION, engine.batches(rows), commit_id=f"campaigns:{day}:v{version}")
    return entered, held


def _kept_out(passed: ir.Table, withheld: Withheld) -> ir.Table:
    """customer_id, campaign, global_draw of those whom nothing stops but the global hold-out."""
    asked = passed.filter(~passed.theme.isin(list(withheld.duties))) if withheld.duties else passed
    drawn = withheld.among(asked)
    return asked.select("customer_id", "campaign").inner_join(drawn, "customer_id")


def _kept(fates: ir.Table, decisions: ir.Table, tables: BankTables) -> ir.Table:
    """The day's fates of those who entered in an earlier run of it."""
    today = ibis.literal(tables.as_of.day)
    mine = fates.filter(fates.as_of == today, fates.source == "campaign", fates.fate.isin(["chosen", "held_out"]))
    made = decisions.filter(decisions.as_of == today).select("customer_id", "experiment")
    return mine.semi_join(made, ["customer_id", "experiment"])


def _claimed(fates: ir.Table, kept: ir.Table, tables: BankTables) -> ir.Table:
    """Customers to whom marketing goes already today: customer_id, treatment."""
    others = fates.filter(
        fates.as_of == ibis.literal(tables.as_of.day), fates.source != "campaign", fates.fate == "chosen"
    )
    rows = others.select("customer_id", "treatment", "message_class").union(
        kept.select("customer_id", "treatment", "message_class")
    )
    return rows.filter(rows.message_class == "marketing").select("customer_id", "treatment")


def _tell(house: House, engine: Engine, tables: BankTables, rows: ir.Table, kept: ir.Table) -> None:
    told = fate_rows(rows.mutate(
        as_of=ibis.literal(tables.as_of.day), decided_at=ibis.literal(tables.as_of.known_by),
        policy_version=rows.text_version,
    ))  # fmt: skip
    before = kept.select(*CANDIDATE_FATE.names).cast(told.schema())  # stored columns have another precision
    whole = engine.materialise(told.union(before))
    where = f"as_of = '{tables.as_of.day}' AND source = 'campaign'"
    house.lake.replace(CANDIDATE_FATE, engine.batches(whole), where=where)
