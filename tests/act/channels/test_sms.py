"""Words of a text message, and what its gateway pushes."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from liuke.act.channels.catalogue import ChannelsFile, open_channel
from liuke.act.channels.sms.channel import is_opt_out, worded
from liuke.act.outbox.address import plain_number
from liuke.act.outbox.channel import Incoming, Means, NotGenuine, Receipt
from liuke.act.outbox.http_call import call
from liuke.act.outbox.result import Accepted, Retry
from liuke.act.outbox.signing import signed_headers
from tests.act.channels.kinds import KINDS, SECRET, open_at
from tests.act.channels.test_every_channel import message

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SMS = KINDS[0]


def sms(**changes):
    return open_at(SMS, "http://127.0.0.1:1", **changes)


def pushed(*items, token=SECRET):
    return Incoming("POST", {"token": token}, {}, json.dumps(items).encode())


def test_marketing_bears_the_signature_in_front_and_the_way_to_refuse_at_the_end():
    settings = sms().settings
    marketing = message(text="周三到网点办理有礼。", message_class="marketing")
    assert worded(marketing, settings) == "【示例银行】周三到网点办理有礼。拒收请回复R"
    assert worded(message(text="您的存款下周到期。"), settings) == "【示例银行】您的存款下周到期。"


def test_what_already_bears_them_is_not_given_them_twice():
    once = worded(message(text="周三有礼", message_class="marketing"), sms().settings)
    assert once == "【示例银行】周三有礼，拒收请回复R"
    assert worded(message(text=once, message_class="marketing"), sms().settings) == once


@pytest.mark.parametrize("reply", ["R", "r", " R ", "Ｔ", "TD", "td。", "退订", "退 订！"])
def test_replies_that_refuse(reply):
    assert is_opt_out(reply, sms().settings.opt_out_words)


@pytest.mark.parametrize("reply", ["", "好的", "TDX", "请R", "1", "RR"])
def test_replies_that_do_not(reply):
    assert not is_opt_out(reply, sms().settings.opt_out_words)


@pytest.mark.parametrize(
    "text", ["13800005678", "+8613800005678", "86 138-0000-5678", "0086 13800005678", "１３８00005678"]
)
def test_a_number_is_the_same_however_it_is_written(text):
    assert plain_number(text) == "13800005678"


def test_a_reply_becomes_a_refusal_of_its_number_and_other_replies_are_dropped():
    taken = sms().take(
        pushed({"mobile": "+8613800005678", "content": "td"}, {"mobile": "13900000000", "content": "谢谢"}), NOW
    )
    assert taken.receipts == (Receipt("refused", NOW, address="13800005678"),)
    assert json.loads(taken.answer)["code"] == 0


def test_receipts_tell_by_key_whether_it_arrived():
    taken = sms().take(pushed({"uid": "k1", "stat": "DELIVRD"}, {"uid": "k2", "stat": "UNDELIV"}, {"stat": "x"}), NOW)
    assert [(r.key, r.kind) for r in taken.receipts] == [("k1", "delivered"), ("k2", "undelivered")]


def test_a_wrong_token_is_refused_and_so_is_a_wrong_or_old_signature():
    with pytest.raises(NotGenuine):
        sms().take(pushed({"uid": "k1", "stat": "DELIVRD"}, token="guess"), NOW)
    rule = SMS.make("http://x:1")["receipts"] | {"verify": "hmac"}
    body, channel = b'[{"uid": "k1", "stat": "DELIVRD"}]', sms(receipts=rule)

    def signed(secret, moment):
        headers = {k.lower(): v for k, v in signed_headers(secret, body, moment).items()}
        return Incoming("POST", {}, headers, body)

    assert channel.take(signed(SECRET, NOW), NOW).receipts[0].key == "k1"
    for wrong in (signed("guess", NOW), signed(SECRET, NOW.replace(hour=1)), Incoming("POST", {}, {}, body)):
        with pytest.raises(NotGenuine):
            channel.take(wrong, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": {"mobile": "{to}"}},
        {"fields": {"mobile": "{to}", "content": "{txet}"}},
        {"fields": {"mobile": "{to}", "content": "{text}"}, "idempotent": True},
        {"secret": None},
        {"per_second": 0},
        {"lease_seconds": 1, "timeout_seconds": 1},
    ],
)
def test_a_mapping_that_cannot_work_is_refused_when_it_is_read(changes):
    with pytest.raises(ValidationError):
        sms(**changes)


def test_instead_of_being_sent_a_message_can_be_written_down_with_its_number_masked(tmp_path):
    file = ChannelsFile.model_validate({"channels": {"text": {"kind": "sms_file", "signature": "示例银行"}}})
    channel = open_channel(file.channels["text"], Means(tmp_path, call))
    for n in range(2):
        marketing = message(key=f"L{n}", text="周三有礼。", message_class="marketing")
        assert isinstance(channel.send(marketing, "13800005678", NOW), Accepted)
    lines = [json.loads(line) for line in (tmp_path / "sent_messages.jsonl").read_text().splitlines()]
    assert [line["key"] for line in lines] == ["L0", "L1"]
    assert {(line["to"], line["text"]) for line in lines} == {("138****5678", "【示例银行】周三有礼。拒收请回复R")}
    (tmp_path / "sent_messages.jsonl").unlink()
    (tmp_path / "sent_messages.jsonl").mkdir()
    assert isinstance(channel.send(message(), "13800005678", NOW), Retry)
    with pytest.raises(NotGenuine):
        channel.take(pushed(), NOW)
