"""One Spark per process, started when first asked for: the JVM takes seconds to start."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import psutil
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from liuke.errors import YourMistake

_starting = threading.Lock()

SQL_SETTINGS: dict[str, str] = {
    # As on DuckDB: overflow and impossible casts fail, nothing turns into null unseen.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.mapKeyDedupPolicy": "LAST_WIN",
    # Files that every reader of ours understands: UTC microseconds and the proleptic Gregorian calendar.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.compression.codec": "snappy",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}
"""What makes results and files equal to the other engine's; nothing overrides it."""

_JAVA = "spark.driver.extraJavaOptions"
"""Ours stay beside those of the bank."""

_QUIET = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
"""


def spark_session(master: str, *, memory_mb: int | None, conf: Mapping[str, str]) -> SparkSession:
    """A new session, with temporary views of its own, on the process' Spark; starts it when there is none.

    master and memory_mb (default half of the machine) count for the first session of a process only; a Spark
    that somebody else started in this process is used as it is. conf: further Spark settings, which may
    override ours except those that make results equal. Raises YourMistake when Java does not start.
    """
    with _starting:
        context = SparkContext._active_spark_context or _start(master, memory_mb, conf)
    # PySpark logs each failed query, values and all; the error itself is raised anyway.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    session = SparkSession(context).newSession()
    partitions = {"spark.sql.shuffle.partitions": str(2 * max(context.defaultParallelism, 1))}
    of_session = {key: value for key, value in conf.items() if key.startswith("spark.sql.")}
    for key, value in (partitions | of_session | SQL_SETTINGS).items():
        session.conf.set(key, value)
    return session


def _start(master: str, memory_mb: int | None, conf: Mapping[str, str]) -> SparkContext:
    folder = Path(tempfile.mkdtemp(prefix="liuke-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = _settings(folder, master, memory_mb)
    settings |= {
        key: f"{settings[key]} {value}" if key == _JAVA else value for key, value in conf.items()
    } | SQL_SETTINGS
    made = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    log = folder / "spark.log"
    # The JVM prints warnings nobody can act on before its logging is configured; they go where the log goes.
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        with log.open("w") as written:
            gateway = launch_gateway(made, {"stdout": written, "stderr": written})  # type: ignore[no-untyped-call]
        context = SparkContext(conf=made, gateway=gateway)
    except (PySparkRuntimeError, OSError) as error:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise YourMistake(
            f"Spark did not start: {said[-1] if said else error}",
            expected="Java 17 or 21 as `java` on the PATH or in JAVA_HOME",
            state="nothing was changed",
            then="install a Java runtime and run the command again, or use `--engine duckdb`",
        ) from error
    atexit.register(context.stop)
    return context


def _settings(folder: Path, master: str, memory_mb: int | None) -> dict[str, str]:
    """Everything stays on this machine unless `master` says otherwise: no UI, no packages, no outside address."""
    quiet = folder / "log4j2.properties"
    quiet.write_text(_QUIET, encoding="utf-8")
    limit = memory_mb or psutil.virtual_memory().total // 2**21
    local = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": f"{limit}m",
    }
    return (local if master.startswith("local") else {}) | {
        "spark.app.name": "liuke",
        "spark.master": master,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder / "scratch"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        _JAVA: f"-Dlog4j2.configurationFile={quiet.as_uri()} -Duser.timezone=UTC",
    }  # fmt: skip
