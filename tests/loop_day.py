"""A day's run in a process of its own: by day without what no decision reads, at night the whole `liuke run`.

Value, tags and segments are half of its time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import IO, Any

from tests.night import NIGHT
from tests.sending.homes import clean

LIUKE = Path(sys.executable).with_name("liuke")

RUN = """
import gc, json, sys
gc.set_threshold(50_000, 20, 20)
from dataclasses import asdict
from datetime import date
from liuke.cli.feed import told
from liuke.cli.logs import configure_logs
from liuke.wiring import open_house
from liuke.wiring.state import start_state
configure_logs(verbose=True)
house, day = open_house(), date.fromisoformat(sys.argv[1])
start_state(house.home)
from liuke.daily import run_day
report = run_day(house, day, loop_only=True, campaigns=True)
told(house, day)
print(json.dumps(asdict(report), default=str))
"""
"""`liuke --verbose run --json` as it calls the library, but for `loop_only`."""


def started(home: Path, day: date, stderr: IO[Any] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """The running process; its steps are told on stderr as `liuke --verbose` tells them."""
    whole = [str(LIUKE), "--verbose", "run", "--as-of", str(day), "--top", "0", "--json"]
    command = whole if NIGHT else [sys.executable, "-c", RUN, str(day)]
    return subprocess.Popen(command, env=clean(LIUKE_HOME=str(home)), stdout=subprocess.PIPE, stderr=stderr)


def run(home: Path, day: date) -> dict[str, Any]:
    """What the run reports."""
    process = started(home, day)
    said, _ = process.communicate()
    assert process.returncode == 0
    return dict(json.loads(said))
