"""`kill -9` at random moments: the same matches, orders and decisions as undisturbed, none lost, none doubled."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from liuke.collect.tracking.event import Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import read_collect
from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.tables import DECISION
from tests.console import small_bank
from tests.night import times
from tests.serving import until
from tests.streaming.living_bank import LIUKE, clean

KILLS = times(3, 12, "LIUKE_KILLS")
"""LIUKE_KILLS=50 for the long form."""
BATCHES, EACH, SECOND = times(8_000, 20_000), 12, 1_000_000


def fill(home: Path) -> int:
    """Puts events into the intake log; the last offset."""
    return store(home, batches(BATCHES, time.time_ns() // 1000))


def batches(many: int, end: int) -> list[Taken]:
    """Searches, uploads and log-ins of the bank's customers and of strangers until `end`, a batch every 20 seconds."""
    dice = random.Random(11)
    everybody = [small_bank._number(n) for n in range(small_bank.PEOPLE)] + [f"stranger{n}" for n in range(200)]
    return [_batch(dice, everybody, end - (many - n) * 20 * SECOND, n) for n in range(many)]


def store(home: Path, made: list[Taken]) -> int:
    """Appends the batches to the intake log; the last offset."""
    settings = read_collect(home)
    log = IntakeLog(home / settings.log.folder, settings.log, writing=True)
    for start in range(0, len(made), 1000):
        log.append_all(made[start : start + 1000], made[0].events[0].received_at)
    last = log.last
    log.close()
    return last


def _batch(dice: random.Random, everybody: list[str], now: int, number: int) -> Taken:
    kinds = (
        ("search", {"keyword": "提前还款"}), ("login", {}), ("apply_start", {"application_id": "A"}),
        ("apply_upload", {"application_id": "A"}), ("apply_submit", {"application_id": "A"}), ("prepay_apply", {}),
    )  # fmt: skip
    events = []
    for n in range(EACH):
        name, properties = dice.choices(kinds, (2, 30, 2, 2, 1, 1))[0]
        late = dice.choice((0, 0, 0, 5, 90)) * SECOND
        events.append(TrackedEvent(
            f"{number}-{n}", name, now - late, now, dice.choice(everybody), None, "app", None, properties, "plain:app"
        ))  # fmt: skip
    return Taken(events=events)


def worker(home: Path) -> subprocess.Popen[bytes]:
    command = [str(LIUKE), "stream", "--home", str(home), "--checkpoint", "0.2"]
    process = subprocess.Popen(command, env=clean(), stderr=subprocess.PIPE)
    assert process.stderr
    assert b"rules" in process.stderr.readline()
    return process


def progress(home: Path) -> int:
    """Up to where the worker has committed."""
    settings = read_collect(home)
    log = IntakeLog(home / settings.log.folder, settings.log)
    try:
        return log.committed("triggers")
    finally:
        log.close()


def finish(home: Path, last: int) -> None:
    process = worker(home)
    for _ in range(6000):
        if progress(home) >= last:
            break
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(300) == 0


def outcome(home: Path) -> dict[str, Any]:
    """What was decided and done, less the moments at which it happened to be done."""
    asked = {
        "matches": "select loop_id, rule, customer_id, matched_at, fate, evidence, numbers from state_triggermatch",
        "orders": "select order_id, loop_id, customer_id, theme, staff_id, enriched_by from state_workorder",
        "loops": "select l.loop_id, w.order_id from state_orderloop l join state_workorder w on w.id = l.order_id",
    }
    with closing(sqlite3.connect(home / "state.sqlite3")) as state:
        found: dict[str, Any] = {name: sorted(map(str, state.execute(query))) for name, query in asked.items()}
    engine = DuckEngine(memory_limit_mb=256, threads=1)
    decisions = Lake(home / "lake").scan(engine, DECISION)
    mine = decisions.filter(decisions.experiment.startswith("trigger_")).select("loop_id", "customer_id", "arm")
    found["decisions"] = sorted(map(str, engine.arrow(mine).to_pylist()))
    engine.close()
    return found


def test_killed_at_random_moments_it_does_what_an_undisturbed_worker_does(living_home, tmp_path):
    home = Path(shutil.copytree(living_home, tmp_path / "bank"))
    last = fill(home)
    calm = Path(shutil.copytree(home, tmp_path / "calm"))
    finish(calm, last)
    dice, reached = random.Random(5), set()
    for number in range(KILLS):
        process = worker(home)
        if number == 0:
            until("begun", lambda: progress(home) > 0, wanted=True)  # in the midst, however slow the machine is
        else:
            time.sleep(dice.random() * 1.5)
        process.kill()
        process.wait(10)
        reached.add(progress(home))
    finish(home, last)
    undisturbed, killed = outcome(calm), outcome(home)
    assert len(undisturbed["matches"]) > 100
    assert len(undisturbed["decisions"]) > 20
    assert any(0 < offset < last for offset in reached)
    print(f"{len(reached)} places reached: {sorted(reached)}")
    assert killed == undisturbed
