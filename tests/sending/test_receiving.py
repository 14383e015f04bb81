"""What providers push and customers answer, as HTTP requests."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.utils import OperationalError

from liuke.act.channels.catalogue import ChannelsFile, open_channel
from liuke.act.outbox.channel import Incoming, Means
from liuke.act.outbox.http_call import call
from liuke.act.outbox.message import Message
from liuke.act.outbox.signing import signed_headers
from liuke.sending import receiving
from liuke.sending.receiving import Receiver
from liuke.state.actions.queue_messages import queue_messages
from liuke.state.models import ChannelRefusal, OutboxMessage, OutboxReceipt
from tests.act.channels.kinds import KINDS, SECRET

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


class Numbers:
    def addresses(self, medium, messages):
        return {}

    def owners(self, medium, address):
        return {"13800005678": ["C1"]}.get(address, [])


@pytest.fixture(autouse=True)
def _keep_the_test_connection(monkeypatch):
    monkeypatch.setattr(receiving, "close_old_connections", lambda: None)


@pytest.fixture
def receiver():
    by_name = {k.name: k for k in KINDS}
    made = {name: by_name[name].make("http://x:1") for name in ("sms", "push", "wecom_robot")}
    made["email"] = by_name["email"].make("smtp://x:1")
    file = ChannelsFile.model_validate({"channels": made})
    means = Means(Path(), call)
    return Receiver({n: open_channel(s, means) for n, s in file.channels.items()}, Numbers(), "k" * 32)


def queue(channel, key="L1.x"):
    queue_messages([Message(key, channel, "customer", "C1", "您好。", "marketing", NOW, customer_id="C1")], now=NOW)


def push(receiver, items, secret=SECRET):
    body = json.dumps(items).encode()
    headers = {k.lower(): v for k, v in signed_headers(secret, body, NOW).items()}
    return receiver.reply("/receipts/push", Incoming("POST", {}, headers, body), NOW)


def test_signed_receipts_are_stored_and_answered(receiver):
    queue("push")
    items = [{"key": "L1.x", "kind": kind} for kind in ("delivered", "opened")]
    assert push(receiver, items).status == 200
    assert push(receiver, items).status == 200  # brought again: the same
    assert set(OutboxReceipt.objects.values_list("kind", flat=True)) == {"delivered", "opened"}
    assert OutboxMessage.objects.get().receipt == "opened"


def test_what_is_not_the_providers_changes_nothing_and_what_cannot_be_read_is_said(receiver):
    queue("push")
    assert push(receiver, [{"key": "L1.x", "kind": "delivered"}], secret="guess").status == 403
    refused = push(receiver, [{"key": "L1.x", "kind": "arrived"}])
    assert (refused.status, b"kind" in refused.body) == (400, True)
    assert OutboxReceipt.objects.count() == 0


def test_one_channels_provider_cannot_speak_for_anothers_messages(receiver):
    queue("email")
    assert push(receiver, [{"key": "L1.x", "kind": "refused"}]).status == 200
    assert OutboxReceipt.objects.count() == ChannelRefusal.objects.count() == 0


def test_an_opt_out_reply_is_a_refusal_at_once(receiver):
    body = json.dumps([{"mobile": "+8613800005678", "content": "TD"}]).encode()
    incoming = Incoming("POST", {"token": SECRET}, {}, body)
    assert json.loads(receiver.reply("/receipts/sms", incoming, NOW).body)["code"] == 0
    assert set(ChannelRefusal.objects.values_list("medium", "customer_id")) == {("sms", ""), ("sms", "C1")}


def test_the_link_of_a_mail_unsubscribes_when_it_is_posted_to(receiver):
    queue("email")
    letter = receiver._channels["email"]._letter(Message("L1.x", "email", "customer", "C1", "您好。", "marketing", NOW),
                                                "a@b.example", NOW)  # fmt: skip
    query = {k: v[0] for k, v in parse_qs(urlsplit(letter["List-Unsubscribe"].strip("<>")).query).items()}
    looked = receiver.reply("/receipts/email", Incoming("GET", query, {}, b""), NOW)
    assert (looked.status, looked.media_type, ChannelRefusal.objects.count()) == (200, "text/html", 0)
    assert receiver.reply("/receipts/email", Incoming("POST", query, {}, b""), NOW).status == 200
    assert ChannelRefusal.objects.get().customer_id == "C1"


@pytest.mark.parametrize("path", ["/", "/receipts/", "/receipts/other", "/receipts/sms/../push", "/other"])
def test_other_addresses_are_not_found(receiver, path):
    assert receiver.reply(path, Incoming("POST", {}, {}, b"[]"), NOW).status == 404
    assert receiver.reply("/receipts/push", Incoming("DELETE", {}, {}, b""), NOW).status == 404


def test_a_channel_without_receipts_says_no(receiver):
    assert receiver.reply("/receipts/wecom_robot", Incoming("POST", {}, {}, b"[]"), NOW).status == 403


def test_while_the_database_is_busy_the_provider_is_asked_to_come_again(receiver, monkeypatch):
    def busy(*_, **__):
        raise OperationalError

    monkeypatch.setattr(receiving, "take_receipts", busy)
    assert push(receiver, [{"key": "L1.x", "kind": "delivered"}]).status == 503


def asked(receiver, scope, *parts):
    sent, rest = [], [{"type": "http.request", "body": p, "more_body": n < len(parts)} for n, p in enumerate(parts, 1)]

    async def receive():
        return rest.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(
        receiver({"type": "http", "method": "POST", "query_string": b"", "headers": [], **scope}, receive, send)
    )
    return sent


def test_it_speaks_asgi_and_takes_no_endless_body(receiver):
    start, body = asked(receiver, {"path": "/health", "method": "GET"}, b"")
    assert (start["status"], body["body"]) == (200, b'{"ok":true}')
    start, _ = asked(receiver, {"path": "/receipts/push"}, *[b"x" * (1 << 19)] * 4)
    assert start["status"] == 413
