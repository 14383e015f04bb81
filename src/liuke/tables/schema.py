"""What a table and a column are: type, unit, key, classification, mask rule. Knows no engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal["string", "date", "timestamp", "money", "int", "float", "bool"]
Level = Literal["C1", "C2"]  # JR/T 0171-2020; C3 is refused at the door and has no value here.
Mask = Literal["name", "phone", "id_card", "card", "account", "email", "address", "birth_date", "text", "money"]

MONEY = pa.decimal128(18, 2)
TIMESTAMP = pa.timestamp("us", tz="UTC")
_ARROW: dict[Kind, pa.DataType] = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": TIMESTAMP,
    "money": MONEY,
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    kind: money is decimal(18,2) in the row's currency; timestamp is UTC microseconds; date is the bank's
    local calendar day. values: the closed set of allowed codes, empty for free. minimum, maximum: smallest and
    largest allowed number. references: "table.column" that must know the value. mask: how a face hides it by default.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    nullable: bool = False
    unit: str | None = None
    level: Level = "C1"
    mask: Mask | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    references: str | None = None
    maximum: float | None = None

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type this kind is stored as."""
        return _ARROW[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the lake.

    key: columns that identify a row. event_time: the date or timestamp column that says when the row's fact
    happened in the bank's life; for such tables the loader adds `business_date`, the bank's local day of it.
    history: rows are versions of a thing (a dimension): the newest version known at a moment counts. newest_by:
    the column whose latest value makes the newest version, whatever order rows arrived in; None = order of arrival.
    subject: the column that leads to the customer ("customer_id", "account_id" or None), for erasure.
    grouped_by: columns by which rows lie together on disk before the subject, for tables that are asked about
    everybody (lake/arrangement.py). then_by: by which rows of one subject, or of none, lie together.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event_time: str | None = None
    history: bool = False
    subject: str | None = None
    system: tuple[Column, ...] = ()
    newest_by: str | None = None
    grouped_by: tuple[str, ...] = ()
    then_by: tuple[str, ...] = ()

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Declared columns followed by the system columns."""
        return self.columns + self.system

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        return next(c for c in self.all_columns if c.name == name) if name in self.names else _missing(self, name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(c.name for c in self.all_columns)

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema as stored, system columns included."""
        return pa.schema([pa.field(c.name, c.arrow, c.nullable) for c in self.all_columns])


def _missing(table: Table, name: str) -> Column:
    raise KeyError(f"{table.name} has no column {name!r}")


BUSINESS_DATE = Column("business_date", "date", "业务日期", "Bank-local day of the event")
PROVENANCE = (
    Column("source", "string", "数据源", "Source that delivered the row"),
    Column("batch_id", "string", "批次号", "Batch that delivered the row"),
    Column("line", "int", "行号", "1-based line in the delivered file"),
    Column("ingested_at", "timestamp", "入湖时间", "When the bank's platform knew the row (UTC)"),
)


def contract(
    name: str,
    zh: str,
    en: str,
    columns: tuple[Column, ...],
    *,
    key: tuple[str, ...],
    event_time: str | None = None,
    history: bool = False,
    subject: str | None = None,
) -> Table:
    """A table that banks deliver: declared columns plus provenance and, for facts, `business_date`."""
    system = ((BUSINESS_DATE,) if event_time else ()) + PROVENANCE
    return Table(name, zh, en, columns, key, event_time, history, subject, system)
