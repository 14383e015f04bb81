"""Structured logs: one JSON object per line on stderr, without personal data."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = frozenset(
    {"name", "phone", "id_number", "address", "birth_date", "text", "note", "value", "row_text", "email"}
)
"""Keys that never reach a log; their values are replaced."""


def configure_logs(*, verbose: bool) -> None:
    """Warnings and errors by default, every step when `verbose`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # whatever stderr is by then
        cache_logger_on_first_use=False,
    )


def quiet_libraries() -> None:
    """Lets Django and other libraries log in our form. Left alone, Python prints their warnings as they are:
    addresses of customers' pages, and tracebacks with values in them.
    """
    root = logging.getLogger()
    if not any(isinstance(handler, _Libraries) for handler in root.handlers):
        root.addHandler(_Libraries(logging.WARNING))


class _Libraries(logging.Handler):
    """Writes a record without its arguments: they hold what was asked for. A text that was put together
    beforehand cannot be told from its arguments and is left out.
    """

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Any] = {"logger": record.name}
        if status := getattr(record, "status_code", None):
            facts["status"] = status
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            facts |= {"kind": type(error).__name__, "at": _raised_at(error)}
        text = str(record.msg) if record.args else "library"
        structlog.get_logger().log(record.levelno, text, **facts)


def _raised_at(error: BaseException) -> str:
    """File and line of the innermost frame."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: replaces the values of personal keys."""
    return {key: "<personal>" if key in PERSONAL else value for key, value in event.items()}
