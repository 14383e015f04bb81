"""Data in: mappings of a bank's files to contracts, and the load that never leaves anything half-visible."""

from __future__ import annotations

from liuke.collect.load import load
from liuke.collect.mapping import Source
from liuke.collect.report import Finding, LoadReport, Progress, TableReport

__all__ = ["Finding", "LoadReport", "Progress", "Source", "TableReport", "load"]
