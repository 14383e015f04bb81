"""How features are declared: measures of rows, cells of measures over windows, formulas over cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from liuke.insight.features.feature import Cause, Family, Feature, Purpose, Sensitivity, Unit

How = Literal["sum", "money", "count", "max", "min", "days"]
"""sum: of whole numbers. money: of whole fen, the cell is in yuan. count: a sum of 0 and 1, or of what is true.
days: distinct days on which the value is true. Whole numbers add up to the same whatever the order of rows."""


@dataclass(frozen=True, slots=True)
class Among:
    """One of several measures of a quantity: that of the rows whose code is `number`. −1 is the code of none.

    Measures with the same functions are added up together where that is quicker (sweep.py).
    """

    quantity: Callable[[ir.Table], ir.FloatingValue]
    code: Callable[[ir.Table], ir.IntegerValue]
    number: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of each row that can be combined over rows: what a window adds up.

    value: over the row's table joined with its day of the calendar (moments.py); null does not count.
    inputs: the contract columns read. among: the same value as one of several.
    """

    value: Callable[[ir.Table], ir.Value]
    how: How
    inputs: tuple[str, ...]
    among: Among | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure of one source over one window: one column of an intermediate table.

    window: days ending with the as-of day; None for a state on the day. Sums and counts of nothing are 0, the
    largest and smallest of nothing are null.
    """

    source: str
    measure: str
    window: int | None = None
    zero: bool = True

    @property
    def column(self) -> str:
        """Its column name."""
        return f"{self.source}__{self.measure}" + (f"__{self.window}" if self.window is not None else "")


@dataclass(frozen=True, slots=True)
class Definition:
    """A feature and how it is made: `formula` gets the columns of `cells`, in order."""

    feature: Feature
    cells: tuple[Cell, ...]
    formula: Callable[..., ir.Value]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the features of one family share."""

    family: Family
    purpose: Purpose
    sensitivity: Sensitivity
    cause: Cause | None

    def define(
        self,
        name: str,
        words: tuple[str, str],
        unit: Unit,
        cells: tuple[Cell, ...],
        inputs: tuple[str, ...],
        formula: Callable[..., ir.Value] | None = None,
        window: int | None = None,
    ) -> Definition:
        """A definition; without a formula the feature is its only cell."""
        unique = tuple(dict.fromkeys(inputs))
        made = Feature(name, *words, unit, self.family, window, unique, self.purpose, self.sensitivity, self.cause)
        return Definition(made, cells, formula or itself)


def lineage(measures: Mapping[str, Measure], *names: str) -> tuple[str, ...]:
    """The contract columns that these measures read."""
    return tuple(dict.fromkeys(column for name in names for column in measures[name].inputs))


def fen(amount: ir.DecimalValue) -> ir.FloatingValue:
    """An amount in whole fen, as float64."""
    return (amount * 100).cast("int64").cast("float64")


def itself(x: ir.Value) -> ir.Value:
    """The cell as it is."""
    return x


def ratio(part: ir.Value, whole: ir.Value) -> ir.Value:
    """Part / whole; null when whole is not positive."""
    return ibis.ifelse(whole > 0, part / whole, ibis.null("float64"))


def entropy(*counts: ir.Value) -> ir.Value:
    """Shannon entropy in nats of the shares of `counts`; null when there is nothing."""
    total = sum(counts[1:], counts[0])
    terms = [ibis.ifelse(n > 0, -(n / total) * (n / total).ln(), 0.0) for n in counts]
    return ibis.ifelse(total > 0, sum(terms[1:], terms[0]), ibis.null("float64"))


def slope(total: ir.Value, moment: ir.Value, days: int) -> ir.Value:
    """Least-squares slope per day of a daily series over `days` days ending today.

    total: Σy. moment: Σ y·t with t = 0 today, −1 yesterday … Days without rows count as y = 0.
    """
    if days < 2:
        raise ValueError("a slope needs two days")
    mean = -(days - 1) / 2
    return (moment - mean * total) / (days * (days * days - 1) / 12)
