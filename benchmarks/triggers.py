"""The trigger engine on one core: from the bytes of the intake log to matches, with the state made durable.

1 million customers, 10 million events over three days (LIUKE_BENCH_CUSTOMERS, LIUKE_BENCH_EVENTS), one in fifty late,
some twice, batches of 10,000. With 1, 20 and 200 rules: the rule count-without on searches, the shipped rules, and
variations of their kinds. A snapshot is written and synced every LIUKE_BENCH_SNAPSHOT events (default 5 million) within
the time measured. Beside it: decoding the same bytes alone, into the collector's own type and into only what the rules
read. The count-without rule alone runs against a fold in plain Python over dictionaries, against Bytewax
(benchmarks/trigger_bytewax.py, in an environment of its own, or of LIUKE_BENCH_BYTEWAX) and against Spark Structured
Streaming (benchmarks/trigger_spark.py, in SQL and as an operator in Python), a fifth of the events each: on the whole
stream, and on one of nothing but the rule's own events. All must find the same matches; ratios are of CPU, TURNS times
in turn with Bytewax and Python, the median of each. Of ours and of Bytewax alike reading the file, starting from an
empty state and one durable snapshot at the end are counted, loading and compiling code is not.
Everything runs on one core (the process pins itself). The compiled code is loaded before the clock starts; what
compiling costs a new machine is told as `first_start_s` when it happened.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.machine import machine, peak_memory_mb
from benchmarks.trigger_spark import fingerprint, spark
from benchmarks.trigger_stream import NAMES, SEARCHES, Kinds, rules_for_bench, write_stream
from liuke.act.triggers import warm

EVENTS = int(os.environ.get("LIUKE_BENCH_EVENTS", "10000000"))
CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "1000000"))
SNAPSHOT = int(os.environ.get("LIUKE_BENCH_SNAPSHOT", "5000000"))
TURNS = int(os.environ.get("LIUKE_BENCH_TURNS", "3"))
BATCH = 10_000
SLICE = 100
"""Batches of the stream that Spark's Python operator gets: it would take minutes for all."""
ZONE = ZoneInfo("Asia/Shanghai")
HOME = Path(__file__).resolve().parents[1] / "examples" / "bank"


