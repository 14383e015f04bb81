"""The next best action of one customer after the other over HTTP, as a bank's app asks: 200 a second, open loop.

A simulated bank of LIUKE_BENCH_CUSTOMERS (default 20000) after one daily run is served by `liuke serve`, in
LIUKE_BENCH_SERVERS processes (default 1), each on a port of its own as behind a proxy. Questions arrive at random
moments (Poisson, LIUKE_BENCH_RATE a second on average, default 200) for LIUKE_BENCH_SECONDS (default 30), about random
customers, whatever became of the questions before; each is timed from the moment it was due. Key, scope, purpose,
branch, today's contacts, decision, explanation in two languages and an audit row on disk are part of each. The floor in
the same run: the same servers saying that there is no such address. LIUKE_BENCH_HOME takes a home made before.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
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

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "20000"))
SERVERS = int(os.environ.get("LIUKE_BENCH_SERVERS", "1"))
RATE = int(os.environ.get("LIUKE_BENCH_RATE", "200"))
SECONDS = int(os.environ.get("LIUKE_BENCH_SECONDS", "30"))
END, PORT, CONNECTIONS, BUDGET_MS = date(2026, 6, 30), 8471, 64, 50
HEAD_OFFICE = """
from liuke.wiring import open_house
from liuke.wiring.state import start_state
start_state(open_house().home)
from liuke.state.models import Branch
print(Branch.objects.get(level="head").branch_id)
"""


def new_key(home: Path) -> str:
    """A key of the head office that may ask as fast as we do."""
    told = subprocess.run(
        [sys.executable, "-c", HEAD_OFFICE], env={**os.environ, "LIUKE_HOME": str(home)}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    words = ["keys", "add", "bench", "--scope", "next_best_action", "--purpose", "marketing", "--rate", "1000",
             "--json", "--branch", told.stdout.split()[-1], "--home", str(home)]  # fmt: skip
    made = subprocess.run([sys.executable, "-m", "liuke", *words], check=True, capture_output=True, text=True)
    return str(json.loads(made.stdout)["key"])


def people(home: Path) -> list[str]:
    """Everybody."""
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    rows = Lake(home / "lake").scan(engine, CUSTOMER_SNAPSHOT).select("customer_id").order_by("customer_id")
    found = engine.arrow(rows)["customer_id"].to_pylist()
    engine.close()
    return [str(customer) for customer in found]


@contextmanager
def served(home: Path) -> Iterator[list[psutil.Process]]:
    """The servers, ready."""
    command = [sys.executable, "-m", "liuke", "serve", "--home", str(home), "--no-collect", "--no-send", "--port"]
    begun = [subprocess.Popen([*command, str(PORT + n)], stdout=sys.stderr) for n in range(SERVERS)]
    try:
        for n in range(SERVERS):
            wait_for(PORT + n, "/login/")
        yield [psutil.Process(each.pid) for each in begun]
    finally:
        for each in begun:
            each.terminate()
        for each in begun:
            each.wait(90)


async def ask(paths: list[str], key: str, wanted: int) -> list[float]:
    """Seconds from when each question was due to its whole answer; stops at an answer of another status."""
    dice, due, moment = random.Random(20261130), [], 0.0
    for _ in paths:
        moment += dice.expovariate(RATE)
        due.append(moment)
    waiting: asyncio.Queue[int | None] = asyncio.Queue()
    took = [0.0] * len(paths)
    start = time.perf_counter() + 0.5

    async def connection(n: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT + n % SERVERS)
        while (at := await waiting.get()) is not None:
            head = f"GET {paths[at]} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"
            writer.write(head.encode())
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
            length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
            body = await reader.readexactly(length)
            if int(lines[0].split()[1]) != wanted:
                sys.exit(f"{lines[0]}: {body.decode()}")
            took[at] = time.perf_counter() - start - due[at]
        writer.close()

    workers = [asyncio.create_task(connection(n)) for n in range(CONNECTIONS)]
    for at, when in enumerate(due):
        await asyncio.sleep(max(0.0, start + when - time.perf_counter()))
        waiting.put_nowait(at)
    for _ in workers:
        waiting.put_nowait(None)
    await asyncio.gather(*workers)
    return took


def timed(paths: list[str], key: str, wanted: int, servers: list[psutil.Process]) -> dict[str, Any]:
    """One open loop: milliseconds, and CPU milliseconds of the servers per question."""
    before = _cpu(servers)
    took = sorted(1000 * seconds for seconds in asyncio.run(ask(paths, key, wanted)))

    def at(share: float) -> float:
        return round(took[min(len(took) - 1, int(share * len(took)))], 1)

    return {
        "questions": len(took), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "worst_ms": at(1.0),
        "server_cpu_ms": round(1000 * (_cpu(servers) - before) / len(took), 2),
        "load": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def _cpu(servers: list[psutil.Process]) -> float:
    return sum(sum(server.cpu_times()[:2]) for server in servers)


def measure(folder: Path) -> dict[str, Any]:
    """Floor and decisions in one run."""
    given = os.environ.get("LIUKE_BENCH_HOME")
    home = Path(given) if given else simulated_home(folder, CUSTOMERS, END)
    key, everybody, dice = new_key(home), people(home), random.Random(7)

    def questions(count: int) -> list[str]:
        chosen = dice.choices(everybody, k=count)
        return [f"/api/v1/customers/{who}/next-best-action?purpose=marketing" for who in chosen]

    with served(home) as servers:
        asyncio.run(ask(questions(20 * SERVERS), key, 200))  # the first waits until the day is read
        timed(questions(5 * RATE), key, 200, servers)
        floor = timed(["/api/v1/nothing"] * (RATE * SECONDS // 3), key, 404, servers)
        one = timed(questions(RATE * SECONDS), key, 200, servers)
        memory = max(server.memory_info().rss for server in servers) // 2**20
    told = {"customers": len(everybody), "servers": SERVERS, "rate": RATE, "server_mb": memory}
    return told | {"one": one, "floor": floor}


def main() -> None:
    """Runs and prints one JSON object."""
    about = machine()
    with tempfile.TemporaryDirectory(prefix="liuke-decide-one-") as folder:
        figures = measure(Path(folder))
    ratios = {
        "p99_to_50_ms": round(figures["one"]["p99_ms"] / BUDGET_MS, 2),
        "cpu_to_floor": round(figures["one"]["server_cpu_ms"] / figures["floor"]["server_cpu_ms"], 2),
    }
    print(json.dumps({"name": "decide_one", "ratios": ratios, "figures": figures, "machine": about}))


if __name__ == "__main__":
    main()
