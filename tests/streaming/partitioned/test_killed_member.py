"""Stream workers as processes on one group; one is killed, one stops answering and wakes: as one worker alone."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml

from tests.streaming.living_bank import LIUKE, clean
from tests.streaming.test_killed import SECOND, batches, finish, outcome, store

pytest.importorskip("confluent_kafka", reason="the Kafka client is not installed: extra kafka")
from tests.kafka_cluster import Cluster

KILLS = int(os.environ.get("LIUKE_KILLS", "0"))
"""Seven processes and two daily runs: only with LIUKE_KILLS=3 or more. test_members.py does the same in one process."""
BATCHES = 4_000
QUICK = {"session.timeout.ms": "1500", "heartbeat.interval.ms": "100", "fetch.wait.max.ms": "50"}


def through(home: Path, cluster: Cluster, partitions: int) -> None:
    """Lets the home's stream go through a topic."""
    cluster.make("liuke-events", partitions)
    settings = yaml.safe_load((home / "collect.yaml").read_text("utf-8"))
    settings["stream"] = {"kafka": {"brokers": cluster.brokers, "options": QUICK}}
    (home / "collect.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")


class Processes:
    """`liuke` commands of one home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        told = self._home / f"told-{len(list(self._home.glob('told-*')))}.txt"
        with told.open("wb") as said:
            process = subprocess.Popen([str(LIUKE), *command, "--home", str(self._home)], env=clean(), stderr=said)
        self.running.append(process)
        wait_until(lambda: b"Ctrl-C" in told.read_bytes())
        return process

    def member(self) -> subprocess.Popen[bytes]:
        return self.start("stream", "--checkpoint", "0.3")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait(10)
        self.running.remove(process)

    def end(self) -> None:
        """All stop; then one has all partitions, and brings what was decided into the lake."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in self.running] == [0] * len(self.running)
        last = self.member()
        wait_until(lambda: owners(self._home) == [(f"{socket.gethostname()}:{last.pid}",)])
        last.send_signal(signal.SIGTERM)
        assert last.wait(60) == 0


@contextmanager
def asleep(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """For a while it does nothing at all, and does not know it."""
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


def owners(home: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(home / "state.sqlite3")) as state:
        return state.execute("select distinct owner from state_streampartition").fetchall()


@contextmanager
def processes(home: Path) -> Iterator[Processes]:
    made = Processes(home)
    try:
        yield made
    finally:
        for process in made.running:
            process.kill()
            process.wait(10)


def wait_until(true: Callable[[], bool], patience: float = 90) -> None:
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.skipif(not KILLS, reason="half a minute of processor time: set LIUKE_KILLS")
def test_whoever_is_killed_or_falls_asleep_the_others_do_the_same_as_one_alone(living_home, tmp_path):
    home, dice = Path(shutil.copytree(living_home, tmp_path / "bank")), random.Random(7)
    last = store(home, batches(BATCHES, time.time_ns() // 1000 - 15 * 86_400 * SECOND))  # every deadline has come
    calm = Path(shutil.copytree(home, tmp_path / "calm"))
    finish(calm, last)
    wanted = outcome(calm)
    assert len(wanted["matches"]) > 50
    through(home, Cluster(), 6)
    with processes(home) as at_work:
        members = [at_work.member(), at_work.member()]
        publisher = at_work.start("publish")
        for _ in range(KILLS):
            with asleep(publisher):
                time.sleep(dice.random())
                at_work.kill(members.pop(0))
                members.append(at_work.member())
            with asleep(members[0]):
                time.sleep(2.5)
        wait_until(lambda: outcome(home)["matches"] == wanted["matches"])
        at_work.end()
    assert outcome(home) == wanted
