"""`liuke user` as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 测, en: T}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-11-22,0,\n", encoding="utf-8")
    return tmp_path


def run(home: Path, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    command = [sys.executable, "-m", "liuke", "user", *words, "--home", str(home)]
    return subprocess.run(command, env=clean, input=typed, capture_output=True, text=True, check=False)


def test_a_log_in_is_added_and_listed_without_its_password(home: Path) -> None:
    added = run(home, "add", "root1", "--role", "admin", typed="four-plain-words-here\n")
    assert (added.returncode, added.stdout.strip()) == (0, "root1: admin, -, -"), added.stderr
    listed = run(home, "list", "--json").stdout
    assert [u["username"] for u in json.loads(listed)] == ["root1"]
    assert "argon2" not in listed


def test_a_mistake_is_a_message_and_an_exit_code(home: Path) -> None:
    done = run(home, "add", "lu", "--role", "rm", typed="four-plain-words-here\n")
    assert done.returncode == 2
    assert "needs a staff id" in done.stderr
    assert "Traceback" not in done.stderr


_CARE = """
import sys
from liuke.cli.app import app
home = sys.argv[1]
def run(*words):
    app(["user", *words, "--home", home], standalone_mode=False)
run("sessions", "root1", "--json")
from datetime import UTC, datetime
from liuke.sign_in_settings import SessionSettings
from liuke.state import second_factor, sign_ins
from liuke.state.models import AuditEntry, SecondFactor, User
user, now = User.objects.get(username="root1"), datetime.now(UTC)
sign_ins.begin(user, "k", now, SessionSettings(), address="10.0.0.1", agent="", way="password")
second_factor.begin(user, None, now)
SecondFactor.objects.update(confirmed_at=now)
run("sessions", "root1", "--json")
run("end-sessions", "root1", "--reason", "lost")
run("reset-factor", "root1")
run("close", "root1")
print(User.objects.get(username="root1").is_active)
run("open", "root1")
print(*AuditEntry.objects.order_by("seq").values_list("action", flat=True))
"""


def test_an_administrator_looks_after_a_log_in(home: Path) -> None:
    run(home, "add", "root1", "--role", "admin", typed="four-plain-words-here\n")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", _CARE, str(home)], env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    none, one, *rest = done.stdout.splitlines()
    assert json.loads(none) == []
    assert [row["address"] for row in json.loads(one)] == ["10.0.0.1"]
    assert rest == [
        "root1: 1 session(s) ended",
        "root1: second factor removed",
        "root1: closed, 0 session(s) ended",
        "False",
        "root1: open",
        "user_save sessions_end factor_reset user_close user_open",
    ]


def test_a_name_nobody_has_is_a_mistake(home: Path) -> None:
    done = run(home, "end-sessions", "nobody")
    assert done.returncode == 2
    assert "no log-in is called 'nobody'" in done.stderr
