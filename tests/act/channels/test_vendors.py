"""What is particular to one vendor: signatures, unsubscribing, the order desk."""

import base64
import email
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from liuke.act.channels.catalogue import open_channel
from liuke.act.channels.dingtalk import robot as dingtalk
from liuke.act.channels.feishu import robot as feishu
from liuke.act.channels.feishu.app import uuid_of
from liuke.act.channels.rm_order import RmOrderSettings
from liuke.act.outbox.channel import Incoming, Means, NotGenuine
from liuke.act.outbox.http_call import call
from liuke.act.outbox.result import Accepted, Refused, Retry
from liuke.errors import OurBug, TryAgain, YourMistake
from tests.act.channels.kinds import KINDS, opened
from tests.act.channels.test_every_channel import message

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
MAIL = next(k for k in KINDS if k.name == "email")


def test_the_signatures_are_those_of_the_vendors_own_examples():
    """As their documents spell them out: DingTalk keys by the secret, Feishu by timestamp and secret over nothing."""
    stamp = str(int(NOW.timestamp() * 1000))
    digest = hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), digestmod=hashlib.sha256).digest()
    assert dingtalk.signature("SEC1", NOW) == {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    digest = hmac.new(f"{stamp[:-3]}\nSEC1".encode(), digestmod=hashlib.sha256).digest()
    assert feishu.signature("SEC1", NOW) == {"timestamp": stamp[:-3], "sign": base64.b64encode(digest).decode()}


def test_a_long_key_is_shortened_for_feishu_and_stays_itself():
    assert uuid_of("k" * 50) == "k" * 50
    assert len(uuid_of("k" * 64)) <= 50
    assert uuid_of("k" * 64) != uuid_of("k" * 63)


def test_marketing_by_mail_can_be_unsubscribed_in_one_click_but_not_by_a_scanner_that_follows_links():
    with opened(MAIL) as (channel, gateway):
        channel.send(message(message_class="marketing"), MAIL.address, NOW)
        letter = email.message_from_string(gateway.delivered[0][1])
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = urlsplit(letter["List-Unsubscribe"].replace("\n", "").strip("<> "))
        query = {k: v[0] for k, v in parse_qs(link.query).items()}
        looked = channel.take(Incoming("GET", query, {}, b""), NOW)
        assert looked.receipts == ()
        assert b"<button>" in looked.answer
        [receipt] = channel.take(Incoming("POST", query, {}, b"List-Unsubscribe=One-Click"), NOW).receipts
        assert (receipt.kind, receipt.key) == ("refused", message().key)
        with pytest.raises(NotGenuine):
            channel.take(Incoming("POST", query | {"k": "another"}, {}, b""), NOW)


def test_service_mail_has_no_such_header_and_marketing_without_a_way_to_refuse_is_not_sent():
    with opened(MAIL) as (channel, gateway):
        channel.send(message(), MAIL.address, NOW)
        assert email.message_from_string(gateway.delivered[0][1])["List-Unsubscribe"] is None
    with opened(MAIL, unsubscribe_url=None) as (channel, gateway):
        assert channel.send(message(message_class="marketing"), MAIL.address, NOW) == Refused("no_unsubscribe")
        assert gateway.delivered == []


def test_a_mail_has_the_same_id_each_time_and_its_lines_cannot_be_broken_into_headers():
    with opened(MAIL) as (channel, gateway):
        for _ in range(2):
            channel.send(message(), MAIL.address, NOW)
        first, second = (email.message_from_string(text) for _, text in gateway.delivered)
        assert first["Message-ID"] == second["Message-ID"]
        found = channel.send(message(title="a\r\nBcc: everybody@example.com"), MAIL.address, NOW)
        assert found == Refused("bad_address")
        assert channel.send(message(), "a@b\r\nRCPT TO:<x@y>", NOW) == Refused("bad_address")
        assert len(gateway.delivered) == 2


def desk(error=None):
    def take(told):
        if error:
            raise error
        return "W" + told.loop_id[1:]

    return open_channel(RmOrderSettings(kind="rm_order"), Means(None, call, take))


def test_the_order_desk_answers_with_the_order_and_its_troubles_are_told_apart():
    asked = message(loop_id="L01")
    assert desk().send(asked, "", NOW) == Accepted("W01")
    assert desk(TryAgain("locked")).send(asked, "", NOW) == Retry("desk_busy", down=True)
    assert desk(YourMistake("no such customer")).send(asked, "", NOW) == Refused("no_order")
    with pytest.raises(OurBug):
        open_channel(RmOrderSettings(kind="rm_order"), Means(None, call))
    with pytest.raises(NotGenuine):
        desk().take(Incoming("POST", {}, {}, b"[]"), NOW)
