"""One step of sending, over a real gateway, on a clock that is passed in; addresses and consents from a real lake."""

import random
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from liuke.act.contact_policy import ContactPolicy
from liuke.act.outbox.address import address_hash
from liuke.act.outbox.channel import Receipt
from liuke.act.outbox.message import Message
from liuke.clock import read_calendar
from liuke.lake import Lake
from liuke.sending.asking import Asking
from liuke.sending.carrying import carry_back
from liuke.sending.gates import sending_gate
from liuke.sending.points import LakePoints, read_staff_points
from liuke.sending.worker import Step, Way, step, terms_of
from liuke.state.actions.queue_messages import queue_messages
from liuke.state.actions.take_receipts import Came, take_receipts
from liuke.state.campaign_gate import LOOK_AGAIN
from liuke.state.models import CampaignState, ChannelRefusal, OutboxMessage
from liuke.tables import COMPLAINT, CONSENT, EVENT, HOLD
from tests.act.channels.kinds import KINDS, open_at
from tests.sending.homes import NOW, addresses, append, consents, make_home

pytestmark = pytest.mark.django_db
SMS = KINDS[0]
KEY = "k" * 32
NUMBER = "13800000001"
TODAY = date(2026, 11, 23)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def home(tmp_path):
    made = make_home(tmp_path / "bank", {"sms": {"kind": "rm_order"}})
    addresses(made, {"C1": NUMBER, "C2": "+86 138 0000 0002", "C3": NUMBER})
    return made


@pytest.fixture
def gateway():
    with SMS.gateway() as opened:
        yield opened


@pytest.fixture
def way(home, gateway, engine, zone):
    asking = Asking(Lake(home / "lake"), engine)
    channel = open_at(SMS, gateway.url, per_second=None, first_wait_seconds=600)
    gate = sending_gate("sms", asking, ContactPolicy(), read_calendar(home / "calendar.csv", zone))
    return Way("sms", channel, channel.settings, gate, LakePoints(asking, {}), KEY)


def queue(*messages):
    queue_messages(messages, now=NOW)


def message(customer="C1", message_class="marketing", **changes):
    given = {"loop_id": f"L{customer}", "customer_id": customer, "purpose": "marketing"} | changes
    return Message(f"L{customer}.sms", "sms", "customer", customer, "周三有礼。", message_class, NOW, **given)


def run(way, now=NOW, stopped=lambda: False):
    return step(way, "me", lambda: now, random.Random(1), stopped)


def row(customer="C1"):
    return OutboxMessage.objects.get(key=f"L{customer}.sms")


def test_a_message_goes_to_the_address_of_the_moment_and_the_outbox_keeps_none(way, gateway):
    queue(message("C1"), message("C2"))
    assert run(way) == Step(2, 2)
    assert sorted(gateway.delivered) == [
        (NUMBER, "【示例银行】周三有礼。拒收请回复R"), ("13800000002", "【示例银行】周三有礼。拒收请回复R"),
    ]  # fmt: skip
    assert (row().state, row().provider_id) == ("sent", "M-LC1.sms")
    assert not [v for v in OutboxMessage.objects.filter(key="LC1.sms").values_list()[0] if NUMBER in str(v)]


def test_a_customer_without_an_address_is_told_so_and_costs_no_attempt(way):
    queue(message("C9"))
    assert run(way) == Step(1, 0)
    assert (row("C9").state, row("C9").reason, row("C9").attempts) == ("cancelled", "no_address", 0)


def test_queued_at_19_59_and_failed_it_waits_over_the_night_and_goes_in_the_morning(way, gateway, zone):
    evening = NOW.astimezone(zone).replace(hour=19, minute=59)
    queue(message(), message("C2", "service"))
    gateway.mode = "busy"
    run(way, evening)
    assert row().state == "failed"
    gateway.mode = "well"
    assert run(way, evening + timedelta(minutes=91)) == Step(2, 1)  # 21:30: the service message only
    assert (row().state, row().reason) == ("queued", "window:outside_window")
    morning = (evening + timedelta(days=1)).replace(hour=9, minute=0)
    assert row().next_at == morning
    assert run(way, morning - timedelta(seconds=1)) == Step(0, 0)
    assert run(way, morning) == Step(1, 1)


