"""神策 (Sensors Data): what its clients send to /sa, /sa.gif and /debug."""

from __future__ import annotations

from liuke.collect.tracking.sensors.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
