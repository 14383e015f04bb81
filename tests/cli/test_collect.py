"""The collector as a bank runs it: one command, events over HTTP, rows in the lake."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import requests
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.cli.init import Template, write_home
from liuke.collect.tracking.forward import CONSUMER
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import read_collect
from liuke.errors import TryAgain, YourMistake
from liuke.lake import Lake
from liuke.tables import EVENT, IDENTITY_LINK, QUARANTINE
from tests.serving import free_port


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    write_home(folder, Template.BANK)
    return folder


def wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return requests.get(url + "/health", timeout=1).ok
    except requests.ConnectionError:
        return False


def post(url: str, home, *lines: dict) -> None:
    key = read_collect(home).projects[0].keys[0]
    body = "\n".join(json.dumps(line) for line in lines)
    assert requests.post(f"{url}/v1/events?key={key}", data=body, timeout=10).status_code == 200


def forwarded(home) -> int:
    log = IntakeLog(home / "intake")
    try:
        return log.committed(CONSUMER)
    finally:
        log.close()


def forwarders(collector: subprocess.Popen) -> list[psutil.Process]:
    return [child for child in psutil.Process(collector.pid).children() if "forward" in child.cmdline()]


def test_what_is_sent_is_in_the_lake_also_when_the_forwarder_was_killed(home, engine):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "liuke", "collect", "--home", str(home), "--port", str(port)]
    collector = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(url) and forwarders(collector))
        [first] = forwarders(collector)
        os.kill(first.pid, signal.SIGKILL)
        post(url, home, {"name": "搜索", "customer_id": "C1", "anonymous_id": "d1"}, {"name": "nobody"})
        wait_for(lambda: forwarded(home) == 1)
    finally:
        collector.send_signal(signal.SIGTERM)
        assert collector.wait(90) == 0
    lake = Lake(home / "lake")
    [event] = engine.arrow(lake.scan(engine, EVENT)).to_pylist()
    assert (event["event_name"], event["customer_id"]) == ("search", "C1")
    assert engine.count(lake.scan(engine, IDENTITY_LINK)) == 1
    assert engine.count(lake.scan(engine, QUARANTINE)) == 1


def test_forward_once_says_what_it_did(home):
    outcome = CliRunner().invoke(app, ["forward", "--home", str(home), "--once", "--json"], standalone_mode=False)
    assert json.loads(outcome.output) == {"last": 0, "events": 0, "links": 0, "rejected": 0}


def test_every_home_has_keys_of_its_own(home, tmp_path):
    write_home(tmp_path / "other", Template.BANK)
    keys = [{key for p in read_collect(folder).projects for key in p.keys} for folder in (home, tmp_path / "other")]
    assert len(keys[0]) == len(keys[1]) == 2
    assert keys[0].isdisjoint(keys[1])


def test_a_port_that_is_taken_and_a_home_without_settings_are_told(home):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = CliRunner().invoke(app, ["collect", "--home", str(home), "--port", str(taken.getsockname()[1])])
    assert isinstance(said.exception, TryAgain)
    assert "liuke collect --port" in str(said.exception)
    (home / "collect.yaml").unlink()
    assert isinstance(CliRunner().invoke(app, ["collect", "--home", str(home)]).exception, YourMistake)
