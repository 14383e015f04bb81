"""From an event received over HTTP to a work order on an open page, while events stream in and the console is used.

A simulated bank of LIUKE_BENCH_CUSTOMERS (default 3000) is served by `liuke serve` (console, collector and stream
worker, all of their defaults: every event on disk before its answer). LIUKE_BENCH_RATE (default 5000) events a second
come in batches of 100 from a process of their own for LIUKE_BENCH_SECONDS (default 60); somebody opens a page of the
console every half second; five times a second another customer does what a rule watches for. Measured for each of
those: from the moment before its request was sent to the moment at which an open page's stream (server-sent events)
brought the order, which lies in the state database by then. Beside it the answer of the collector alone.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import machine
from benchmarks.simulated_home import simulated_home, wait_for
from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.tables import CUSTOMER_SNAPSHOT

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "3000"))
RATE = int(os.environ.get("LIUKE_BENCH_RATE", "5000"))
SECONDS = int(os.environ.get("LIUKE_BENCH_SECONDS", "60"))
BATCH, PROBES = 100, 5
KEY, PASSWORD, END = "bench-key", "correct-horse-battery-staple", date(2026, 6, 30)
RULE = """
name: {zh: 基准, en: Benchmark}
description: {zh: 一次即触发, en: fires at once}
owner: bench
theme: bench
tier: red
confirmed: true
cooldown: 1d
condition: {when: probe}
"""
PEOPLE = """
import sys
from liuke.wiring import open_house
from liuke.wiring.state import start_state
start_state(open_house().home)
from liuke.state.models import Branch, User
head = Branch.objects.get(level="head").branch_id
User.objects.create_user("head", password=sys.argv[1], role="compliance", branch_id=head)
"""


def make_home(folder: Path) -> Path:
    """A bank after one daily run, with the shipped rules, one of the benchmark's, and nobody held out."""
    home = simulated_home(folder, CUSTOMERS, END)
    (home / "policies" / "loop.yaml").write_text("holdout_share: 0\n", encoding="utf-8")
    (home / "collect.yaml").write_text(f"projects: [{{name: app, keys: [{KEY}], channel: app}}]\n", encoding="utf-8")
    (home / "events" / "bench.yaml").write_text("events: [{event: probe, name: {zh: 探, en: Probe}}]\n", "utf-8")
    (home / "triggers" / "bench.yaml").write_text(RULE, encoding="utf-8")
    environment = {**os.environ, "LIUKE_HOME": str(home)}
    subprocess.run([sys.executable, "-c", PEOPLE, PASSWORD], env=environment, check=True)
    return home


def people(home: Path) -> list[str]:
    """Customers with a desk."""
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    rows = Lake(home / "lake").scan(engine, CUSTOMER_SNAPSHOT)
    rows = rows.filter(rows.staff_id.notnull() | rows.branch_id.notnull(), rows.birth_date < date(2000, 1, 1))
    found = engine.arrow(rows.select("customer_id").order_by("customer_id"))["customer_id"].to_pylist()
    engine.close()
    return [str(customer) for customer in found]


@contextmanager
def served(home: Path, console: int, collector: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "liuke", "serve", "--home", str(home)]
    process = subprocess.Popen([*command, "--port", str(console), "--collect-port", str(collector)])
    try:
        for port, path in ((console, "/login/"), (collector, "/health")):
            wait_for(port, path)
        yield process
    finally:
        process.terminate()
        process.wait(90)


def cookie(port: int) -> str:
    """A session of the console."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/login/")
    answer = connection.getresponse()
    page = answer.read().decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    jar = answer.getheader("Set-Cookie", "").split(";")[0]
    form = f"username=head&password={PASSWORD}&csrfmiddlewaretoken={token}"
    connection.request("POST", "/login/", form, {"Cookie": jar, "Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    return "; ".join(v.split(";")[0] for k, v in answer.getheaders() if k == "Set-Cookie")


def hear(port: int, session: str, heard: queue.Queue[tuple[float, str]], ready: threading.Event) -> None:
    """Puts the moment and the order's number of every news in the queue."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", "/live/orders/", headers={"Cookie": session})
    answer = connection.getresponse()
    for line in answer:
        if line.startswith(b"event: ready"):
            ready.set()
        elif line.startswith(b'data: {"kind"'):
            heard.put((time.perf_counter(), json.loads(line[6:])["order"]))


