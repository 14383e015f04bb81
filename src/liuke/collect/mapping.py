"""`sources/*.yaml`: how a source's files become contract tables."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from liuke.collect.sensitive import c3_names
from liuke.errors import did_you_mean
from liuke.tables import CONTRACTS, Table
from liuke.yaml_file import Document

Encoding = Literal["utf-8", "gbk", "gb18030"]
FileFormat = Literal["csv", "parquet", "excel"]
_SUFFIXES: dict[str, FileFormat] = {
    ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel", ".xlsb": "excel",
}  # fmt: skip


class CsvOptions(Document):
    """How a delimited text file is written. `header: false` needs `names`; `skip_lines` passes over titles."""

    encoding: Encoding = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    header: bool = True
    names: tuple[str, ...] = ()
    skip_lines: int = Field(0, ge=0)

    @field_validator("encoding", mode="before")
    @classmethod
    def _no_guessing(cls, value: object) -> object:
        text = str(value).lower().replace("_", "-")
        if text in {"auto", "detect"}:
            raise ValueError("encodings are not guessed: a wrong guess corrupts names; write utf-8, gbk or gb18030")
        return {"utf8": "utf-8", "utf-8-sig": "utf-8", "gb2312": "gbk"}.get(text, text)

    @model_validator(mode="after")
    def _names_without_header(self) -> CsvOptions:
        if not self.header and not self.names:
            raise ValueError("a file without a header needs `names`, one per column")
        return self


class Formats(Document):
    """How values are written. Dates and timestamps: strptime formats, tried in order; empty for the usual ones."""

    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'", ""] | None = None
    dates: tuple[str, ...] = ()
    timestamps: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ("", "NULL", "null", "\\N")
    strip: bool = True

    @property
    def grouping(self) -> str:
        """The thousands sign in force: the one opposite to the decimal sign unless stated."""
        if self.thousands is not None:
            return self.thousands
        return "," if self.decimal == "." else "."


class ColumnMap(Document):
    """Where one contract column comes from: exactly one of from, const, sql, hash.

    hash: an id for files without one, from these source columns; the same rows get the same id whenever they
    are delivered. number_repeats: rows that are equal in all of them are told apart by their order.
    """

    from_: str | None = Field(None, alias="from")
    const: str | None = None
    sql: str | None = None
    hash: tuple[str, ...] = ()
    number_repeats: bool = False
    prefix: str = ""
    value_map: dict[str, str] | None = None
    default: str | None = None
    format: tuple[str, ...] = ()
    decimal: Literal[".", ","] | None = None
    thousands: Literal[",", ".", " ", "'", ""] | None = None
    strip: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"from": value}
        if not isinstance(value, dict):
            return value
        made = dict(value)
        if isinstance(made.get("format"), str):
            made["format"] = [made["format"]]
        for key in ("const", "default"):
            if made.get(key) is not None:
                made[key] = _word(made[key])
        if isinstance(made.get("value_map"), dict):
            made["value_map"] = {_word(k): _word(v) for k, v in made["value_map"].items()}
        return made

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMap:
        given = [self.from_ is not None, self.const is not None, self.sql is not None, bool(self.hash)]
        if sum(given) != 1:
            raise ValueError("give exactly one of from, const, sql, hash")
        if self.default is not None and self.value_map is None:
            raise ValueError("`default` belongs to a `value_map`")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Source columns or words it reads."""
        words = tuple(re.findall(r"\w+", _without_literals(self.sql))) if self.sql else ()
        return ((self.from_,) if self.from_ else ()) + self.hash + words


class FileInput(Document):
    """One file, glob or inline rows. Paths are relative to the YAML file or to --data DIR."""

    path: str | None = None
    rows: tuple[dict[str, str | None], ...] | None = None
    format: FileFormat | None = None
    csv: CsvOptions = CsvOptions()
    sheet: str | None = None
    where: str | None = None

    @field_validator("rows", mode="before")
    @classmethod
    def _text_rows(cls, value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(r, dict) for r in value):
            return value
        return [{str(k): None if v is None else _word(v) for k, v in row.items()} for row in value]

    @model_validator(mode="after")
    def _path_or_rows(self) -> FileInput:
        if (self.path is None) == (self.rows is None):
            raise ValueError("give exactly one of `path` and `rows`")
        return self

    @property
    def kind(self) -> FileFormat:
        """The format stated, else the one of the file's suffix; anything unknown is delimited text."""
        suffix = "." + (self.path or "").rsplit(".", 1)[-1].lower()
        return self.format or _SUFFIXES.get(suffix, "csv")


