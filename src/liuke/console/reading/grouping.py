"""Clusters: the model in use, the figures of the last run, and one cluster's customers within a person's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from liuke.console.reading.lending import Reader
from liuke.errors import YourMistake
from liuke.insight.clusters.board import ClusterBoard, ClusterRow, board
from liuke.insight.clusters.model import ClusterModel
from liuke.insight.clusters.shelf import FILE, active
from liuke.insight.rules.references import Resolved
from liuke.insight.rules.tree import AttributeTest
from liuke.tables import CLUSTER_SIZE


@dataclass(frozen=True, slots=True)
class Clusters:
    """The board; None without clusters. mistake: why the model cannot be used."""

    board: ClusterBoard | None
    mistake: YourMistake | None = None

    def row(self, number: int) -> ClusterRow | None:
        """The cluster of that number."""
        return next((r for r in self.board.rows if r.cluster.number == number), None) if self.board else None


def clusters(reader: Reader) -> Clusters:
    """What the page shows; the model is read again only when the registry changes."""
    folder = reader.house.clusters
    path = folder / FILE
    try:
        model = _active(folder, path.stat().st_mtime_ns) if path.is_file() else None
    except YourMistake as error:
        return Clusters(None, error)
    return Clusters(board(reader.house.lake, reader.engine, model) if model else None)


def sizes_of(reader: Reader, version: str, number: int) -> list[tuple[date, int]]:
    """The cluster's customers by day, the oldest first, at most 90."""
    rows = reader.house.lake.scan(reader.engine, CLUSTER_SIZE)
    mine = rows.filter(rows.version == version, rows.cluster == number).select("as_of", "customers")
    found = reader.engine.arrow(mine.order_by("as_of")).to_pylist()
    return [(row["as_of"], row["customers"]) for row in found[-90:]]


def members(number: int) -> Resolved:
    """The rule that a cluster's customers meet."""
    return AttributeTest(attribute="cluster_number", value=number)


@lru_cache(maxsize=4)
def _active(folder: Path, _changed: int) -> ClusterModel | None:
    return active(folder)
