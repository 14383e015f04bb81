"""A served bank: console, collector and stream worker as processes, as `liuke serve` starts them."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from liuke.act.holdout import arm, draw
from tests import loop_day
from tests.console import small_bank
from tests.serving import free_port, read

ROOT = Path(__file__).resolve().parents[2]
LIUKE = Path(sys.executable).with_name("liuke")
KEY = "app-write-key"
SHARE = 0.3
PASSWORD = small_bank.PASSWORD
PEOPLE = """
import sys
from liuke.wiring import open_house
from liuke.wiring.state import start_state
start_state(open_house().home)
from liuke.state.models import User
User.objects.create_user("rm1", password=sys.argv[1], role="rm", branch_id="NJ", staff_id="S1")
User.objects.create_user("analyst", password=sys.argv[1], role="analyst", branch_id="HQ")
User.objects.create_user("officer", password=sys.argv[1], role="compliance", branch_id="HQ")
"""


def clean() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_HOME", "LIUKE_STATE", "DJANGO_"))}


def make_home(home: Path) -> Path:
    """The small bank with rules and a key for its app, after one daily run."""
    small_bank.make_home(home, small_bank.last_day())
    for folder in ("triggers", "events"):
        shutil.copytree(ROOT / "examples" / "bank" / folder, home / folder)
    shutil.copy(ROOT / "examples" / "bank" / "collect.yaml", home)
    loop_day.run(home, small_bank.last_day())
    subprocess.run([sys.executable, "-c", PEOPLE, PASSWORD], env=clean() | {"LIUKE_HOME": str(home)}, check=True)
    return home


def customers(wanted: str, rule: str = "prepay_search") -> Iterator[str]:
    """Numbers of S1's customers whom the rule treats, or holds out."""
    for n in range(0, small_bank.PEOPLE, 2):
        number = small_bank._number(n)
        if arm(draw(number, f"trigger_{rule}", "liuke"), SHARE) == wanted:
            yield number


@dataclass(frozen=True)
class Served:
    """Where the bank is served."""

    home: Path
    console: str
    collector: str
    process: subprocess.Popen[bytes]


@contextmanager
def served(home: Path, ends_with: signal.Signals = signal.SIGINT) -> Iterator[Served]:
    """`liuke serve` of the home, until the end of the block; nothing it started is left over."""
    console, collector = free_port(), free_port()
    command = [str(LIUKE), "serve", "--home", str(home), "--port", str(console), "--collect-port", str(collector)]
    process = subprocess.Popen(command, env=clean())
    where = Served(home, f"http://127.0.0.1:{console}", f"http://127.0.0.1:{collector}", process)
    try:
        for address in (f"{where.console}/login/", f"{where.collector}/health"):
            read(address)
        yield where
    finally:
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(ends_with)
        assert process.wait(300) == 0
        assert len(started) >= 3
        assert not [child for child in started if child.is_running()]


def rows(bank: Served, query: str) -> list[tuple[object, ...]]:
    """What the state database holds."""
    with closing(sqlite3.connect(bank.home / "state.sqlite3")) as state:
        return state.execute(query).fetchall()
