"""Our own: one JSON event a line, for senders that have no vendor's client."""

from __future__ import annotations

from liuke.collect.tracking.plain.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
