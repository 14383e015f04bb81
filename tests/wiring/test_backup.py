"""The restore drill: a bank home is copied while it works, damaged, and made anew elsewhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql import postgresql

_FILL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import pyarrow as pa
from liuke.wiring import open_house
from liuke.wiring.state import start_state
home = Path(sys.argv[1])
start_state(home)
from liuke.govern.audit import AuditRecord
from liuke.state.audit import append
from liuke.tables import BRANCH
from liuke.wiring.anchors import anchor_log
house = open_house(home)
for n in range(3):
    append(AuditRecord(datetime.now(UTC), "a", "rm", "view_customer", "customer", f"C{n}"))
    rows = dict.fromkeys(BRANCH.names, [None]) | {"branch_id": [f"B{n}"], "name": ["x"], "level": ["branch"]}
    rows |= {"line": [1], "ingested_at": [datetime.now(UTC)], "source": ["s"], "batch_id": [str(n)]}
    house.lake.append(BRANCH, pa.table(rows, schema=BRANCH.arrow), commit_id=str(n))
anchor_log(house, datetime.now(UTC))
"""
_READ = """
import sys
from pathlib import Path
from liuke.tables import BRANCH
from liuke.wiring import open_house
house = open_house(Path(sys.argv[1]))
with house.engine() as engine:
    rows = engine.arrow(house.lake.scan(engine, BRANCH).select("branch_id").order_by("branch_id"))
print(rows.column("branch_id").to_pylist(), house.lake.committed(BRANCH, "1"))
"""


def _run(*words: str, state: str = "") -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    environ = clean | ({"LIUKE_STATE_URL": state} if state else {})
    return subprocess.run([sys.executable, *words], env=environ, capture_output=True, text=True, check=False)


def _liuke(*words: str, state: str = "") -> "subprocess.CompletedProcess[str]":
    return _run("-m", "liuke", *words, state=state)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "policies").mkdir(parents=True)
    (home / "liuke.yaml").write_text("name: {zh: 测, en: T}\n", encoding="utf-8")
    (home / "calendar.csv").write_text("date,workday,note\n2026-11-22,0,\n", encoding="utf-8")
    (home / "policies" / "health.yaml").write_text("run_late_days: 7\n", encoding="utf-8")
    return home


def _drill(home: Path, tmp_path: Path, source: str = "", target: str = "") -> None:
    filled = _run("-c", _FILL, str(home), state=source)
    assert filled.returncode == 0, filled.stderr
    kept = tmp_path / "kept"
    made = _liuke("backup", str(kept), "--home", str(home), state=source)
    assert made.returncode == 0, made.stderr
    assert not list(kept.rglob("*_key"))
    key = (home / "anchor_key").read_text()
    shutil.rmtree(home)
    again = tmp_path / "again"
    done = _liuke("restore", str(kept), str(again), state=target)
    assert done.returncode == 0, done.stderr
    assert "audit log whole, 3 rows" in done.stdout
    assert "put back before use: secret_key, pseudonym_key, anchor_key" in done.stderr
    assert not (again / "secret_key").exists()
    (again / "anchor_key").write_text(key)
    assert json.loads(_liuke("audit", "verify", "--json", "--home", str(again), state=target).stdout)["anchors"] == 1
    assert _run("-c", _READ, str(again)).stdout.strip() == "['B0', 'B1', 'B2'] True"
    assert (again / "policies" / "health.yaml").read_text(encoding="utf-8") == "run_late_days: 7\n"


def test_what_was_copied_is_there_again_and_whole(home: Path, tmp_path: Path) -> None:
    _drill(home, tmp_path)


def test_on_postgresql_too(home: Path, tmp_path: Path) -> None:
    import psycopg

    with postgresql() as server:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute("CREATE DATABASE one")
            admin.execute("CREATE DATABASE two")
        _drill(home, tmp_path, server.replace("/postgres?", "/one?"), server.replace("/postgres?", "/two?"))


def test_a_damaged_backup_is_not_restored(home: Path, tmp_path: Path) -> None:
    assert _run("-c", _FILL, str(home)).returncode == 0
    kept = tmp_path / "kept"
    assert _liuke("backup", str(kept), "--home", str(home)).returncode == 0
    assert _liuke("backup", str(kept), "--home", str(home)).returncode == 2
    data = next((kept / "lake").rglob("*.parquet"))
    data.write_bytes(data.read_bytes()[:-1] + b"x")
    refused = _liuke("restore", str(kept), str(tmp_path / "again"))
    assert refused.returncode == 2
    assert data.name in refused.stderr
    assert not (tmp_path / "again").exists()