class Tracked(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """An event with all its fields, as the collector's own type."""

    event_id: str
    name: str
    occurred_at: int
    received_at: int
    customer_id: str | None
    anonymous_id: str | None
    channel: str | None
    session_id: str | None
    properties: dict[str, Any]
    source: str


class Taken(msgspec.Struct, gc=False):
    """A batch."""

    events: list[Tracked] = []


def chunks(path: Path, lengths: list[int]) -> Iterator[bytes]:
    with path.open("rb") as file:
        for length in lengths:
            yield file.read(length)


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What the work gives, and its wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def ours(path: Path, lengths: list[int], number: int, folder: Path, events: int) -> dict[str, Any]:
    from liuke.act.triggers.core import Core

    rules = rules_for_bench(HOME, number)
    file, worst, keys = folder / "core.state", 0.0, []

    def run() -> tuple[Core, int]:
        nonlocal worst
        core, matches, since = Core.start(rules, ZONE, room_gb=16), 0, 0
        for offset, data in enumerate(chunks(path, lengths)):
            begun = time.perf_counter()
            found = core.feed(data)
            worst = max(worst, time.perf_counter() - begun)
            matches += len(found)
            if number == 1:
                keys.extend((m.customer_id, m.matched_at) for m in found)
            since += BATCH
            if since >= SNAPSHOT:
                core.save(file, offset)
                since = 0
        core.save(file, len(lengths))
        return core, matches

    (core, matches), wall, cpu = timed(run)
    totals = core.totals
    _, save_s, _ = timed(lambda: core.save(file, len(lengths)))
    loaded, load_s, _ = timed(lambda: Core.load(file, rules, room_gb=16))
    assert loaded.totals.records == totals.records
    hits = sum(c.seen for c in core.counters.values())
    return {
        "keys": keys, "matches": matches, "wall_s": wall, "cpu_s": cpu, "worst_batch_ms": worst * 1000,
        "records": totals.records, "hits_per_event": hits / events, "customers": totals.customers,
        "record_bytes": totals.record_bytes / max(1, totals.records),
        "state_bytes": totals.state_bytes / max(1, totals.records),
        "evidence_bytes": totals.evidence_bytes / max(1, totals.records),
        "file_mb": file.stat().st_size / 2**20, "save_s": save_s, "load_s": load_s,
    }  # fmt: skip


def plain_fold(path: Path, lengths: list[int]) -> list[tuple[str, int]]:
    """The count-without rule in plain Python: dictionaries of the last three searches, no evidence, nothing durable."""
    decoder = msgspec.json.Decoder(Taken)
    week, cool = 7 * 86_400_000_000, 30 * 86_400_000_000
    searches: dict[str, list[int]] = {}
    barred: dict[str, int] = {}
    last: dict[str, int] = {}
    seen: set[tuple[str, int]] = set()
    found = []
    for data in chunks(path, lengths):
        for e in decoder.decode(data).events:
            if e.name not in ("search", "prepay_apply") or e.customer_id is None:
                continue
            if (e.event_id, e.occurred_at) in seen:
                continue
            seen.add((e.event_id, e.occurred_at))
            who, at = e.customer_id, e.occurred_at
            if e.name == "prepay_apply":
                barred[who] = max(at, barred.get(who, 0))
            elif "提前还款" in e.properties.get("keyword", ""):
                mine = searches.setdefault(who, [])
                mine.append(at)
                mine.sort()
                moment = mine[-1]
                floor = max(last.get(who, 0), moment - week)
                mine[:] = [t for t in mine if t > floor][-3:]
                if (
                    at in mine
                    and len(mine) == 3
                    and barred.get(who, 0) < mine[0]
                    and moment >= last.get(who, -cool) + cool
                ):
                    found.append((who, moment))
                    last[who] = moment
                    mine.clear()
    return found


def bytewax(path: Path, lengths: list[int]) -> dict[str, Any] | None:
    """What benchmarks/trigger_bytewax.py says of the stream; None without its environment."""
    python = os.environ.get("LIUKE_BENCH_BYTEWAX") or str(HOME.parents[1] / ".venv" / "bytewax" / "bin" / "python")
    if not Path(python).exists():
        return None
    about = path.with_suffix(".lengths")
    about.write_text(json.dumps(lengths), encoding="utf-8")
    script = Path(__file__).with_name("trigger_bytewax.py")
    told = subprocess.run([python, str(script), str(path), str(about)], capture_output=True, text=True, check=True)
    about.unlink()
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def one_rule(folder: Path, title: str, kinds: Kinds, events: int, figures: dict[str, Any]) -> dict[str, float]:
    """The rule count-without alone against the fold in plain Python and Bytewax, on one stream; ratios of CPU."""
    path = folder / "one.json"
    lengths = write_stream(path, events, CUSTOMERS, BATCH, kinds)
    turns: dict[str, list[float]] = {"ours": [], "plain Python": [], "Bytewax": []}
    for _ in range(TURNS):
        mine = ours(path, lengths, 1, folder, events)
        plain, _, cpu = timed(lambda: plain_fold(path, lengths))
        assert sorted(plain) == sorted(mine["keys"]), "the plain fold found other matches"
        turns["ours"].append(mine["cpu_s"])
        turns["plain Python"].append(cpu)
        if told := bytewax(path, lengths):
            assert told["matches"] == len(plain), "Bytewax found other matches"
            turns["Bytewax"].append(told["cpu_seconds"])
    took = {name: statistics.median(times) for name, times in turns.items() if times}
    figures |= {f"{name}, {title}": round(events / cpu) for name, cpu in took.items()}
    ratios = {f"over {name}, {title}": round(cpu / took["ours"], 2) for name, cpu in took.items() if name != "ours"}
    rate = events / took["ours"]
    ratios |= over_spark("SQL", path, lengths, title, rate, figures)
    ratios |= over_spark("Python", path, lengths[:SLICE], title, rate, figures)
    path.unlink()
    return ratios


def over_spark(
    way: str, path: Path, lengths: list[int], title: str, rate: float, figures: dict[str, Any]
) -> dict[str, float]:
    """Our events per CPU second over Spark's in its steady state; the matches must be the plain fold's."""
    told = spark(path, lengths, way.lower())
    if told is None:
        return {}
    assert told["fingerprint"] == fingerprint(plain_fold(path, lengths)), "Spark found other matches"
    figures[f"Spark in {way}, {title}"] = round(told["events"] / told["cpu_seconds"])
    figures[f"Spark in {way}, per wall second, {title}"] = round(told["events"] / told["seconds"])
    return {f"over Spark in {way}, {title}": round(rate * told["cpu_seconds"] / told["events"], 2)}


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    described = machine()
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("LIUKE_BENCH_FOLDER")))
    path = folder / "stream.json"
    lengths = write_stream(path, EVENTS, CUSTOMERS, BATCH)
    figures: dict[str, Any] = {"events": EVENTS, "customers": CUSTOMERS}
    figures["bytes_per_event"] = round(path.stat().st_size / EVENTS)
    _, figures["first_start_s"], _ = timed(warm)
    decoder = msgspec.json.Decoder(Taken)
    _, wall, cpu = timed(lambda: sum(len(decoder.decode(d).events) for d in chunks(path, lengths)))
    figures["decode_alone_events_per_s"] = round(EVENTS / wall)
    figures["decode_alone_events_per_cpu_s"] = round(EVENTS / cpu)
    for number in (1, 20, 200):
        result = ours(path, lengths, number, folder, EVENTS)
        result.pop("keys")
        result["events_per_s"] = EVENTS / result["wall_s"]
        result["events_per_cpu_s"] = EVENTS / result["cpu_s"]
        for name, value in result.items():
            figures[f"{name} ({number} rules)"] = round(value, 3 if value < 1000 else None)
    path.unlink()
    decoding = figures["decode_alone_events_per_cpu_s"]
    ratios = {f"{n} rules, of decoding alone": round(figures[f"events_per_cpu_s ({n} rules)"] / decoding, 2)
              for n in (1, 20, 200)}  # fmt: skip
    ratios |= one_rule(folder, "one rule, all events", NAMES, EVENTS // 5, figures)
    ratios |= one_rule(folder, "one rule, its events only", SEARCHES, EVENTS // 5, figures)
    figures["peak_memory_mb"] = peak_memory_mb()
    shutil.rmtree(folder)
    print(json.dumps({"ratios": ratios, "figures": figures, "machine": described}, ensure_ascii=False))


if __name__ == "__main__":
    main()
