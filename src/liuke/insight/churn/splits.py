"""Which past days a model learns from and on which later ones it is judged. Pure: dates in, dates out."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from liuke.errors import Place, YourMistake
from liuke.insight.churn.definition import ChurnDefinition, TrainingRule


@dataclass(frozen=True, slots=True)
class Plan:
    """Snapshots in order. The label window of every `train` day closed before the first of `test`.

    purged: days between, whose outcome lies in the time of the test and would tell the model about it.
    """

    train: tuple[date, ...]
    test: tuple[date, ...]
    purged: tuple[date, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The days whose examples are made."""
        return self.train + self.test


def snapshot_days(first: date, last: date, definition: ChurnDefinition, rule: TrainingRule) -> tuple[date, ...]:
    """The days to take, rising: with `history_days` of data before them and their label window closed by `last`.

    first, last: first and last business day of the bank's data. Raises YourMistake when there are fewer than two.
    """
    earliest = first + timedelta(days=rule.history_days)
    latest = last - timedelta(days=definition.gap_days + definition.horizon_days)
    if isinstance(rule.every, int):
        found = [latest - timedelta(days=n) for n in range(0, max((latest - earliest).days, -1) + 1, rule.every)]
    else:
        found = [day for day in _month_ends(latest) if day >= earliest] if earliest <= latest else []
    days = tuple(sorted(found[: rule.snapshots]))
    if len(days) < 2:
        raise _too_short(first, last, definition, rule, f"{len(days)} snapshot days fit")
    return days


def split_by_time(days: tuple[date, ...], definition: ChurnDefinition, rule: TrainingRule) -> Plan:
    """The last `test_share` of the span judges, what closed before it teaches; fewer judge where too little is left.

    Raises YourMistake when no window of an earlier snapshot closes before even the last one.
    """
    share = timedelta(days=int((days[-1] - days[0]).days * rule.test_share))
    tests = [day for day in days if day >= days[-1] - share]
    while tests:
        train = tuple(day for day in days if definition.closes(day) < tests[0])
        if train:
            between = tuple(day for day in days if day not in train and day not in tests)
            return Plan(train, tuple(tests), between)
        tests = tests[1:]
    raise YourMistake(
        f"the {len(days)} snapshots ({days[0]} to {days[-1]}) lie too close together to learn from some and judge on "
        f"others: no label window closes before {days[-1]}",
        place=Place("policies/churn.yaml", column="training"),
        expected=f"snapshots more than {definition.gap_days + definition.horizon_days} days apart",
        state="nothing was trained or written",
        then="take more snapshots (--snapshots, training.snapshots), load more history or shorten the horizon",
    )


def _month_ends(latest: date) -> list[date]:
    """Month-ends from the last one by `latest` back over a hundred years at most; latest first."""
    found, year, month = [], latest.year, latest.month
    while year > max(latest.year - 100, 1):
        end = date(year, month, monthrange(year, month)[1])
        if end <= latest:
            found.append(end)
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return found


def _too_short(first: date, last: date, definition: ChurnDefinition, rule: TrainingRule, why: str) -> YourMistake:
    window = definition.gap_days + definition.horizon_days
    needed = rule.history_days + 2 * window + 1
    return YourMistake(
        f"the bank's history is too short to learn from and to judge later: {why}",
        place=Place("policies/churn.yaml", column="training"),
        expected=f"about {needed} days of data: {rule.history_days} before the first snapshot, then twice the label "
        f"window of {window} days",
        state=f"there are data from {first} to {last} ({(last - first).days + 1} days); nothing was trained or written",
        then="load more history, shorten the horizon or history_days, or take snapshots more often (every: 7)",
    )
