"""CloudEvents 1.0 over HTTP: binary, structured and batch mode."""

from __future__ import annotations

from liuke.collect.tracking.cloudevents.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
