"""The audit log on a real bank home: triggers, and several processes and threads appending at once."""

import os
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path
from urllib.parse import urlsplit

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


def _script(home: Path, body: str, *words: str) -> "subprocess.Popen[str]":
    code = textwrap.dedent(START) + textwrap.dedent(body)
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    return subprocess.Popen(
        [sys.executable, "-c", code, str(home), *words],
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
    """A bank home: on SQLite, or in a fresh database of the server the tests run on."""
    url = os.environ.get("LIUKE_STATE_URL", "")
    state = f"state: {_fresh_database(url)}\n" if url.startswith("postgres") else ""
    (tmp_path / "liuke.yaml").write_text("name: {zh: 测试银行, en: Test bank}\n" + state, encoding="utf-8")
    return tmp_path


def _fresh_database(url: str) -> str:
    import psycopg

    name = f"liuke_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    parts = urlsplit(url)
    return parts._replace(path=f"/{name}").geturl()


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


ATTACK = """
    from django.db import IntegrityError, connection
    append(record(1))
    for statement in sys.argv[2].split(";"):
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
            print("done:", statement)
        except IntegrityError as error:
            print("never changed" in str(error))
    print(AuditEntry.objects.count(), verify())
"""


def test_the_database_itself_refuses_to_change_or_remove_audit_rows(home: Path) -> None:
    statements = "UPDATE state_auditentry SET actor = 'x';DELETE FROM state_auditentry"
    assert _said(_script(home, ATTACK, statements)).split("\n") == ["True", "True", "1 None"]


def test_sqlite_runs_with_a_write_ahead_log_and_waits_for_other_writers(home: Path) -> None:
    body = """
        from django.db import connection
        def ask(what):
            with connection.cursor() as cursor:
                return cursor.execute(f"PRAGMA {what}").fetchone()[0]
        sqlite = connection.vendor == "sqlite"
        print(*map(ask, ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")) if sqlite else ["n/a"])
    """
    assert _said(_script(home, body)) in ("wal 20000 2 1", "n/a")
