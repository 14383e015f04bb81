"""Spark where it is asked for: it is an optional part of the installation and slow to import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from liuke.engine.base import Engine
from liuke.errors import YourMistake


def open_spark(*, master: str, memory_limit_mb: int | None, spill: Path | None, conf: Mapping[str, str]) -> Engine:
    """A SparkEngine; YourMistake when PySpark is not installed or Java does not start."""
    try:
        from liuke.engine.spark import SparkEngine
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pyspark", "py4j", "pandas", "pyarrow_hotfix"}:
            raise
        raise YourMistake(
            "the engine is spark, and PySpark is not installed",
            expected="Liuke with its extra `spark`",
            state="nothing was changed",
            then="pip install 'liuke[spark]'   # or use --engine duckdb",
        ) from error
    return SparkEngine(master=master, memory_limit_mb=memory_limit_mb, spill=spill, conf=conf)
