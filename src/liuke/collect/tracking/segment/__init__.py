"""Segment's HTTP tracking API, as its own clients speak it."""

from __future__ import annotations

from liuke.collect.tracking.segment.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
