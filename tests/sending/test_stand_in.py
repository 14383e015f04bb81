"""The core system to try with: the product's own channel asks it, and takes what it tells later."""

import json
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn

from liuke.act.channels.core import CoreSettings, open_core
from liuke.act.outbox.channel import Incoming, Means
from liuke.act.outbox.http_call import Answer, Unreachable, call
from liuke.act.outbox.message import Message
from liuke.act.outbox.result import Accepted, Refused, Retry
from liuke.collect.tracking.running import configured
from liuke.sending.stand_in import DECLINED, Manner, StandIn
from tests.act.channels.kinds import SECRET
from tests.sending.homes import LIUKE, clean, make_home
from tests.serving import free_port

NEVER = Manner(fails=0, slow=0, later=0, declines=0)


class Bank:
    """The receiving end: what was posted to it; may be down."""

    def __init__(self):
        self.down, self.posted = False, []

    def __call__(self, ask):
        if self.down:
            return Unreachable("unreachable", sent=False)
        self.posted.append(ask)
        return Answer(200, b"{}")


@pytest.fixture
def bank():
    return Bank()


@pytest.fixture
def opened(bank, tmp_path, monkeypatch):
    """opened(manner): the stand-in on a real port, and the channel that asks it."""
    monkeypatch.setenv("CORE_SECRET", SECRET)
    servers = []

    def open_(manner=NEVER, secret=SECRET, **settings):
        port = free_port()
        service = StandIn(secret, "http://bank/receipts/core", manner, bank)
        server = uvicorn.Server(configured(service, host="127.0.0.1", port=port))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        servers.append((server, thread))
        given = {"kind": "core", "url": f"http://127.0.0.1:{port}/", "secret": {"env": "CORE_SECRET"}, **settings}
        return service, open_core(CoreSettings.model_validate(given), Means(tmp_path, call))

    yield open_
    for server, thread in servers:
        server.should_exit = True
        thread.join(10)


def ask(channel, key="L1.core", request="points"):
    data = {"request": request, "amount": 100}
    now = datetime.now(UTC)
    return channel.send(
        Message(key, "core", "customer", "C1", "", "service", now, customer_id="C1", data=data), "", now
    )


def taken(bank, channel):
    """Kind and code of every receipt, as the channel reads them."""
    came = [Incoming("POST", {}, {k.lower(): v for k, v in one.headers.items()}, one.body) for one in bank.posted]
    receipts = [receipt for each in came for receipt in channel.take(each, datetime.now(UTC)).receipts]
    return [(receipt.key, receipt.kind, receipt.code) for receipt in receipts]


def test_a_request_is_carried_out_once_however_often_it_comes(opened):
    service, channel = opened()
    assert [ask(channel) for _ in range(3)] == [Accepted("CORE-L1.core")] * 3
    assert (service.counts.requests, service.counts.repeats, service.counts.carried_out) == (3, 2, 1)


def test_one_that_fails_at_first_is_taken_when_it_comes_again(opened):
    service, channel = opened(Manner(fails=1, slow=0, later=0, declines=0))
    first, second = ask(channel), ask(channel)
    assert isinstance(first, Retry)
    assert second == Accepted("CORE-L1.core")
    assert service.counts.carried_out == 1


def test_one_answered_too_late_was_carried_out_and_is_not_doubled(opened):
    service, channel = opened(Manner(fails=0, slow=1, later=0, declines=0, slow_seconds=1), timeout_seconds=0.3)
    first, second = ask(channel), ask(channel)
    assert isinstance(first, Retry)
    assert first.unsure
    assert second == Accepted("CORE-L1.core")
    assert service.counts.carried_out == 1


def test_what_is_pending_is_told_when_it_is_due(opened, bank):
    service, channel = opened(Manner(fails=0, slow=0, later=1, declines=0, delay_seconds=60))
    ask(channel, "L1.core"), ask(channel, "L2.core", "limit")
    now = datetime.now(UTC)
    assert service.tell(now) == 0
    assert service.counts.carried_out == 0
    assert service.tell(now + timedelta(seconds=61)) == 2
    assert service.tell(now + timedelta(seconds=61)) == 0
    assert service.counts.carried_out == 2


def test_a_limit_is_always_told_later_and_what_is_declined_says_why(opened, bank):
    service, channel = opened(Manner(fails=0, slow=0, later=0, declines=1, delay_seconds=0))
    for request in DECLINED:
        ask(channel, f"L-{request}", request)
    assert service.tell(datetime.now(UTC)) == 1
    assert taken(bank, channel) == [("L-limit", "undelivered", "over_policy")]
    assert (service.counts.declined, service.counts.carried_out) == (1, 2)


def test_while_the_bank_is_down_nothing_is_forgotten(opened, bank):
    service, channel = opened(Manner(fails=0, slow=0, later=1, declines=0, delay_seconds=0))
    ask(channel)
    bank.down, now = True, datetime.now(UTC)
    assert service.tell(now) == 0
    bank.down = False
    assert service.tell(now) == 0  # not at once again
    assert service.tell(now + timedelta(seconds=3)) == 1
    assert service.counts.carried_out == 1


def test_strangers_and_what_it_does_not_know_are_refused(opened):
    _, stranger = opened(secret="another" * 5)
    assert isinstance(ask(stranger), Retry)  # our keys are wrong: the message waits
    service, _ = opened()
    body = json.dumps({"key": "L1", "request": "gold"}).encode()
    assert service.reply("/", Incoming("POST", {}, {}, body), datetime.now(UTC)).status == 403


def test_the_shares_are_those_that_were_asked_for(opened, bank):
    service, channel = opened(Manner(fails=0.2, slow=0, later=0.5, declines=0.3, delay_seconds=0))
    for n in range(300):
        ask(channel, f"L{n}.core")
    service.tell(datetime.now(UTC))
    assert 35 <= service.counts.failed <= 85
    told = taken(bank, channel)
    assert 90 <= len(told) <= 150
    assert 15 <= sum(kind == "undelivered" for _, kind, _ in told) <= 60


def test_the_command_stands_in_until_it_is_told_to_stop(tmp_path):
    core = {"kind": "core", "url": "http://127.0.0.1:1/", "secret": {"env": "CORE_SECRET"}}
    home, port = make_home(tmp_path / "bank", {"core": core}), free_port()
    command = [str(LIUKE), "stand-in", "--home", str(home), "--port", str(port), "--fails", "0", "--slow", "0"]
    process = subprocess.Popen(command, env=clean(CORE_SECRET=SECRET), stdout=subprocess.PIPE, text=True)
    settings = CoreSettings.model_validate({**core, "url": f"http://127.0.0.1:{port}/", "secret": {"file": "secret"}})
    (home / "secret").write_text(SECRET)
    channel = open_core(settings, Means(home, call))
    for _ in range(200):
        if isinstance(ask(channel), Accepted):
            break
        time.sleep(0.05)
    assert isinstance(ask(channel, "L9.core", "gold"), Refused)
    process.send_signal(signal.SIGINT)
    assert "requests 1 " in process.communicate(timeout=20)[0]
    assert process.returncode == 0
