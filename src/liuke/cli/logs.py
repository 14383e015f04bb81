"""Structured logs: one JSON object per line on stderr, without personal data."""

from __future__ import annotations

import logging
import sys
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


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: replaces the values of personal keys."""
    return {key: "<personal>" if key in PERSONAL else value for key, value in event.items()}
