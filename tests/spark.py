"""Spark for tests: small, on two cores, one JVM per test process, settings that start and plan quickly."""

import os
import shutil
from collections.abc import Mapping

import pytest

from liuke.engine import Engine, open_spark

CONF: Mapping[str, str] = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
}
"""Generated code and plans that adapt pay for themselves on data larger than a test's; the nightly test runs
without these settings.
"""


nightly = pytest.mark.skipif(os.environ.get("LIUKE_NIGHTLY") != "1", reason="nightly: set LIUKE_NIGHTLY=1")
"""For what a quicker test covers as well: the whole day on Spark computes value, tags and segments, too."""


def small_spark() -> Engine:
    """A Spark engine; skips the test where there is no Java."""
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("no Java on the PATH")
    return open_spark(master="local[2]", memory_limit_mb=1024, spill=None, conf=CONF)
