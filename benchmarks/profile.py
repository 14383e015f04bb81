"""The 360° page over HTTP, and the reading behind it, on a bank home that is given or made.

LIUKE_BENCH_HOME: an existing home, in which a log-in `bench` and audit rows appear; else LIUKE_BENCH_CUSTOMERS
(default 20,000) are simulated, loaded and run. Forty customers spread over the book, none asked for twice: the page as
the browser first paints it, then its timeline, through `liuke serve` with the log-in of a branch head of the whole
bank; and the library's profile and timelines of 60 and 400 days in this process. CPU stands beside wall time, the
server's where it answers.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path

import psutil

from benchmarks.daily import END, step
from benchmarks.machine import machine
from liuke.insight.profile import CustomerFile
from liuke.tables import CUSTOMER_SNAPSHOT
from liuke.wiring import House, open_house

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "20000"))
LOOKED_AT = 40
NEAR_DAYS = 60
PORT = 8765


def made(folder: Path, customers: int) -> Path:
    """A loaded home with one day run."""
    home, files = folder / "home", folder / "bank"
    step("-m", "liuke", "simulate", str(files), "--customers", str(customers), "--end", str(END), "--json", cwd=folder)
    step("-m", "liuke", "init", str(home), cwd=folder)
    source = str(files / "sources" / "simulated.yaml")
    step("-m", "liuke", "load", source, "--home", str(home), "--json", cwd=folder)
    step("-m", "liuke", "run", "--as-of", str(END), "--home", str(home), "--json", cwd=folder)
    return home


def book(house: House) -> tuple[date, list[str]]:
    """The day of the last run and its customers."""
    with house.engine() as engine:
        rows = engine.arrow(house.lake.scan(engine, CUSTOMER_SNAPSHOT).select("customer_id", "as_of"))
    return rows["as_of"][0].as_py(), sorted(rows["customer_id"].to_pylist())


def timed(ask: Callable[[str], object], people: list[str], cpu: Callable[[], float]) -> dict[str, float]:
    """Milliseconds: median and 95th percentile of wall time, mean CPU."""
    took: list[float] = []
    used = cpu()
    for who in people:
        began = time.perf_counter()
        ask(who)
        took.append((time.perf_counter() - began) * 1000)
    used = (cpu() - used) * 1000 / len(people)
    high = statistics.quantiles(took, n=20)[-1]
    return {"p50_ms": round(statistics.median(took), 1), "p95_ms": round(high, 1), "cpu_ms": round(used, 1)}


def library(house: House, day: date, people: list[str]) -> dict[str, dict[str, float]]:
    """The reading alone, in this process; the first customer, who pays for compiling, apart."""
    with house.engine() as engine:
        file = CustomerFile(house.lake, engine, house.as_of(day), zone=house.zone)
        near = day - timedelta(days=NEAR_DAYS)
        asks: dict[str, Callable[[str], object]] = {
            "profile": file.profile,
            "timeline_60": lambda who: file.timeline(who, since=near),
            "timeline_400": file.timeline,
        }
        found = {}
        for name, ask in asks.items():
            found[f"{name}_first"] = timed(ask, people[:1] * 2, time.process_time)
            found[name] = timed(ask, people[1:], time.process_time)
    return found


def pages(home: Path, people: list[str]) -> dict[str, dict[str, float]]:
    """The pages as a browser asks for them."""
    cookie = log_in(home)
    with served(home) as (server, line):

        def get(address: str) -> None:
            line.request("GET", address, headers={"Cookie": cookie})
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{address}: {answer.status}")

        def cpu() -> float:
            used = server.cpu_times()
            return float(used.user + used.system)

        first = timed(lambda who: get(f"/customers/{who}/"), people[:1] * 2, cpu)
        page = timed(lambda who: get(f"/customers/{who}/"), people[1:], cpu)
        timeline = timed(lambda who: get(f"/customers/{who}/timeline/"), people[1:], cpu)
    return {"page_first": first, "page": page, "page_timeline": timeline}


def log_in(home: Path) -> str:
    """A session of somebody who sees the whole bank, as a cookie."""
    from liuke.wiring.state import start_state

    start_state(home)
    from django.test import Client

    from liuke.state.accounts import ensure_user
    from liuke.state.models import Branch

    head = Branch.objects.get(level="head", parent_id="")
    person = ensure_user("bench", role="branch_head", password=secrets.token_urlsafe(24), branch_id=head.branch_id)
    client = Client(HTTP_HOST="localhost")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


@contextmanager
def served(home: Path) -> Iterator[tuple[psutil.Process, HTTPConnection]]:
    """`liuke serve` as a process of its own, and a connection to it."""
    command = [sys.executable, "-m", "liuke", "serve", "--home", str(home), "--port", str(PORT)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            yield psutil.Process(server.pid), _answering()
        finally:
            server.terminate()


def _answering() -> HTTPConnection:
    for _ in range(300):
        line = HTTPConnection("localhost", PORT, timeout=60)
        try:
            line.request("GET", "/login/")
            line.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return line
    raise SystemExit(f"nothing answers on port {PORT}")


def main() -> None:
    """Measures and prints one JSON object."""
    about, given = machine(), os.environ.get("LIUKE_BENCH_HOME")
    with tempfile.TemporaryDirectory(prefix="liuke-profile-") as folder:
        house = open_house(Path(given) if given else made(Path(folder), CUSTOMERS))
        day, everybody = book(house)
        people = [everybody[n * len(everybody) // LOOKED_AT] for n in range(LOOKED_AT)]
        found = pages(house.home, people) | library(house, day, people)
    figures = {"customers": len(everybody)} | {f"{n}_{k}": v for n, each in found.items() for k, v in each.items()}
    print(json.dumps({"name": "profile", "ratios": {}, "figures": figures, "machine": about}))


if __name__ == "__main__":
    main()