def test_messages_of_a_paused_campaign_wait_and_of_a_cancelled_one_are_not_sent(way, gateway):
    campaign = CampaignState.objects.create(
        code="hello", text_version="1", stage="paused", author="ann", decided_by="bob", changed_at=NOW
    )
    queue(message("C1", "service", campaign="hello"), message("C2", "service"))
    assert run(way) == Step(2, 1)
    assert (row().state, row().reason, row().next_at) == ("queued", "approval:campaign_paused", NOW + LOOK_AGAIN)
    CampaignState.objects.update(stage="running")
    assert run(way, NOW + LOOK_AGAIN) == Step(1, 1)
    queue(message("C3", "service", campaign="hello"))
    CampaignState.objects.filter(pk=campaign.pk).update(stage="cancelled")
    assert run(way, NOW + LOOK_AGAIN) == Step(1, 0)
    assert (row("C3").state, row("C3").reason) == ("cancelled", "approval:campaign_cancelled")


def test_consent_withdrawn_meanwhile_cancels_with_its_reason(way, home, gateway):
    consents(home, {"customer_id": "C1"}, {"customer_id": "C2"})
    queue(message(), message("C2"))
    consents(home, {"customer_id": "C1", "granted": False, "effective_at": NOW - timedelta(hours=2)})
    assert run(way) == Step(2, 1)
    assert (row().state, row().reason) == ("cancelled", "consent:withdrawn_marketing")
    assert [to for to, _ in gateway.delivered] == ["13800000002"]


@pytest.mark.parametrize(
    ("said", "goes"),
    [
        ([{"granted": False, "channel": "sms"}], False),
        ([{"granted": False, "channel": "email"}], True),
        ([{"granted": False, "purpose": "market_research"}], True),
        ([{"granted": False, "effective_at": NOW + timedelta(days=1)}], True),
        ([{"granted": False}, {"channel": "sms", "effective_at": NOW - timedelta(days=1)}], True),
        ([{"granted": False, "channel": "sms"}, {"effective_at": NOW - timedelta(days=1)}], False),
        ([{"granted": False}, {"effective_at": NOW - timedelta(days=1)}], True),
    ],
)
def test_a_refusal_for_the_channel_stands_and_one_for_all_until_the_channel_is_granted_anew(way, home, said, goes):
    consents(home, *({"customer_id": "C1"} | one for one in said))
    queue(message())
    assert run(way).sent == int(goes)


@pytest.mark.parametrize(
    ("held", "message_class", "fate"),
    [
        ({"kind": "deceased", "since": TODAY}, "marketing", ("cancelled", "hold:deceased")),
        ({"kind": "fraud", "since": TODAY}, "service", ("cancelled", "hold:fraud")),
        ({"kind": "dispute", "since": TODAY + timedelta(days=1)}, "marketing", ("sent", "")),
        ({"kind": "dispute", "since": TODAY, "until": TODAY - timedelta(days=1)}, "marketing", ("sent", "")),
        ({"kind": "dispute", "since": TODAY, "until": TODAY}, "marketing", ("queued", "hold:dispute")),
    ],
)
def test_who_may_not_be_approached_any_more_gets_no_message_that_was_queued_before(
    way, home, held, message_class, fate
):
    append(Lake(home / "lake"), HOLD, [{"hold_id": "H1", "customer_id": "C1"} | held], NOW - timedelta(minutes=5))
    queue(message(message_class=message_class))
    run(way)
    assert (row().state, row().reason) == fate
    if fate[0] == "queued":
        assert row().next_at == datetime(2026, 11, 24, tzinfo=ZONE)


def test_who_complains_meanwhile_gets_what_serves_him_and_no_marketing_until_it_is_resolved(way, home):
    said = [
        {"complaint_id": f"K{who}", "customer_id": who, "received_at": NOW - timedelta(hours=1), "resolved_at": over}
        for who, over in (("C1", None), ("C2", NOW - timedelta(minutes=2)), ("C3", None))
    ]
    append(Lake(home / "lake"), COMPLAINT, said, NOW - timedelta(minutes=1))
    queue(message("C1"), message("C2"), message("C3", "service"))
    assert run(way) == Step(3, 2)
    assert (row().state, row().reason) == ("cancelled", "hold:open_complaint")


def test_service_messages_do_not_ask_for_consent(way, home):
    consents(home, {"customer_id": "C1", "granted": False})
    queue(message("C1", "service"))
    assert run(way).sent == 1


