"""The 360° page's reading: profile and first timeline of one customer, on a bank home that is given or made.

LIUKE_BENCH_HOME: an existing home; else 20,000 customers are simulated, loaded and run. Forty customers spread over
the book are looked up twice each on one engine, compiled queries kept, as the console does.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.daily import END, step
from benchmarks.machine import machine
from liuke.insight.profile import CustomerFile
from liuke.tables import CUSTOMER_SNAPSHOT
from liuke.wiring import open_house

NEAR_DAYS = 60


def made(folder: Path, customers: int) -> Path:
    """A loaded home with one day run."""
    home, files = folder / "home", folder / "bank"
    step("-m", "liuke", "simulate", str(files), "--customers", str(customers), "--end", str(END), "--json", cwd=folder)
    step("-m", "liuke", "init", str(home), cwd=folder)
    source = str(files / "sources" / "simulated.yaml")
    step("-m", "liuke", "load", source, "--home", str(home), "--json", cwd=folder)
    step("-m", "liuke", "run", "--as-of", str(END), "--home", str(home), "--json", cwd=folder)
    return home


def measure(home: Path) -> dict[str, float]:
    """Milliseconds: the first customer, and the median and worst of the others, page by page."""
    house = open_house(home)
    with house.engine() as engine:
        rows = house.lake.scan(engine, CUSTOMER_SNAPSHOT).select("customer_id", "as_of")
        people = sorted(engine.arrow(rows).to_pylist(), key=lambda row: row["customer_id"])
        day = people[0]["as_of"]
        file = CustomerFile(house.lake, engine, house.as_of(day), zone=house.zone)
        took: list[float] = []
        for number in (0, *(n * len(people) // 40 for n in range(40) for _ in range(2))):
            began = time.perf_counter()
            who = people[number]["customer_id"]
            file.profile(who)
            file.timeline(who, since=day - timedelta(days=NEAR_DAYS))
            took.append((time.perf_counter() - began) * 1000)
    later = took[1:]
    figures = {"first_ms": took[0], "p50_ms": statistics.median(later), "max_ms": max(later)}
    return {"customers": len(people)} | {name: round(value, 1) for name, value in figures.items()}


def main() -> None:
    """Measures and prints one JSON object."""
    given = os.environ.get("LIUKE_BENCH_HOME")
    with tempfile.TemporaryDirectory(prefix="liuke-profile-") as folder:
        figures = measure(Path(given) if given else made(Path(folder), 20_000))
    print(json.dumps({"name": "profile", "ratios": {}, "figures": figures, "machine": machine()}))


if __name__ == "__main__":
    main()
