"""The count-without rule on Spark Structured Streaming, over the stream of benchmarks/triggers.py.

Usage: python -m benchmarks.trigger_spark STREAM LENGTHS sql|python. LENGTHS is a JSON file with the bytes of each
batch. Prints one JSON object: events, seconds, CPU seconds (of Python, the JVM and Spark's Python workers), the
fingerprint of the matches.

The stream is laid down as files of one JSON object per line, the shape that Spark reads fastest (from arrays it is a
quarter slower), and read with only the fields that the rule needs. One core: `local[1]`, one partition, all pinned.
Every micro-batch is checkpointed, its state with it. Start-up is left out: the same JVM first runs the whole query,
then again with a checkpoint of its own, and what is measured is the second from the end of its first micro-batch on.

Two ways, since neither is better in everything:

- sql: an aggregate that keeps all of a customer's events and folds them anew when one is added, no Python. It is the
  faster, but forgets nothing (neither does a stream of three days give it anything to forget) and tells a match again
  each time, for the reader to know it.
- python: `transformWithState`, a fold per customer over the same small state as trigger_bytewax.py, in RocksDB. Needs
  protobuf. (`applyInPandasWithState` and `transformWithStateInPandas` took two to four times as long.)
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import psutil

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WEEK, COOL = 7 * 86_400_000_000, 30 * 86_400_000_000
BATCHES = {"sql": 50, "python": 25}
"""Batches of the stream that one micro-batch takes; fewer cost more per event."""
FIELDS = (
    "event_id string, name string, occurred_at long, received_at long, customer_id string, "
    "properties struct<keyword: string>"
)
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "3g",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
ROCKS = {
    "spark.sql.streaming.stateStore.providerClass":
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
}  # fmt: skip
FOLD = f"""
aggregate(
  events,
  named_struct('searches', cast(array() as array<bigint>), 'barred', 0L, 'last', -{COOL}L,
               'found', cast(array() as array<bigint>)),
  (s, e) -> CASE WHEN NOT e.is_search
    THEN named_struct('searches', s.searches, 'barred', greatest(s.barred, e.at), 'last', s.last, 'found', s.found)
    ELSE transform(
      array(slice(sort_array(filter(s.searches || array(e.at),
        t -> t > greatest(s.last, array_max(s.searches || array(e.at)) - {WEEK}L)), false), 1, 3)),
      n -> CASE WHEN size(n) = 3 AND array_contains(n, e.at) AND s.barred < n[2] AND n[0] >= s.last + {COOL}L
        THEN named_struct('searches', cast(array() as array<bigint>), 'barred', s.barred, 'last', n[0],
                          'found', s.found || array(n[0]))
        ELSE named_struct('searches', n, 'barred', s.barred, 'last', s.last, 'found', s.found) END)[0] END,
  s -> s.found)"""
"""The rule over the customer's events in order of arrival, as `step` is over one; searches are newest first."""


def fingerprint(matches: Iterable[tuple[str, int]]) -> str:
    """The same for the same matches (customer, moment), in whatever order they were found."""
    return hashlib.sha256("\n".join(f"{who} {moment}" for who, moment in sorted(set(matches))).encode()).hexdigest()