def load(port: int) -> None:
    """RATE events a second in batches, evenly; prints how many were accepted, and the slowest answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    names = ("login", "view_product", "search", "progress_query", "apply_start")
    sent, slowest, began = 0, 0.0, time.perf_counter()
    batches = RATE * SECONDS // BATCH
    for n in range(batches):
        lines = "\n".join(
            json.dumps({"event_id": f"l{began}-{n}-{i}", "name": names[i % 5],
                        "customer_id": f"visitor{(n * 37 + i) % 50_000}",
                        "properties": {"keyword": "理财", "page": "首页", "position": i}}, ensure_ascii=False)
            for i in range(BATCH)
        )  # fmt: skip
        at = time.perf_counter()
        connection.request("POST", f"/v1/events?key={KEY}", lines.encode())
        answer = connection.getresponse()
        answer.read()
        slowest = max(slowest, time.perf_counter() - at)
        sent += BATCH if answer.status == 200 else 0
        time.sleep(max(0.0, began + (n + 1) * BATCH / RATE - time.perf_counter()))
    print(json.dumps({"accepted": sent, "took_s": time.perf_counter() - began, "slowest_ms": slowest * 1000}))


def use(port: int, session: str, stop: threading.Event, took: list[float]) -> None:
    """Opens pages of the console, as people do."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    pages = ("/workbench/", "/customers/", "/warnings/", "/triggers/")
    n = 0
    while not stop.wait(0.5):
        at = time.perf_counter()
        connection.request("GET", pages[n % len(pages)], headers={"Cookie": session})
        connection.getresponse().read()
        took.append(time.perf_counter() - at)
        n += 1


def probe(port: int, customers: list[str], count: int) -> tuple[dict[str, float], list[float]]:
    """Sends one watched event of each customer, evenly; moments before sending, and answers' times."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent, answers, began = {}, [], time.perf_counter()
    for n, customer in enumerate(customers[:count]):
        body = json.dumps({"event_id": f"p{began}-{n}", "name": "probe", "customer_id": customer}).encode()
        sent[customer] = at = time.perf_counter()
        connection.request("POST", f"/v1/events?key={KEY}", body)
        connection.getresponse().read()
        answers.append(time.perf_counter() - at)
        time.sleep(max(0.0, began + (n + 1) / PROBES - time.perf_counter()))
    return sent, answers


def owners(home: Path) -> dict[str, str]:
    """The customer of each order of the benchmark's theme."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home / "state.sqlite3")) as state:
        return dict(state.execute("select order_id, customer_id from state_workorder where theme = 'bench'"))


def _ms(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def measure(folder: Path) -> dict[str, Any]:
    """One run."""
    home = Path(given) if (given := os.environ.get("LIUKE_BENCH_HOME")) else make_home(folder)
    before = set(owners(home).values())
    customers = [customer for customer in people(home) if customer not in before]
    with served(home, 8461, 8462) as server:
        session = cookie(8461)
        heard: queue.Queue[tuple[float, str]] = queue.Queue()
        ready, stop, pages = threading.Event(), threading.Event(), list[float]()
        threading.Thread(target=hear, args=(8461, session, heard, ready), daemon=True).start()
        if not ready.wait(30):
            sys.exit("the stream of news did not begin")
        probe(8462, customers[-3:], 3)
        heard.get(timeout=120)  # a machine's first start compiles for half a minute; a day does not begin with it
        time.sleep(3)
        loader = subprocess.Popen([sys.executable, "-m", "benchmarks.live", "load"], stdout=subprocess.PIPE)
        threading.Thread(target=use, args=(8461, session, stop, pages), daemon=True).start()
        cpu = _cpu(server.pid)
        sent, answers = probe(8462, customers, PROBES * SECONDS)
        told = json.loads(loader.communicate()[0])
        time.sleep(3)
        used = {name: round(seconds - cpu.get(name, 0), 1) for name, seconds in _cpu(server.pid).items()}
        stop.set()
    whose, arrived = owners(home), {}
    while not heard.empty():
        at, order = heard.get()
        if (customer := whose.get(order)) and customer in sent:
            arrived.setdefault(customer, at)
    waits = [arrived[customer] - sent[customer] for customer in sent if customer in arrived]
    return {
        "events_per_s": round(told["accepted"] / told["took_s"]), "probes": len(sent), "orders_heard": len(waits),
        "heard_p50_ms": _ms(waits, 0.5), "heard_p95_ms": _ms(waits, 0.95), "heard_p99_ms": _ms(waits, 0.99),
        "heard_max_ms": _ms(waits, 1.0), "answer_p50_ms": _ms(answers, 0.5), "answer_p99_ms": _ms(answers, 0.99),
        "slowest_batch_ms": round(told["slowest_ms"], 1), "pages": len(pages), "page_p50_ms": _ms(pages, 0.5),
        "page_p95_ms": round(1000 * statistics.quantiles(pages, n=20)[-1], 1), "cpu_s": used,
    }  # fmt: skip


def _cpu(pid: int) -> dict[str, float]:
    """CPU seconds of the server and its children so far, by command."""
    found: dict[str, float] = {}
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        words = process.cmdline()
        name = words[words.index("liuke") + 1] if "liuke" in words else process.name()
        times = process.cpu_times()
        found[name] = found.get(name, 0.0) + times.user + times.system
    return found


def main() -> None:
    """Runs and prints one JSON object."""
    about = machine()
    with tempfile.TemporaryDirectory(prefix="liuke-live-") as folder:
        figures = measure(Path(folder))
    ratios = {
        "p50_to_200_ms": round(figures["heard_p50_ms"] / 200, 3),
        "p99_to_1_s": round(figures["heard_p99_ms"] / 1000, 3),
    }
    print(json.dumps({"name": "live", "ratios": ratios, "figures": figures, "machine": about}))


if __name__ == "__main__":
    if sys.argv[1:] == ["load"]:
        load(8462)
    else:
        main()
