"""Tables on disk and what is known about them."""

from __future__ import annotations

from liuke.lake.arrangement import arranged, in_stretches
from liuke.lake.bitemporal import known, newest
from liuke.lake.catalog import TableStatus, status
from liuke.lake.store import Lake

__all__ = ["Lake", "TableStatus", "arranged", "in_stretches", "known", "newest", "status"]