class Lookup(FileInput):
    """Columns of another file, joined by key: `by` maps a column of this file to one of the other.

    Its `columns` are then called `<lookup>_<column>`. The key must be unique after `where`.
    """

    by: dict[str, str] = Field(min_length=1)
    columns: tuple[str, ...] = Field(min_length=1)


class KeepLast(Document):
    """Keeps one row per combination: the last in file order, or the one with the greatest `order_by` (SQL)."""

    per: tuple[str, ...] = Field(min_length=1)
    order_by: str | None = None


class FileMap(FileInput):
    """One file (or glob, or inline rows) → one contract table.

    Order of work: lookups, derive (SQL columns, each may use those before it), where, keep_last, columns.
    Without `columns`, columns of the contract's own names are taken as they are.
    """

    table: str
    lookups: dict[str, Lookup] = Field(default_factory=dict)
    derive: dict[str, str] = Field(default_factory=dict)
    keep_last: KeepLast | None = None
    unique: tuple[str, ...] = ()
    formats: Formats = Formats()
    columns: dict[str, ColumnMap] | None = None

    @field_validator("table")
    @classmethod
    def _known_table(cls, value: str) -> str:
        if value not in CONTRACTS:
            raise ValueError(f"unknown table '{value}'; {did_you_mean(value, CONTRACTS)}")
        return value

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, ColumnMap] | None, info: ValidationInfo) -> dict[str, ColumnMap] | None:
        contract = CONTRACTS.get(info.data.get("table", ""))
        if value is None or contract is None:
            return value
        names = [c.name for c in contract.columns]
        for name, spec in value.items():
            if name not in names:
                raise ValueError(f"table {contract.name} has no column '{name}'; {did_you_mean(name, names)}")
            _refuse_c3(spec.sources)
        absent = [c.name for c in contract.columns if not c.nullable and c.name not in value]
        if absent:
            raise ValueError(f"table {contract.name} also needs: {', '.join(absent)}")
        return value

    @field_validator("derive")
    @classmethod
    def _no_c3_in_sql(cls, value: dict[str, str]) -> dict[str, str]:
        for sql in value.values():
            _refuse_c3(re.findall(r"\w+", _without_literals(sql)))
        return value

    @property
    def contract(self) -> Table:
        """The contract table it fills."""
        return CONTRACTS[self.table]


class Source(Document):
    """One `sources/*.yaml`.

    name: identifies the source in every loaded row. time_zone: of timestamps without an offset; the bank's own
    when absent. history: `arrival` marks rows as known now; `backfill` marks them as known at the end of the
    business day they are about, so that work as of past days is possible. max_bad_share: share of quarantined
    rows per table beyond which the command exits non-zero; good rows are kept either way.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    description: str = ""
    time_zone: str | None = None
    history: Literal["arrival", "backfill"] = "arrival"
    max_bad_share: float = Field(0.01, ge=0, le=1)
    files: tuple[FileMap, ...] = Field(min_length=1)

    @property
    def tables(self) -> list[str]:
        """Names of the tables it fills, in load order."""
        wanted = {f.table for f in self.files}
        return [name for name in CONTRACTS if name in wanted]


def _word(value: object) -> str:
    """YAML reads yes, 1 and dates as values; a mapping means their text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_literals(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", "", sql)


def _refuse_c3(names: tuple[str, ...] | list[str]) -> None:
    refused = c3_names(names)
    if refused:
        raise ValueError(
            f"'{refused[0]}' is C3 authentication data (passwords, CVV, track data, biometrics): "
            "it must never enter this platform; leave the column out"
        )
