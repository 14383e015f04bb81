"""`kill -9` of senders at random moments: nothing lost, nothing doubled, as a gateway sees it that counts."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.act.channels.gateways import Gateway, Request, by_status, listening
from tests.night import times
from tests.postgresql import postgresql
from tests.sending.homes import clean, make_home

KILLS = times(5, 30, "LIUKE_KILLS")
"""LIUKE_KILLS=300 for the long form."""
MANY = 15 * KILLS
ASKED = "select key, state, reason from state_outboxmessage"


def take(gateway: Gateway, request: Request, *, knows: bool) -> dict[str, str]:
    """Delivers after a moment, in which a sender may die; answers after another."""
    time.sleep(0.004)
    gateway.deliver(request.json["key"] if knows else None, request.json["to"], request.json["key"])
    time.sleep(0.004)
    return {"id": "M1"}


def settings(url: str, *, knows: bool, **more: object) -> dict[str, object]:
    return {
        "kind": "sms", "url": url, "fields": {"to": "{to}", "text": "{text}", "key": "{key}"}, "signature": "示例银行",
        "idempotent": knows, "per_second": None, "lease_seconds": 2, "timeout_seconds": 1.5, "strikes": 50,
        "batch": 8, "parallel": 2, "first_wait_seconds": 0.05, "trip": 50, **more,
    }  # fmt: skip


@contextmanager
def senders(home: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).with_name("forked_senders.py")), str(MANY)]
    process = subprocess.Popen(command, env=clean(LIUKE_HOME=str(home), **more), text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)  # fmt: skip
    assert process.stdout
    assert process.stdin
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def begin(parent: subprocess.Popen[str]) -> int:
    assert parent.stdin
    assert parent.stdout
    parent.stdin.write("one\n")
    parent.stdin.flush()
    return int(parent.stdout.readline())


def states(home: Path, **more: str) -> list[tuple[str, str, str]]:
    if server := more.get("LIUKE_STATE_URL"):
        with psycopg.connect(server) as there:
            return there.execute(ASKED).fetchall()
    with closing(sqlite3.connect(home / "state.sqlite3")) as here:
        return here.execute(ASKED).fetchall()


def kill_and_finish(home: Path, known: Gateway, **more: str) -> None:
    """Two senders at a time, killed KILLS times with messages in hand; the last two finish."""
    dice = random.Random(5)
    with senders(home, **more) as parent:
        alive = [begin(parent), begin(parent)]
        for _ in range(KILLS):
            before, wanted = len(known.requests), dice.randrange(1, 8)
            for _ in range(1000):
                if len(known.requests) >= before + wanted:
                    break
                time.sleep(0.002)
            time.sleep(dice.random() * 0.02)
            os.kill(alive.pop(0), signal.SIGKILL)
            alive.append(begin(parent))
        for _ in range(3000):  # until the leases of the last dead have run out and been taken over
            if all(state in ("sent", "dead", "cancelled") for _, state, _ in states(home, **more)):
                break
            time.sleep(0.1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    with postgresql() as server:
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as there:
            there.execute(f"CREATE DATABASE {name}")
        yield {"LIUKE_STATE_URL": server.replace("/postgres?", f"/{name}?")}


def test_however_often_senders_are_killed_the_gateways_count_is_right(tmp_path, database):
    """Three gateways at once: one that knows keys, one that does not, and one of which a person is asked."""
    with (
        listening(by_status(partial(take, knows=True))) as known,
        listening(by_status(partial(take, knows=False))) as doubling,
        listening(by_status(partial(take, knows=False))) as asked,
    ):
        home = make_home(tmp_path / "bank", {
            "known": settings(known.url, knows=True),
            "doubling": settings(doubling.url, knows=False),
            "asked": settings(asked.url, knows=False, on_unsure="ask"),
        })  # fmt: skip
        kill_and_finish(home, known, **database)
        found = states(home, **database)
    assert len(found) == 3 * MANY
    nothing_lost_nothing_doubled(known, [row for row in found if row[0].endswith(".known")])
    doubled_by_what_was_in_hand(doubling)
    doubtful_ones_wait_for_a_person(asked, [row for row in found if row[0].endswith(".asked")])


def nothing_lost_nothing_doubled(gateway: Gateway, found: list[tuple[str, str, str]]) -> None:
    delivered = Counter(key for _, key in gateway.delivered)
    print(f"{len(gateway.requests) - MANY} requests were repeats")
    assert set(delivered.values()) == {1}
    assert len(delivered) == len(found) == MANY
    assert {state for _, state, _ in found} == {"sent"}
    assert len(gateway.requests) > MANY  # senders did die with messages in hand


def doubled_by_what_was_in_hand(gateway: Gateway) -> None:
    delivered = Counter(key for _, key in gateway.delivered)
    doubled = sum(n - 1 for n in delivered.values())
    print(f"{doubled} doubled by {KILLS} deaths")
    assert len(delivered) == MANY
    assert doubled <= 2 * KILLS  # two threads, each with one message in hand


def doubtful_ones_wait_for_a_person(gateway: Gateway, found: list[tuple[str, str, str]]) -> None:
    delivered = Counter(key for _, key in gateway.delivered)
    doubtful = {key for key, state, reason in found if (state, reason) == ("dead", "unsure")}
    sent = {key for key, state, _ in found if state == "sent"}
    assert set(delivered.values()) == {1}
    assert sent | doubtful == {key for key, _, _ in found}
    assert sent <= set(delivered)
    assert 0 < len(doubtful) <= 2 * KILLS
