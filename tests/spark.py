"""Spark for tests: small, on two cores, one JVM per test process, settings that start and plan quickly."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from liuke.engine import Engine, open_spark

CONF: Mapping[str, str] = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:MetaspaceSize=300m -Xms1g -Xmn500m",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.parquet.columnarReaderBatchSize": "256",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.ui.explainMode": "simple",
}
"""Generated code and plans that adapt pay for themselves on data larger than a test's; the nightly tests run
without these settings. The heap is taken at once: growing it step by step costs a tenth of the time.
"""


def small_spark() -> Engine:
    """A Spark engine; skips the test where there is no Java."""
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("no Java on the PATH")
    return open_spark(master="local[2]", memory_limit_mb=1024, spill=None, conf=CONF)


def small_spark_in(home: Path) -> None:
    """Starts the tests' Spark and lets the bank home take it with the same settings, should it be asked for Spark."""
    small_spark().close()
    engine = {"spark": {"master": "local[2]", "conf": dict(CONF)}}
    with (home / "liuke.yaml").open("a", encoding="utf-8") as settings:
        settings.write(yaml.safe_dump({"engine": engine}))
