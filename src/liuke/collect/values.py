"""How text becomes typed values, as expressions that run in the engine. Null out of text in = wrong type."""

from __future__ import annotations

import re

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from liuke.collect.mapping import Formats
from liuke.tables import Column

_ASCII = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WIDE = "".join(chr(ord(c) + 0xFEE0) for c in _ASCII)
_SIGNS = ".,-+:/ "
_WIDE_SIGNS = "".join(chr(ord(c) + 0xFEE0) if c != " " else "\u3000" for c in _SIGNS)
_FREE_TEXT = frozenset({"name", "address", "text"})

DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
TIMESTAMPS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d",
)  # fmt: skip
_TRUE = ("true", "t", "yes", "y", "1", "是")
_FALSE = ("false", "f", "no", "n", "0", "否")
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)$"
_MONEY = dt.Decimal(18, 2)
UTC = dt.Timestamp(timezone="UTC", scale=6)
_WIDTHS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def try_strptime(text: str, formats: list[str]) -> dt.timestamp:
    """The engine's own: null when no format fits."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def translate(text: str, old: str, new: str) -> str:  # type: ignore[empty-body]
    """The engine's own: characters of `old` become those of `new` at the same place."""


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.timestamp), UTC))
def local_to_utc(zone, local):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The engine's own: the moment at which clocks in `zone` show `local`."""


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, UTC), dt.timestamp))
def utc_to_local(zone, moment):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The engine's own: what clocks in `zone` show at `moment`."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def md5(text: str) -> str:  # type: ignore[empty-body]
    """The engine's own: 32 hexadecimal digits."""


def stripped(text: ir.StringValue, formats: Formats) -> ir.StringValue:
    """Without white space at both ends, unless the mapping keeps it."""
    # The look first: trimming a set of characters costs several times as much as finding that none is there.
    return text.re_search(r"^\s|\s$").ifelse(text.strip(), text) if formats.strip else text


def cleaned(text: ir.StringValue, column: Column, formats: Formats) -> ir.StringValue:
    """Null words turned to null, and full-width digits and letters made half-width.

    Free text (names, addresses, what people wrote) keeps its width: there it may be meant.
    """
    narrow = text
    if column.mask not in _FREE_TEXT:
        signs = column.kind != "string"
        wide, ascii_ = (_WIDE + _WIDE_SIGNS, _ASCII + _SIGNS) if signs else (_WIDE, _ASCII)
        # Only text that has such characters pays for the translation; Chinese text without them does not.
        present = text.re_search(f"[{wide}]")
        narrow = present.ifelse(translate(text, wide, ascii_), text)
    words = list(formats.nulls)
    return text.isin(words).ifelse(ibis.null("string"), narrow) if words else narrow


def parsed(  # noqa: PLR0911 - one per kind
    text: ir.StringValue, column: Column, formats: Formats, zone: str
) -> ir.Value:
    """The typed value of cleaned text; null when it is not of the column's kind.

    zone: of timestamps without an offset. Money is rounded half up to two decimals, as DECIMAL casts do.
    """
    match column.kind:
        case "string":
            return text
        case "money":
            return _number(text, formats, _MONEY)
        case "float":
            return _number(text, formats, dt.float64)
        case "int":
            return _integer(text, formats)
        case "bool":
            low = text.lower()
            return ibis.cases((low.isin(_TRUE), True), (low.isin(_FALSE), False), else_=ibis.null("boolean"))
        case "date":
            return _moment(text, formats.dates or DATES).date()
        case "timestamp":
            return _timestamp(text, formats.timestamps or TIMESTAMPS, zone)


def converted(value: ir.Value, column: Column, zone: str) -> ir.Value | None:  # noqa: PLR0911 - one per kind
    """A typed source value as the column's kind without going through text; None when text is the only way.

    A value that does not fit becomes null.
    """
    kind = value.type()
    match column.kind:
        case "money" if kind.is_numeric():
            return value if kind == _MONEY else value.try_cast(_MONEY)
        case "float" if kind.is_numeric():
            return value.cast("float64")
        case "int" if kind.is_integer():
            return value.cast("int64") if kind.is_signed_integer() else value.try_cast("int64")
        case "bool" if kind.is_boolean():
            return value
        case "date" if kind.is_date():
            return value
        case "date" if kind.is_timestamp():
            return local_date(value, zone) if kind.timezone else value.date()
        case "timestamp" if kind.is_timestamp():
            return value.cast(UTC) if kind.timezone else local_to_utc(zone, value.cast("timestamp"))
        case "timestamp" if kind.is_date():
            return local_to_utc(zone, value.cast("timestamp"))
    return None


def local_date(moment: ir.Value, zone: str) -> ir.DateValue:
    """The bank's local day of a UTC moment."""
    return utc_to_local(zone, moment.cast(UTC)).date()


def end_of_day(day: ir.DateValue, zone: str) -> ir.TimestampValue:
    """The moment (UTC) of local midnight at the end of `day`."""
    return local_to_utc(zone, (day + ibis.interval(days=1)).cast("timestamp"))


def _number(text: ir.StringValue, formats: Formats, target: dt.DataType) -> ir.Value:
    group, point = re.escape(formats.grouping), re.escape(formats.decimal)
    whole = rf"(\d+|\d{{1,3}}({group}\d{{3}})+)" if group else r"\d+"
    exponent = r"([eE][+-]?\d+)?" if target == dt.float64 else ""
    shape = rf"^[+-]?({whole}({point}\d*)?|{point}\d+){exponent}$"
    plain = text.replace(formats.grouping, "") if group else text
    if formats.decimal != ".":
        plain = plain.replace(formats.decimal, ".")
    return text.re_search(shape).ifelse(plain, ibis.null("string")).try_cast(target)


def _integer(text: ir.StringValue, formats: Formats) -> ir.Value:
    group = re.escape(formats.grouping)
    whole = rf"(\d+|\d{{1,3}}({group}\d{{3}})+)" if group else r"\d+"
    plain = text.replace(formats.grouping, "") if group else text
    return text.re_search(rf"^[+-]?{whole}$").ifelse(plain, ibis.null("string")).try_cast("int64")


def _moment(text: ir.StringValue, formats: tuple[str, ...]) -> ir.TimestampValue:
    """Formats without separators need exactly their digits: else %Y%m%d would read 202635 as 5 March."""
    spaced = [f for f in formats if _digits(f) is None]
    tries = [try_strptime(text, ibis.literal(spaced, "array<string>"))] if spaced else []
    for compact in (f for f in formats if _digits(f) is not None):
        fits = text.re_search(rf"^\d{{{_digits(compact)}}}$")
        tries.append(try_strptime(fits.ifelse(text, ibis.null("string")), ibis.literal([compact], "array<string>")))
    return ibis.coalesce(*tries) if len(tries) > 1 else tries[0]


def _digits(fmt: str) -> int | None:
    parts = re.findall(r"%.", fmt)
    return sum(_WIDTHS.get(p, 0) for p in parts) if "".join(parts) == fmt and all(p in _WIDTHS for p in parts) else None


def _timestamp(text: ir.StringValue, formats: tuple[str, ...], zone: str) -> ir.TimestampValue:
    with_offset = text.re_search(r"\d[T ]\d{2}:\d{2}.*" + _OFFSET)
    exact = with_offset.ifelse(text, ibis.null("string")).try_cast(UTC)
    return ibis.coalesce(exact, local_to_utc(zone, _moment(text, formats)))
