"""The audit log on a real bank home: triggers, and several processes and threads appending at once."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

START = """
    import sys
    from pathlib import Path
    from liuke.wiring.state import start_state
    start_state(Path(sys.argv[1]))
    from datetime import datetime, timezone
    from liuke.govern.audit import AuditRecord
    from liuke.state.audit import append, verify
    from liuke.state.models import AuditEntry
    record = lambda n: AuditRecord(datetime.now(timezone.utc), f"p{n}", "rm", "view_customer", "customer", "C1")
"""


def _script(home: Path, body: str) -> "subprocess.Popen[str]":
    code = textwrap.dedent(START) + textwrap.dedent(body)
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    return subprocess.Popen(
        [sys.executable, "-c", code, str(home)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _said(process: "subprocess.Popen[str]") -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    return out.strip()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 测试银行, en: Test bank}\n", encoding="utf-8")
    return tmp_path


def test_processes_and_threads_that_start_and_append_at_once_keep_one_chain(home: Path) -> None:
    body = """
        import threading
        from django.db import connection
        def work(n):
            for _ in range(25):
                append(record(n))
            connection.close()
        threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
        [t.start() for t in threads]
        [t.join() for t in threads]
    """
    for process in [_script(home, body) for _ in range(3)]:
        _said(process)
    assert _said(_script(home, "print(AuditEntry.objects.count(), verify())")) == "150 None"


def test_the_database_itself_refuses_to_change_or_remove_audit_rows(home: Path) -> None:
    _said(_script(home, "append(record(1))"))
    con = sqlite3.connect(home / "state.sqlite3")
    for statement in ("UPDATE state_auditentry SET actor = 'x'", "DELETE FROM state_auditentry"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            con.execute(statement)
    assert con.execute("SELECT count(*) FROM state_auditentry").fetchone() == (1,)
    assert con.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    con.close()