def spark(path: Path, lengths: list[int], way: str) -> dict[str, Any] | None:
    """What this script says of the stream, run on its own; None without Java, or without protobuf where needed."""
    if shutil.which("java") is None or (way == "python" and not has_protobuf()):
        return None
    about = path.with_suffix(".lengths")
    about.write_text(json.dumps(lengths), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.trigger_spark", str(path), str(about), way]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parents[1])
    about.unlink()
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def has_protobuf() -> bool:
    try:
        return importlib.util.find_spec("google.protobuf") is not None
    except ModuleNotFoundError:
        return False


def lay_down(path: Path, lengths: list[int], folder: Path) -> int:
    """Writes the stream as files of one event per line, one file a batch, in order of their times; number of events."""
    fields = ("event_id", "name", "occurred_at", "received_at", "customer_id", "anonymous_id", "channel", "session_id",
              "properties", "source")  # fmt: skip
    encoder, events = msgspec.json.Encoder(), 0
    with path.open("rb") as stream:
        for n, length in enumerate(lengths):
            rows = msgspec.json.decode(stream.read(length))["events"]
            file = folder / f"{n:06}.json"
            file.write_bytes(encoder.encode_lines([dict(zip(fields, row, strict=True)) for row in rows]))
            os.utime(file, (1_700_000_000 + n,) * 2)
            events += len(rows)
    return events


def meant(session: SparkSession, folder: Path, per_batch: int) -> DataFrame:
    """The events that the rule reads."""
    from pyspark.sql import functions as f

    read = session.readStream.schema(FIELDS).option("maxFilesPerTrigger", per_batch).json(str(folder))
    searched = (f.col("name") == "search") & f.col("properties.keyword").contains("提前还款")
    return (
        read.where((searched | (f.col("name") == "prepay_apply")) & f.col("customer_id").isNotNull())
        .select("customer_id", "event_id", (f.col("name") == "search").alias("is_search"),
                f.col("occurred_at").alias("at"), "received_at", f.timestamp_micros("occurred_at").alias("moment"))
        .withWatermark("moment", "1 day")
    )  # fmt: skip


def in_sql(events: DataFrame) -> DataFrame:
    from pyspark.sql import functions as f

    known = f.sort_array(f.collect_set(f.struct("received_at", "event_id", "is_search", "at")))
    kept = events.groupBy("customer_id").agg(known.alias("events")).where("size(events) >= 3")
    return kept.select("customer_id", f.explode(f.expr(FOLD)).alias("at"))


def in_python(events: DataFrame) -> DataFrame:
    from pyspark.sql import Row
    from pyspark.sql.streaming.stateful_processor import StatefulProcessor

    class CountWithout(StatefulProcessor):
        def init(self, handle: Any) -> None:
            kept = "searches array<long>, barred long, last long, ids array<string>"
            self._state = handle.getValueState("rule", kept)

        def handleInputRows(self, key: Any, rows: Iterator[Any], timerValues: Any) -> Iterator[Any]:  # noqa: N802, N803
            state = self._state.get() or ([], 0, -COOL, [])
            for row in sorted(rows, key=lambda row: row.received_at):
                state, moment = step(state, row)
                if moment is not None:
                    yield Row(customer_id=key[0], at=moment)
            self._state.update(state)

        def close(self) -> None:
            pass

    by_customer = events.groupBy("customer_id")
    return by_customer.transformWithState(CountWithout(), "customer_id string, at long", "append", "eventTime")


def step(state: Any, event: Any) -> tuple[Any, int | None]:
    """state: searches, moment of the newest application, of the last match, recent ids."""
    searches, barred, last, ids = state
    if event.event_id in ids:
        return state, None
    ids = [*ids[-7:], event.event_id]
    if not event.is_search:
        return (searches, max(barred, event.at), last, ids), None
    searches = sorted([*searches, event.at])
    moment = searches[-1]
    floor = max(last, moment - WEEK)
    searches = [t for t in searches if t > floor][-3:]
    if event.at in searches and len(searches) == 3 and barred < searches[0] and moment >= last + COOL:
        return ([], barred, moment, ids), moment
    return (searches, barred, last, ids), None


def cpu_seconds() -> float:
    """Of this process and all below it, those that ended too."""
    spent, me = 0.0, psutil.Process()
    for process in (me, *me.children(recursive=True)):
        times = process.cpu_times()
        spent += times.user + times.system + times.children_user + times.children_system
    return spent


def run(session: SparkSession, folder: Path, checkpoint: Path, way: str) -> tuple[set[tuple[str, int]], float, float]:
    """The matches, and the wall and CPU seconds from the end of the first micro-batch to that of the last."""
    found: set[tuple[str, int]] = set()
    marks: list[tuple[float, float]] = []

    def take(batch: DataFrame, _: int) -> None:
        found.update((row.customer_id, row.at) for row in batch.collect())
        marks.append((time.perf_counter(), cpu_seconds()))

    events = meant(session, folder, BATCHES[way])
    matched, mode = (in_sql(events), "update") if way == "sql" else (in_python(events), "append")
    writing = matched.writeStream.foreachBatch(take).outputMode(mode).option("checkpointLocation", str(checkpoint))
    writing.trigger(availableNow=True).start().awaitTermination()
    return found, marks[-1][0] - marks[0][0], marks[-1][1] - marks[0][1]


def main(path: Path, lengths: list[int], way: str) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    folder = Path(tempfile.mkdtemp(dir=path.parent))
    (folder / "in").mkdir()
    events = lay_down(path, lengths, folder / "in")
    builder = SparkSession.builder.master("local[1]").config(map=SETTINGS | (ROCKS if way == "python" else {}))
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    run(session, folder / "in", folder / "warm", way)
    found, seconds, cpu = run(session, folder / "in", folder / "kept", way)
    session.stop()
    shutil.rmtree(folder)
    counted = round(events * (1 - BATCHES[way] / len(lengths)))
    print(json.dumps({"events": counted, "seconds": seconds, "cpu_seconds": cpu, "matches": len(found),
                      "fingerprint": fingerprint(found)}))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), sys.argv[3])
