"""`liuke audit` as an auditor runs it."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

_FILL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from liuke.wiring.state import start_state
start_state(Path(sys.argv[1]))
from liuke.govern.audit import AuditRecord
from liuke.state.accounts import ensure_user
from liuke.state.audit import append
from liuke.state.sync import sync_organisation
sync_organisation([{"branch_id": "HQ", "name": "总行", "parent_id": None, "level": "head"}], [])
ensure_user("officer", role="compliance", password=None, branch_id="HQ")
for n in range(5):
    append(AuditRecord(datetime.now(UTC), "rm1", "rm", "view_customer", "customer", f"C{n}"))
"""


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    return subprocess.run([sys.executable, *words], env=clean, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "liuke.yaml").write_text("name: {zh: 测, en: T}\n", encoding="utf-8")
    (home / "calendar.csv").write_text("date,workday,note\n2026-11-22,0,\n", encoding="utf-8")
    assert _run("-c", _FILL, str(home)).returncode == 0
    return home


def test_anchored_exported_cut_off_and_found(home: Path, tmp_path: Path) -> None:
    def audit(*words: str) -> "subprocess.CompletedProcess[str]":
        return _run("-m", "liuke", "audit", *words, "--home", str(home))

    assert audit("anchor").stdout.startswith("row 5 ")
    file = tmp_path / "out.jsonl"
    made = audit("export", str(file), "--as", "officer", "--reason", "年度审计", "--object", "C3")
    assert made.returncode == 0, made.stderr
    assert [json.loads(line)["object_id"] for line in file.read_text(encoding="utf-8").splitlines()] == ["C3"]
    checked = audit("verify", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["failure"]) == (0, None)
    with sqlite3.connect(home / "state.sqlite3") as state:
        state.execute("DROP TRIGGER state_audit_no_delete")
        state.execute("DELETE FROM state_auditentry WHERE seq >= 5")
    found = audit("verify")
    assert found.returncode == 1
    assert "rows from 5 to 5 or later were cut off" in found.stdout
    assert audit("verify", "--file", str(file)).returncode == 0
    file.write_text(file.read_text(encoding="utf-8").replace("C3", "C4"), encoding="utf-8")
    assert audit("verify", "--file", str(file)).returncode == 1
