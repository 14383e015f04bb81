"""Champion against challenger as the daily runs compared them on matured scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import ibis

from liuke.console.reading.lending import Reader
from liuke.console.reading.model_board import Registered
from liuke.insight.churn.watch.contest import Verdict
from liuke.stats.compare import Interval
from liuke.tables import CONTEST, SCORE

_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Duel:
    """One comparison. difference: AUC of the challenger minus the champion's, with its 95% interval."""

    challenger: str
    scored_on: date
    customers: int
    lost: int
    champion_auc: float | None
    challenger_auc: float | None
    difference: Interval | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Duels:
    """Newest first. first_on: when the first comparison can be made, while there is none; None when nobody waits."""

    found: tuple[Duel, ...]
    first_on: date | None


def duels(reader: Reader, lead: Registered) -> Duels:
    """The comparisons of the model in use with its challengers, at most eight."""
    rows = reader.house.lake.scan(reader.engine, CONTEST)
    mine = rows.filter(rows.model == lead.entry.name, rows.version == lead.entry.version)
    newest = reader.engine.arrow(mine.order_by([ibis.desc("scored_on"), "challenger"]).limit(_SHOWN)).to_pylist()
    return Duels(tuple(_duel(row) for row in newest), None if newest else _first_on(reader, lead))


def _duel(row: Mapping[str, Any]) -> Duel:
    found = None if row["low"] is None else Interval(row["difference"], row["low"], row["high"])
    return Duel(
        row["challenger"], row["scored_on"], row["customers"], row["lost"], row["auc"], row["challenger_auc"], found,
        row["verdict"],
    )  # fmt: skip


def _first_on(reader: Reader, lead: Registered) -> date | None:
    """The day from which the first day that both scored has matured."""
    definition = (lead.judged.facts if lead.judged else {}).get("definition")
    if not definition:
        return None
    rows = reader.house.lake.scan(reader.engine, SCORE)
    mine = rows.filter(rows.model == lead.entry.name)
    by_day = mine.group_by("as_of").aggregate(
        ours=(mine.version == lead.entry.version).cast("int64").max(),
        shadow=(mine.role == "shadow").cast("int64").max(),
    )
    both = by_day.filter(by_day.ours == 1, by_day.shadow == 1)
    first = reader.engine.arrow(both.aggregate(day=both.as_of.min()))["day"][0].as_py()
    days = timedelta(days=int(definition["horizon_days"]) + int(definition["gap_days"]))
    return None if first is None else first + days
