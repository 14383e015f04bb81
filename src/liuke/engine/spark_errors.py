"""Spark's failures as messages that say what to change."""

from __future__ import annotations

import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from liuke.errors import TryAgain

_MEMORY = ("OutOfMemoryError", "No space left on device", "SparkOutOfMemoryError")
_FILES = (
    "FAILED_READ_FILE",
    "PATH_NOT_FOUND",
    "CANNOT_READ_FILE_FOOTER",
    "is not a Parquet file",
    "FileNotFoundException",
)


class ClearErrors:
    """Turns Spark's resource failures and unreadable files into TryAgain with what to change."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, (PySparkException, Py4JJavaError, pa.ArrowInvalid, OSError)):
            return
        text = str(error)
        if any(sign in text for sign in _MEMORY):
            raise TryAgain(
                f"the query did not fit in the engine's memory and spill space: {_first_line(text)}",
                then="raise engine.memory_limit_mb in liuke.yaml or free disk space, then run the command again",
            ) from error
        if isinstance(error, OSError | pa.ArrowInvalid) or any(sign in text for sign in _FILES):
            raise TryAgain(
                f"a data file cannot be read: {_first_line(text)}",
                state="nothing of this step is visible",
                then="restore the file from a backup or mend its permissions, then run the same command again",
            ) from error


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")
