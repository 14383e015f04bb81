"""The only place that executes queries."""

from __future__ import annotations

from liuke.engine.base import Engine
from liuke.engine.choice import open_spark
from liuke.engine.duck import DuckEngine
from liuke.engine.parameters import Prepared, parameter
from liuke.engine.shown import named, shown_sql

__all__ = ["DuckEngine", "Engine", "Prepared", "named", "open_spark", "parameter", "shown_sql"]