def test_an_opt_out_reply_reaches_everybody_with_the_number_and_later_the_lake(way, home, engine, zone):
    came = Came("sms", "sms", lambda a: address_hash("sms", a, KEY), partial(way.resolver.owners, "sms"))
    take_receipts([Receipt("refused", NOW, address=NUMBER)], came, now=NOW)
    queue(message("C1"), message("C2"), message("C3"))
    assert run(way) == Step(3, 1)
    assert {row(c).reason for c in ("C1", "C3")} == {"refusal:refused_channel"}
    lake = Lake(home / "lake")
    assert carry_back(lake, zone, NOW) == 2
    rows = engine.arrow(lake.scan(engine, CONSENT)).to_pylist()
    assert [(r["customer_id"], r["channel"], r["granted"]) for r in rows] == [
        ("C1", "sms", False),
        ("C3", "sms", False),
    ]
    assert carry_back(lake, zone, NOW) == 0
    assert NUMBER not in str(list(ChannelRefusal.objects.values_list()))


def test_a_number_that_refused_stays_refused_when_it_becomes_another_customers(way, home):
    came = Came("sms", "sms", lambda a: address_hash("sms", a, KEY), lambda address: ())
    take_receipts([Receipt("refused", NOW, address="13800000002")], came, now=NOW)
    queue(message("C2"))
    assert run(way) == Step(1, 0)
    assert row("C2").reason == "refusal:refused_address"


def test_told_to_stop_it_gives_back_what_it_has_not_tried(way):
    queue(message("C1"), message("C2"))
    assert run(way, stopped=lambda: True) == Step(2, 0)
    assert {(row(c).state, row(c).attempts, row(c).next_at) for c in ("C1", "C2")} == {("queued", 0, NOW)}


def test_a_bug_in_a_channel_does_not_forget_what_was_sent_before_it(way, gateway):
    class Breaking:
        medium, idempotent = "sms", True

        def send(self, one, address, now):
            if one.customer_id == "C2":
                raise ZeroDivisionError
            return way.channel.send(one, address, now)

    from dataclasses import replace

    queue(message("C1"), message("C2"), message("C3"))
    with pytest.raises(ZeroDivisionError):
        run(replace(way, channel=Breaking()))
    assert [row(c).state for c in ("C1", "C2", "C3")] == ["sent", "sending", "sending"]
    assert run(way, NOW + timedelta(minutes=3)) == Step(2, 2)
    assert len(gateway.delivered) == 3


def test_without_idempotency_one_message_is_taken_at_a_time(way, gateway):
    from dataclasses import replace

    channel = open_at(SMS, gateway.url, idempotent=False, on_unsure="ask")
    terms = terms_of(replace(way, channel=channel, settings=channel.settings), "me")
    assert (terms.most, terms.retry.on_unsure) == (1, "ask")
    assert (terms_of(way, "me").most, terms_of(way, "me").retry.on_unsure) == (20, "resend")


def test_receipts_become_events_of_which_only_the_customers_own_name_him(way, home, engine, zone):
    queue(message())
    run(way)
    told = [Receipt(kind, NOW, "LC1.sms") for kind in ("delivered", "clicked")]
    take_receipts(told, Came("sms", "sms", str, lambda a: ()), now=NOW)
    lake = Lake(home / "lake")
    assert carry_back(lake, zone, NOW) == 2
    rows = engine.arrow(lake.scan(engine, EVENT).order_by("event_id")).to_pylist()
    assert [(r["event_name"], r["customer_id"]) for r in rows] == [
        ("message_delivered", None),
        ("message_clicked", "C1"),
    ]
    assert all('"loop_id": "LC1"' in r["properties"] for r in rows)


def test_colleagues_are_reached_by_their_id_or_by_the_file(tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("staff_id,medium,address\nS1,wecom,luxiaonan\nS2,wecom,\n", encoding="utf-8")
    points = LakePoints(None, read_staff_points(file))
    asked = [Message(f"k{s}", "wecom", "staff", s, "新工单", "service", NOW) for s in ("S1", "S2", "S3")]
    assert points.addresses("wecom", asked) == {"kS1": "luxiaonan", "kS3": "S3"}
    assert points.addresses("sms", asked) == {}
