"""The list of work orders with 100,000 of them open: server time of a request, on SQLite and on PostgreSQL.

LIUKE_BENCH_ORDERS (default 100000) open orders of 500 RMs in 50 branches; a third were tried, a tenth have a promised
call-back, a twentieth came before the branch head. Asked through Django's test client, that is all of the server's
work without a network: routing, session, scope, counts of all tabs, the page's rows, masking, template. By somebody of
the head office, who sees them all, by a branch head and by an RM; the first page, the middle one, one narrowed by
filters, the escalated tab, the week of call-backs, an RM's today's list and the load of the team. Each RUNS (default
30) times after one that is not counted. PostgreSQL is a server of its own in a temporary folder, or the one
LIUKE_TEST_POSTGRES names (an empty database).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.machine import machine

ORDERS = int(os.environ.get("LIUKE_BENCH_ORDERS", "100000"))
RUNS = int(os.environ.get("RUNS", "30"))
BRANCHES, STAFF = 50, 500
BUDGET_MS = 100


def fill() -> None:
    """The organisation, three log-ins and the orders, with times around now."""
    from liuke.state.models import Branch, Staff, User, WorkOrder

    Branch.objects.create(branch_id="HQ", name="总行", level="head")
    Branch.objects.bulk_create(
        Branch(branch_id=f"B{n}", name=f"支行{n}", parent_id="HQ", level="branch") for n in range(BRANCHES)
    )
    Staff.objects.bulk_create(
        Staff(staff_id=f"S{n}", name=f"经理{n}", branch_id=f"B{n % BRANCHES}", role="rm", daily_capacity=20)
        for n in range(STAFF)
    )
    for name, role, branch, staff in (
        ("all", "branch_head", "HQ", None),
        ("head", "branch_head", "B1", None),
        ("rm", "rm", "B1", "S1"),
    ):
        User.objects.create(username=name, role=role, branch_id=branch, staff_id=staff)
    now, dice = datetime.now(UTC), random.Random(20261130)
    for start in range(0, ORDERS, 5000):
        WorkOrder.objects.bulk_create(
            (_order(WorkOrder, n, now, dice) for n in range(start, min(start + 5000, ORDERS))), batch_size=400
        )


def _order(model: type, n: int, now: datetime, dice: random.Random) -> object:
    staff, due = dice.randrange(STAFF), now + timedelta(minutes=dice.randint(-3000, 6000))
    tried = dice.random() < 1 / 3
    called = now - timedelta(hours=1) if tried else None
    promised = now + timedelta(minutes=dice.randint(-1000, 9000)) if tried and dice.random() < 0.3 else None
    return model(
        order_id=f"W{n:07d}", loop_id=f"L{n:07d}", customer_id=f"C{n:07d}", customer_name=f"客户{n}",
        staff_id=f"S{staff}", branch_id=f"B{staff % BRANCHES}", theme="rm_care", priority=dice.randint(1, 3),
        state="contacting" if tried else "assigned", as_of=date(2026, 11, 29), created_at=now - timedelta(days=3),
        due_at=due, warn_at=due - timedelta(hours=1), expires_at=now + timedelta(days=14), first_contact_at=called,
        attempts=int(tried), next_contact_at=promised, escalated_at=now if due < now and dice.random() < 0.15 else None,
        aum=dice.randint(1, 9_000_000), score=dice.random(), tier="orange", updated_at=now,
        reasons=[{"code": "R01", "severity": 0.7, "numbers": {"transactions_30": 2, "transactions_prior_90": 9}}],
    )  # fmt: skip


def ask() -> dict[str, float]:
    """Median and slowest milliseconds of each request."""
    from django.test import Client

    from liuke.state.models import User

    found: dict[str, float] = {}
    middle = ORDERS // 20
    pages = {
        "first": "/workbench/?tab=open", "middle": f"/workbench/?tab=open&page={middle}",
        "filtered": "/workbench/?tab=open&tier=orange&source=churn&due=week",
        "escalated": "/workbench/?tab=escalated", "calls": "/workbench/calendar/",
    }  # fmt: skip
    own = {"all": {"load": "/team/"}, "head": {"load": "/team/"}, "rm": {"today": "/workbench/?tab=today"}}
    for name in ("all", "head", "rm"):
        client = Client(headers={"HX-Target": "orders"})
        client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
        for what, address in (pages | own[name]).items():
            times = [_one(client, address) for _ in range(RUNS + 1)][1:]
            found[f"{name}_{what}_median_ms"] = round(statistics.median(times), 1)
            found[f"{name}_{what}_slowest_ms"] = round(max(times), 1)
    return found


def _one(client: object, address: str) -> float:
    began = time.perf_counter()
    answer = client.get(address)  # type: ignore[attr-defined]
    taken = time.perf_counter() - began
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return taken * 1000


def inside(home: Path) -> None:
    """One database, in a process of its own."""
    from liuke.wiring.state import start_state

    start_state(home)
    from django.conf import settings
    from django.db import connection

    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    fill()
    with connection.cursor() as cursor:
        # As PostgreSQL does by itself some time after so many rows came.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(json.dumps({f"{connection.vendor}_{key}": value for key, value in ask().items()}))


def measured(folder: Path, name: str, url: str = "") -> dict[str, float]:
    """A bank home on the database, filled and asked."""
    home = folder / name
    subprocess.run([sys.executable, "-m", "liuke", "init", str(home)], check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "LIUKE_HOME": str(home)} | ({"LIUKE_STATE_URL": url} if url else {})
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.orders", str(home)],
        check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    for key, value in result.items():
        print(f"{key:40} {value:8.1f}")
    return result


def main() -> None:
    """Both databases; with a home, one of them."""
    if len(sys.argv) > 1:
        inside(Path(sys.argv[1]))
        return
    from tests.postgresql import postgresql

    about, folder = machine(), Path(tempfile.mkdtemp(prefix="liuke-bench-"))
    try:
        figures = measured(folder, "sqlite")
        with postgresql() as url:
            figures |= measured(folder, "postgresql", url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    worst = max(value for key, value in figures.items() if key.endswith("median_ms"))
    ratios = {f"slowest_page_median_against_{BUDGET_MS}_ms": round(worst / BUDGET_MS, 2)}
    print(json.dumps({"ratios": ratios, "figures": figures | {"orders": ORDERS}, "machine": about}))


if __name__ == "__main__":
    main()
