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
