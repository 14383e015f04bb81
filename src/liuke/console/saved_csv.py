"""The effect board as a file: every table, numbers as they are. What the page hides is empty here too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from liuke.console.figures import group
from liuke.console.reading.saved import Seen
from liuke.console.saved_rows import is_shown
from liuke.console.showing import locale
from liuke.govern.spreadsheet import inert
from liuke.stats.compare import Interval
from liuke.track.saved.reading import Reading
from liuke.track.saved.shrinking import GroupRow

_READ: Final = ("difference", "saves", "aum", "cost_per_save", "return")
_SHRUNKEN: Final = ("shrunken_difference", "shrunken_saves", "shrunken_aum")
HEAD: Final = (
    "table", "key", "name", "treated_measured", "holdout_measured", "spent", "cost",
    *(f"{name}{end}" for name in (*_READ, *_SHRUNKEN) for end in ("", "_low", "_high")),
)  # fmt: skip


def csv_rows(found: Seen, branches: Mapping[str, str], staff: Mapping[str, str]) -> Iterator[list[str]]:
    """HEAD, then a row per headline, source, step (so far), branch and RM. branches, staff: names by id."""
    board = found.board
    yield list(HEAD)
    yield _row("headline", "global" if board.everybody else "once", "", board.last_word, spent=board.spent)
    for row in board.sources:
        name = found.name_of(row.source, locale())
        yield _row("source", row.source.experiment, name, row.reading, spent=row.spent)
    for day, reading in board.everybody.days if board.everybody else ():
        yield _row("global_so_far", day.isoformat(), "", reading)
    for step in board.steps:
        yield _row("so_far", step.begins.isoformat(), "", step.so_far)
    for table, rows, names in (("branch", board.branches, branches), ("rm", board.staff, staff)):
        for each in rows:
            yield _row(table, each.key, names.get(each.key, ""), each.raw, each)


def _row(
    table: str, key: str, name: str, reading: Reading, drawn: GroupRow | None = None, *, spent: float | None = None
) -> list[str]:
    measured = (reading.treated.measured, reading.holdout.measured)
    told = is_shown(reading) and not (drawn and drawn.hidden)
    # Of the global hold-out only the whole period's cost is known.
    cost = spent if key == "global" else None if table == "global_so_far" else reading.cost
    own = (reading.difference, reading.saves, reading.aum, reading.per_save(cost), reading.per_cost(cost))
    shrunken = (drawn.difference, drawn.saves, drawn.aum) if drawn else (None, None, None)
    amounts = [f"{a:.2f}" if told and a is not None else "" for a in (spent, cost)]
    cells = [text for interval in (*own, *shrunken) for text in _three(interval if told else None)]
    return [table, inert(key), inert(name), *(group(n) for n in measured), *amounts, *cells]


def _three(interval: Interval | None) -> tuple[str, str, str]:
    if interval is None:
        return "", "", ""
    return f"{interval.estimate:.6g}", f"{interval.low:.6g}", f"{interval.high:.6g}"
