"""What a customer is worth to the bank and how firmly they stay: the stored `customer_value` row, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from liuke.tables import Column, Table
from liuke.tables.value import CUSTOMER_VALUE

TierState = Literal["kept", "watched", "notice"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an index or of the yearly margin. column: of `customer_value`, which tells its words and unit."""

    column: str
    value: float


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier by monthly-average AUM. state: kept, watched (a month or more below) or notice (tell the manager now).

    months_left: months below until the downgrade; gap: what last month lacked; top_up: what to add tomorrow so that
    the running month reaches the threshold. Money in the bank's currency.
    """

    tier: str
    since: date | None
    state: TierState
    watch_months: int
    months_left: int | None
    downgrade_on: date | None
    month_mean: float | None
    so_far: float | None
    gap: float | None
    top_up: float | None


@dataclass(frozen=True, slots=True)
class Worth:
    """Value as of the last daily run. rfm: fifths 1..5 of recency, frequency, money. clv, margin: currency.

    stickiness, loyalty: 0..100, weighted means of their known parts; None when no part is known.
    """

    as_of: date
    stage: str
    stage_since: date
    stage_reason: str
    activity: str
    standing: Standing
    rfm: tuple[int, int, int]
    rfm_group: str
    clv: float | None
    margin_year: float | None
    margin: tuple[Part, ...]
    survival_year: float | None
    stickiness: float | None
    stickiness_parts: tuple[Part, ...]
    loyalty: float | None
    loyalty_parts: tuple[Part, ...]


def worth_of(row: Mapping[str, Any]) -> Worth:
    """A row of `customer_value`."""
    return Worth(
        as_of=row["as_of"],
        stage=row["stage"],
        stage_since=row["stage_since"],
        stage_reason=row["stage_reason"],
        activity=row["activity_tier"],
        standing=_standing(row),
        rfm=(row["rfm_recency"], row["rfm_frequency"], row["rfm_monetary"]),
        rfm_group=row["rfm_group"],
        clv=row["clv"],
        margin_year=row["margin_year"],
        margin=_parts(row, "margin_", ("margin_year",)),
        survival_year=row["survival_year"],
        stickiness=row["stickiness"],
        stickiness_parts=_parts(row, "stickiness_"),
        loyalty=row["loyalty"],
        loyalty_parts=_parts(row, "loyalty_"),
    )


def column_of(name: str, table: Table = CUSTOMER_VALUE) -> Column:
    """The column behind a part: its words in both languages and its unit."""
    return table.column(name)


def _standing(row: Mapping[str, Any]) -> Standing:
    watched = int(row["tier_watch_months"] or 0)
    return Standing(
        tier=row["aum_tier"],
        since=row["aum_tier_since"],
        state="notice" if row["tier_notice"] else "watched" if watched else "kept",
        watch_months=watched,
        months_left=row["tier_months_left"],
        downgrade_on=row["tier_downgrade_on"],
        month_mean=row["aum_month"],
        so_far=row["aum_month_so_far"],
        gap=row["tier_gap"],
        top_up=row["tier_top_up"],
    )


def _parts(row: Mapping[str, Any], prefix: str, but: tuple[str, ...] = ()) -> tuple[Part, ...]:
    names = (n for n in CUSTOMER_VALUE.names if n.startswith(prefix) and n not in but)
    return tuple(Part(name, float(row[name])) for name in names if row[name] is not None)


__all__ = ["Part", "Standing", "Worth", "column_of", "worth_of"]
