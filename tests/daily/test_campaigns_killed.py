"""`kill -9` of the daily run in the midst of its campaigns: the same decisions, messages and orders as undisturbed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.tables import CANDIDATE_FATE, DECISION
from tests import loop_day
from tests.act.campaigns.reading import SERVICE, written
from tests.night import NIGHT
from tests.sending.homes import clean
from tests.simulated import SMALL

SMS = """
channels:
  text: {kind: sms, signature: 留客, url: "http://127.0.0.1:1/send", fields: {to: "{to}", text: "{text}"}}
"""
CALL = {"channel": "phone", "message_class": "service", "wording": {"zh": "问好", "en": "Hello"}}
APPROVE = """
from datetime import datetime, UTC
from liuke.wiring import open_house
from liuke.wiring.state import start_state
house = open_house(); start_state(house.home)
from liuke.act.campaigns.bank_campaigns import read_bank_campaigns
from liuke.govern.access import Scope
from liuke.state.actions.change_campaign import Proposal, decide_campaign, propose_campaign
from liuke.state.actions.change_order import Who
ann, bob = (Who(Scope(n, r, None), datetime.now(UTC), "") for n, r in (("ann", "analyst"), ("bob", "compliance")))
for made in read_bank_campaigns(house.home).campaigns.values():
    row = propose_campaign(ann, made, Proposal("try it out", {}))
    decide_campaign(bob, made, "approve", row.version)
"""
STEPS = ("judging", "started", "fates", "decisions", "messages", "orders")
MOMENTS = STEPS if NIGHT else ("decisions", "messages")
"""Each is a day's run more; those at which most could be lost or doubled are tried in every run of the tests."""


def make_home(loaded: Path, home: Path) -> Path:
    """Two campaigns, of messages and of orders, approved; nothing was run."""
    shutil.copytree(loaded, home)
    for folder in ("tags", "segments", "offers", "campaigns"):
        shutil.rmtree(home / folder)
    (home / "campaigns").mkdir()
    (home / "channels.yaml").write_text(SMS, encoding="utf-8")
    for code, arms in (("hello", {"text": SERVICE, "call": CALL}), ("again", {"text": SERVICE})):
        text = written(arms=arms, rate={"per_day": 60}, theme=code)
        (home / "campaigns" / f"{code}.yaml").write_text(text, encoding="utf-8")
    subprocess.run([sys.executable, "-c", APPROVE], env=clean(LIUKE_HOME=str(home)), check=True)
    return home


def count(home: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{home / 'state.sqlite3'}?mode=ro", uri=True, timeout=5)) as state:
        return int(state.execute(f"select count(*) from {query}").fetchone()[0])


def commits(home: Path, table: str) -> int:
    return len(list((home / "lake" / table / "_delta_log").glob("*.json")))


@dataclass
class Running:
    """A day's run, and what it had done when its campaigns began."""

    home: Path
    process: subprocess.Popen[bytes]
    began: threading.Event = field(default_factory=threading.Event)
    fates: int = 0
    decisions: int = 0

    def listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            if b'"step": "campaigns"' in line:
                self.fates, self.decisions = (commits(self.home, name) for name in ("candidate_fate", "decision"))
                self.began.set()

    def reached(self, moment: str) -> bool:
        if not self.began.is_set():
            return False
        found: dict[str, Callable[[], bool]] = {
            "judging": lambda: True,
            "started": lambda: count(self.home, "state_campaignstate where stage = 'running'") > 0,
            "fates": lambda: commits(self.home, "candidate_fate") > self.fates,
            "decisions": lambda: commits(self.home, "decision") > self.decisions,
            "messages": lambda: count(self.home, "state_outboxmessage") > 0,
            "orders": lambda: count(self.home, "state_workorder where theme = 'hello'") > 0,
        }
        return found[moment]()


def started(home: Path) -> Running:
    running = Running(home, loop_day.started(home, SMALL.end, subprocess.PIPE))
    threading.Thread(target=running.listen, daemon=True).start()
    return running


def killed_at(home: Path, moment: str) -> None:
    running = started(home)
    while not running.reached(moment):
        assert running.process.poll() is None, f"ended before {moment}"
        time.sleep(0.001)
    os.kill(running.process.pid, signal.SIGKILL)
    assert running.process.wait(60) == -signal.SIGKILL


def finished(home: Path) -> None:
    assert started(home).process.wait(900) == 0


def outcome(home: Path) -> dict[str, list[Any]]:
    """Everything the campaigns did."""
    engine, lake = DuckEngine(memory_limit_mb=256, threads=1), Lake(home / "lake")
    decisions = engine.arrow(lake.scan(engine, DECISION)).to_pylist()
    fates = engine.arrow(lake.scan(engine, CANDIDATE_FATE)).to_pylist()
    engine.close()
    with closing(sqlite3.connect(home / "state.sqlite3")) as state:
        kept = {
            "messages": "select key, channel, text, due_at, state, campaign from state_outboxmessage order by key",
            "orders": "select loop_id, order_id, customer_id, staff_id, theme from state_workorder order by loop_id",
            "loops": "select loop_id, order_id from state_orderloop order by loop_id",
            "opened": "select kind, count(*) from state_orderevent group by kind order by kind",
            "campaigns": "select code, stage from state_campaignstate order by code",
        }
        made = {name: state.execute(query).fetchall() for name, query in kept.items()}
    return made | {
        "decisions": sorted(json.dumps(row, default=str, sort_keys=True) for row in decisions),
        "fates": sorted(json.dumps(row, default=str, sort_keys=True) for row in fates if row["source"] == "campaign"),
    }


def test_a_run_killed_amid_its_campaigns_comes_to_what_an_undisturbed_one_does(loaded_home, tmp_path):
    home = make_home(loaded_home, tmp_path / "killed")
    undisturbed = shutil.copytree(home, tmp_path / "whole")
    finished(undisturbed)
    for moment in MOMENTS:
        killed_at(home, moment)
    finished(home)
    wanted, found = outcome(undisturbed), outcome(home)
    assert len(wanted["messages"]) > 60
    assert len(wanted["orders"]) > 20
    for what, rows in wanted.items():
        assert found[what] == rows, what
