"""The collector killed at random moments while it is busy: what it acknowledged is there, and once."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests

from liuke.cli.init import Template, write_home
from liuke.collect.tracking.event import decode
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import read_collect
from tests.serving import free_port

ROUNDS, SENDERS, IN_A_BATCH = 4, 4, 20


def key_of(home) -> str:
    return read_collect(home).projects[0].keys[0]


def begin(home, port: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "liuke", "collect", "--home", str(home), "--port", str(port), "--no-forward"]
    started = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/health", timeout=1)
            return started
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the collector did not start")


class Sender(threading.Thread):
    """Sends batches until each is acknowledged, as a client does: the same batch again after every failure."""

    def __init__(self, number: int, url: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.url, self.stop = number, url, stop
        self.acknowledged: list[str] = []
        self.failures = 0

    def run(self) -> None:
        batch, session = 0, requests.Session()
        while not self.stop.is_set():
            ids = [f"{self.number}-{batch}-{i}" for i in range(IN_A_BATCH)]
            lines = "\n".join(json.dumps({"event_id": i, "name": "tick", "customer_id": "C1"}) for i in ids)
            try:
                answer = session.post(self.url, data=lines, timeout=5)
            except requests.RequestException:
                self.failures += 1
                time.sleep(0.02)
                continue
            if answer.status_code == 200:
                self.acknowledged += ids
                batch += 1


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(tmp_path):
    home = tmp_path / "home"
    write_home(home, Template.BANK)
    port, stop, chance = free_port(), threading.Event(), random.Random(7)
    senders = [Sender(n, f"http://127.0.0.1:{port}/v1/events?key={key_of(home)}", stop) for n in range(SENDERS)]
    for number in range(ROUNDS):
        collector = begin(home, port)
        if number == 0:
            for sender in senders:
                sender.start()
        time.sleep(0.3 + chance.random())
        os.kill(collector.pid, signal.SIGKILL)
        collector.wait()
    collector = begin(home, port)
    time.sleep(0.5)
    stop.set()
    for sender in senders:
        sender.join(30)
    collector.send_signal(signal.SIGTERM)
    assert collector.wait(30) == 0
    log = IntakeLog(home / "intake")
    kept = [e.event_id for _offset, data in log.read(0, 1_000_000) for e in decode(data).events]
    acknowledged = {i for sender in senders for i in sender.acknowledged}
    assert len(acknowledged) > ROUNDS * IN_A_BATCH
    assert sum(s.failures for s in senders) > 0
    assert acknowledged - set(kept) == set()
    assert len(kept) == len(set(kept))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_and_returns(sent, tmp_path):
    home = tmp_path / "home"
    write_home(home, Template.BANK)
    port = free_port()
    collector = begin(home, port)
    answer = requests.post(
        f"http://127.0.0.1:{port}/v1/events?key={key_of(home)}", data='{"name":"a","customer_id":"1"}', timeout=5
    )
    assert answer.json()["accepted"] == 1
    collector.send_signal(sent)
    assert collector.wait(30) == 0
    assert IntakeLog(home / "intake").last == 1
