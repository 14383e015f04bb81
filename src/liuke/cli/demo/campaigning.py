"""The demo's campaigns: two shipped ones, approved by two people on days of the story, and their messages sent.

Nothing leaves this machine: what would be a text message is a line of a file. Receipts and refusals are told by a
gateway that the demo plays, by the message's key alone. The effect is measured as for a bank. In the synthetic bank a
text message changes nothing, so that the campaign that only writes shows an interval around none.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.act.campaigns.bank_campaigns import read_bank_campaigns
from liuke.act.channels.catalogue import FILE
from liuke.act.holdout import draw
from liuke.act.outbox.channel import Receipt
from liuke.cli.demo.plan import Plan
from liuke.daily.campaign_preview import as_json, preview_campaigns
from liuke.govern.access import Scope
from liuke.lake import newest
from liuke.sending.carrying import carry_back
from liuke.sending.running import opened_ways
from liuke.sending.worker import step
from liuke.state.actions.change_campaign import Proposal, decide_campaign, propose_campaign
from liuke.state.actions.change_order import Who
from liuke.state.actions.take_receipts import Came, take_receipts
from liuke.state.models import OutboxMessage
from liuke.tables import CONTACT_POINT, CUSTOMER
from liuke.wiring import House

CHANNEL: Final = "text"
CHANNELS: Final = f"""\
# Demo: what would be text messages is written to a file; nothing leaves this machine.
channels:
  {CHANNEL}: {{kind: sms_file, path: sent_messages.jsonl, signature: 晴川银行, batch: 500}}
"""
GREETING: Final = "birthday_care"
GUIDANCE: Final = "product_guidance"
WHY: Final[Mapping[str, str]] = {GREETING: "每天问候快过生日的客户", GUIDANCE: "帮常跑网点的客户用上手机银行"}
HORIZON: Final = 30
"""Days after which the effect is told first (policies/outcome.yaml)."""
MOST_DAYS: Final = 5
_ARRIVES, _REFUSES = 0.97, 0.01


def campaign_days(house: House, plan: Plan, batches: Iterable[date]) -> tuple[date, ...]:
    """Days long past on which campaigns enter customers, so that their outcomes have matured by the end; none where
    value, tags and segments are never made. On the day after each marketing may go out.

    A few of them, three days apart, for the greeting reaches whose birthday is within three days: on every day the demo
    would take a tenth longer.
    """
    if plan.loop_only or not plan.model_days:
        return ()
    days: list[date] = []
    for day in batches:
        is_past = timedelta(days=HORIZON + 1) < plan.end - day <= timedelta(days=HORIZON + 36)
        apart = not days or day - days[-1] >= timedelta(days=3)
        if is_past and apart and house.calendar.is_workday(day + timedelta(days=1)) and len(days) < MOST_DAYS:
            days.append(day)
    return tuple(days)


def approvals(plan: Plan, days: Sequence[date]) -> dict[date, str]:
    """From which day on which campaign is approved: one long enough ago to be measured, one of late. days: those of
    `campaign_days`.
    """
    return {days[0]: GREETING, plan.end - timedelta(days=plan.model_days): GUIDANCE} if days else {}


def prepare(house: House) -> None:
    """A channel that writes to a file, and for every customer the number of the customer file as address."""
    (house.home / FILE).write_text(CHANNELS, encoding="utf-8")
    with house.engine() as engine:
        people = newest(house.lake.scan(engine, CUSTOMER), CUSTOMER)
        given: dict[str, ir.Value] = {"medium": ibis.literal("sms"), "address": people.phone}
        system = {name: people[name] for name in CONTACT_POINT.names if name in people.columns}
        rows = people.filter(people.phone.notnull()).select(**(system | given)).select(*CONTACT_POINT.names)
        house.lake.append(CONTACT_POINT, engine.batches(rows), commit_id="demo:points")


def approve(house: House, code: str, day: date) -> None:
    """What the analyst proposes with its preview, the compliance officer approves, on the morning after `day`."""
    at, bank = house.as_of(day).known_by, read_bank_campaigns(house.home)
    campaign = bank.campaigns[code]
    with house.engine() as engine:
        [seen] = preview_campaigns(house, engine, [campaign], bank.offers, house.as_of(day))
    author, officer = Who(Scope("analyst", "analyst", None), at), Who(Scope("compliance", "compliance", None), at)
    row = propose_campaign(author, campaign, Proposal(WHY[code], as_json(seen), confirmed=True))
    decide_campaign(officer, campaign, "approve", row.version)


def send(house: House, day: date) -> int:
    """Sends what is due by noon of the day after `day`, as `liuke send` would have; returns how many were sent."""
    noon = datetime.combine(day + timedelta(days=1), time(12), house.zone).astimezone(UTC)
    sent = 0
    with opened_ways(house) as ways:
        for way in ways:
            while (done := step(way, "demo", lambda: noon, random.Random(1), lambda: False)).taken:  # noqa: S311 - waits
                sent += done.sent
    came = Came(CHANNEL, "sms", lambda address: "", lambda address: ())
    take_receipts(list(_told(noon)), came, now=noon + timedelta(hours=1))
    carry_back(house.lake, house.zone, noon + timedelta(hours=1))
    return sent


def _told(noon: datetime) -> Iterator[Receipt]:
    """What the played gateway says of the messages sent at noon."""
    for key in OutboxMessage.objects.filter(channel=CHANNEL, state="sent", sent_at=noon).values_list("key", flat=True):
        arrived = draw(key, "arrives", "demo") < _ARRIVES
        yield Receipt("delivered" if arrived else "undelivered", noon + timedelta(minutes=1), key)
        if arrived and draw(key, "refuses", "demo") < _REFUSES:
            yield Receipt("refused", noon + timedelta(minutes=30), key)
