"""What every channel promises, over a real gateway on this machine."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from liuke.act.channels.catalogue import MEDIUM_OF, OPENERS, ChannelsFile, open_channel
from liuke.act.outbox.channel import Incoming, Means
from liuke.act.outbox.http_call import call
from liuke.act.outbox.message import Message
from liuke.act.outbox.result import Accepted, Refused, Retry
from liuke.errors import YourMistake
from tests.act.channels.kinds import KINDS, SECRET, open_at, opened
from tests.serving import free_port

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def made(kind):
    return kind.make("smtp://x:1" if kind.name == "email" else "http://x:1")


EVERY = pytest.mark.parametrize("kind", KINDS, ids=[k.name for k in KINDS])
WITH_SECRETS = pytest.mark.parametrize("kind", [k for k in KINDS if k.name != "sms_form"], ids=lambda k: k.name)


def message(key="L0123456789abcdef.way.1", text="您的定期存款将于下周到期。", **changes):
    given = {
        "channel": "way", "owner": "customer", "owner_id": "C000001", "customer_id": "C000001",
        "message_class": "service", "due_at": NOW, "title": "到期提醒", "data": {"request": "points", "amount": 100},
    }  # fmt: skip
    return Message(key=key, text=text, **(given | changes))


def test_every_kind_is_tested_here_or_has_a_file_of_its_own():
    tested = {made(k)["kind"] for k in KINDS}
    assert set(OPENERS) - tested == {"rm_order", "sms_file"}


@EVERY
def test_a_message_is_accepted_and_arrives_with_its_words(kind):
    with opened(kind) as (channel, gateway):
        assert isinstance(channel.send(message(), kind.address, NOW), Accepted)
    [(to, text)] = gateway.delivered
    assert kind.address in to
    assert kind.name in ("core", "email") or "定期存款" in text


@EVERY
def test_a_repeat_under_the_same_key_is_one_message_where_the_channel_says_so(kind):
    with opened(kind) as (channel, gateway):
        for _ in range(3):
            assert isinstance(channel.send(message(), kind.address, NOW), Accepted)
        other = message(key="L0123456789abcdef.way.2", text="另一条。", data={"request": "coupon"})
        channel.send(other, kind.address, NOW)
    assert len(gateway.delivered) == (2 if channel.idempotent else 4)


@EVERY
def test_a_gateway_that_is_away_was_surely_not_reached(kind):
    channel = open_at(kind, f"{'smtp' if kind.name == 'email' else 'http'}://127.0.0.1:{free_port()}")
    found = channel.send(message(), kind.address, NOW)
    assert isinstance(found, Retry)
    assert found.down
    assert not found.unsure


@EVERY
def test_a_gateway_that_takes_it_and_says_nothing_leaves_us_unsure(kind):
    with opened(kind) as (channel, gateway):
        channel.send(message(key="warm", text="第一条。"), kind.address, NOW)
        gateway.mode = "drop"
        found = channel.send(message(), kind.address, NOW)
    assert isinstance(found, Retry)
    assert found.down
    assert found.unsure
    assert len(gateway.delivered) == 2


@EVERY
def test_a_slow_answer_is_waited_for_as_long_as_the_settings_say(kind):
    with opened(kind, timeout_seconds=0.3) as (channel, gateway):
        channel.send(message(key="warm", text="第一条。"), kind.address, NOW)
        gateway.mode = "slow"
        found = channel.send(message(), kind.address, NOW)
    assert isinstance(found, Retry)
    assert found.unsure


@EVERY
@pytest.mark.parametrize("mode", ["error", "locked"])
def test_trouble_of_the_gateway_and_wrong_keys_are_no_fault_of_the_message(kind, mode):
    with opened(kind) as (channel, gateway):
        if kind.name != "email":
            channel.send(message(key="warm", text="第一条。"), kind.address, NOW)
        before, gateway.mode = len(gateway.delivered), mode
        found = channel.send(message(), kind.address, NOW)
    assert isinstance(found, Retry)
    assert found.down
    assert len(gateway.delivered) == before


@EVERY
def test_a_busy_gateway_is_asked_again(kind):
    with opened(kind) as (channel, gateway):
        gateway.mode = "busy"
        assert isinstance(channel.send(message(), kind.address, NOW), Retry)
        gateway.mode = "well"
        assert isinstance(channel.send(message(), kind.address, NOW), Accepted)


@EVERY
def test_what_the_gateway_will_never_take_is_refused_with_its_code_and_no_person_in_it(kind):
    with opened(kind) as (channel, gateway):
        channel.send(message(key="warm", text="第一条。"), kind.address, NOW)
        gateway.mode = "refuse"
        found = channel.send(message(), kind.address, NOW)
    assert isinstance(found, Refused)
    assert found.code
    assert not kind.address or kind.address not in found.code


@pytest.mark.parametrize("kind", [k for k in KINDS if k.name != "email"], ids=lambda k: k.name)
def test_redirects_are_not_followed(kind):
    with opened(kind) as (channel, gateway):
        channel.send(message(key="warm", text="第一条。"), kind.address, NOW)
        gateway.mode = "redirect"
        assert isinstance(channel.send(message(), kind.address, NOW), Refused)
    assert not [r for r in gateway.requests if r.path == "/elsewhere"]


@pytest.mark.parametrize("kind", [k for k in KINDS if k.name.endswith("_app")], ids=lambda k: k.name)
def test_a_token_is_kept_until_shortly_before_its_end_and_renewed_when_the_vendor_forgets_it(kind):
    with opened(kind) as (channel, gateway):
        for n in range(3):
            assert isinstance(channel.send(message(key=f"k{n}", text=f"第{n}条。"), kind.address, NOW), Accepted)
        assert gateway.tokens == 1
        gateway.tokens = 7  # the vendor knows another one now
        assert isinstance(channel.send(message(key="k3", text="第三条。"), kind.address, NOW), Accepted)
        assert gateway.tokens == 8
        channel.send(message(key="k4", text="第四条。"), kind.address, NOW + timedelta(minutes=116))
        assert gateway.tokens == 8
        channel.send(message(key="k5", text="第五条。"), kind.address, NOW + timedelta(minutes=118))
        assert gateway.tokens == 9
    assert len(gateway.delivered) == 6


@EVERY
def test_no_secret_shows_when_a_channel_is_printed(kind):
    with opened(kind) as (channel, _):
        shown = repr(channel)
    assert SECRET not in shown
    assert "key=K1" not in shown
    assert "access_token" not in shown


@WITH_SECRETS
def test_a_missing_secret_is_told_by_its_place(kind, monkeypatch):
    named = next(v["env"] for v in made(kind).values() if isinstance(v, dict) and "env" in v)
    file = ChannelsFile.model_validate({"channels": {"way": made(kind)}})
    monkeypatch.delenv(named)
    with pytest.raises(YourMistake, match=named):
        open_channel(file.channels["way"], Means(Path(), call))


@WITH_SECRETS
def test_a_secret_written_into_the_settings_is_refused(kind):
    holder = next(n for n, v in made(kind).items() if isinstance(v, dict) and "env" in v)
    with pytest.raises(ValidationError):
        ChannelsFile.model_validate({"channels": {"way": made(kind) | {holder: SECRET}}})


@EVERY
def test_receipts_that_bear_no_signature_change_nothing(kind):
    body = json.dumps([{"key": "k", "kind": "delivered"}]).encode()
    with opened(kind) as (channel, _), pytest.raises(YourMistake):
        channel.take(Incoming("POST", {}, {}, body), NOW)


@EVERY
def test_its_medium_is_the_one_the_catalogue_says(kind):
    with opened(kind) as (channel, _):
        assert channel.medium == MEDIUM_OF.get(made(kind)["kind"])
