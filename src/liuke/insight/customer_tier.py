"""Customer tier 客户等级 by monthly-average AUM: up at once, down only after months of watch 关注.

The rule is one published by a Chinese bank (docs/value.md): a month that reaches a higher tier lifts the
customer from the next month on; a month below the tier's threshold begins a watch; the third month below in a row
(sixth for private banking) lowers the tier from the following month on. A month at the threshold ends the watch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.insight.monthly_aum import monthly_mean_aum, months_ended, next_month
from liuke.yaml_file import Document, load_yaml

Move = Literal["up", "kept", "watch", "down"]
_STEPS_PER_LAYER = 4
"""More nested SELECTs than this in one expression cost Ibis more time to compile than a view costs."""


class TierLevel(Document):
    """One tier. minimum_aum: monthly mean that reaches and keeps it, in the bank's currency.

    downgrade_months: months below in a row after which it is lost. notice_months: after how many months below
    the customer's manager is told; all before the downgrade.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    minimum_aum: Decimal = Field(ge=0)
    downgrade_months: int = Field(3, ge=1, le=24)
    notice_months: tuple[int, ...] = (1, 2)

    @model_validator(mode="after")
    def _notice_in_time(self) -> Self:
        if any(not 1 <= n < self.downgrade_months for n in self.notice_months):
            raise ValueError(f"notice_months must lie between 1 and {self.downgrade_months - 1}, before the downgrade")
        return self


_LEVELS = (
    TierLevel(code="regular", zh="普通客户", en="Regular", minimum_aum=Decimal(0), notice_months=()),
    TierLevel(code="gold", zh="理财客户", en="Gold", minimum_aum=Decimal(50_000)),
    TierLevel(code="wealth", zh="财富客户", en="Wealth", minimum_aum=Decimal(500_000)),
    TierLevel(
        code="private",
        zh="私人银行客户",
        en="Private banking",
        minimum_aum=Decimal(10_000_000),
        downgrade_months=6,
        notice_months=(1, 2, 4, 5),
    ),
)


class CustomerTierPolicy(Document):
    """`policies/tiers.yaml`. Levels rise from the lowest, which everybody has (threshold 0).

    history_months: how many past months a computation without stored state looks at; the first of them sets the
    tier to begin with. opening_month: whether a new customer's first month divides by all its days or by those
    since the opening. fall: to the tier that the last month reached, or one step only.
    Thresholds are ours and configurable (500,000 and 10 million are published by one bank, see docs/value.md).
    """

    levels: tuple[TierLevel, ...] = _LEVELS
    history_months: int = Field(18, ge=1, le=60)
    opening_month: Literal["whole", "since_opening"] = "whole"
    fall: Literal["to_reached", "one_step"] = "to_reached"

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        least = [level.minimum_aum for level in self.levels]
        if not least or least[0] != 0:
            raise ValueError("the first level must have minimum_aum 0: everybody has a tier")
        if any(a >= b for a, b in pairwise(least)):
            raise ValueError("minimum_aum must rise from level to level")
        if len({level.code for level in self.levels}) < len(self.levels):
            raise ValueError("every level needs a code of its own")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the levels, lowest first; a tier's rank is its place here."""
        return tuple(level.code for level in self.levels)


def read_tier_policy(path: Path) -> CustomerTierPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, CustomerTierPolicy) if path.is_file() else CustomerTierPolicy()


@dataclass(frozen=True, slots=True)
class TierState:
    """A tier after some months. rank: place among the levels; months_below: in a row, 0 = not on watch.

    since: first day on which the tier holds; None when it held from the first month looked at.
    """

    rank: int = 0
    months_below: int = 0
    since: date | None = None


def step(state: TierState, month: date, mean: float, policy: CustomerTierPolicy) -> tuple[TierState, Move]:
    """The tier after `month` (its first day) with that mean AUM, and what moved it. Pure; the oracle of `fold`."""
    reached = sum(mean >= float(level.minimum_aum) for level in policy.levels) - 1
    if reached > state.rank:
        return TierState(reached, 0, next_month(month)), "up"
    if reached == state.rank:
        return TierState(state.rank, 0, state.since), "kept"
    below = state.months_below + 1
    if below < policy.levels[state.rank].downgrade_months:
        return TierState(state.rank, below, state.since), "watch"
    lower = reached if policy.fall == "to_reached" else state.rank - 1
    return TierState(lower, 0, next_month(month)), "down"


def begin(mean: float | None, policy: CustomerTierPolicy) -> TierState:
    """The state after the first month looked at: the tier it reached, held since an unknown day."""
    return TierState(max(sum((mean or 0.0) >= float(level.minimum_aum) for level in policy.levels) - 1, 0))


def fold(engine: Engine, rows: ir.Table, means: Sequence[tuple[date, str]], policy: CustomerTierPolicy) -> ir.Table:
    """`step` over columns: `rows` plus rank, months_below, since, move after all `means` (month, its column).

    rows: may bring rank (int64), months_below (int64) and since (date) to go on from; without them the first mean
    begins. A null mean (not yet a customer) leaves the state as it is. Lazy: one SELECT per month.
    """
    if "rank" not in rows.columns:
        (_, column), means = means[0], means[1:]
        first = _reached(rows[column].fill_null(0.0), policy)
        rows = rows.mutate(rank=first, months_below=ibis.literal(0, "int64"), since=ibis.null("date"))
    rows = rows.mutate(move=ibis.literal("kept"))
    for n, (month, column) in enumerate(means, start=1):
        rows = _step(rows, month, column, policy)
        if n % _STEPS_PER_LAYER == 0:
            rows = engine.layer(rows)
    return rows


def _reached(mean: ir.FloatingValue, policy: CustomerTierPolicy) -> ir.IntegerValue:
    higher = ((mean >= float(level.minimum_aum)).cast("int64") for level in policy.levels[1:])
    return sum(higher, ibis.literal(0, "int64"))


def _step(rows: ir.Table, month: date, column: str, policy: CustomerTierPolicy) -> ir.Table:
    mean, rank = rows[column], rows["rank"]
    reached = ibis.ifelse(mean.isnull(), rank, _reached(mean, policy))
    limit = ibis.cases(*[(rank == i, level.downgrade_months) for i, level in enumerate(policy.levels)], else_=1)
    up, below = reached > rank, reached < rank
    down = below & (rows.months_below + 1 >= limit)
    fallen = rank - 1 if policy.fall == "one_step" else reached
    return rows.mutate(
        move=ibis.cases((up, "up"), (down, "down"), (below, "watch"), else_="kept"),
        rank=ibis.cases((up, reached), (down, fallen), else_=rank).cast("int64"),
        months_below=ibis.cases(
            (mean.isnull(), rows.months_below), (below & ~down, rows.months_below + 1), else_=0
        ).cast("int64"),
        since=ibis.ifelse(up | down, ibis.literal(next_month(month)), rows.since),
    )


def tiers_on(engine: Engine, tables: BankTables, policy: CustomerTierPolicy, days: Sequence[date]) -> ir.Table:
    """Tier of every living customer on each of `days`: customer_id, rank_0, rank_1, … (int64, place in codes).

    days: rising, none after the as-of day. The tier on a day follows from the months ended by it. All days are
    seen with today's knowledge, from one start `history_months` before the first day, so a rank_1 < rank_0 is a
    downgrade between the two days: the label of churn by tier.
    """
    span = (days[-1].year - days[0].year) * 12 + days[-1].month - days[0].month + 1
    first = months_ended(days[0], policy.history_months)[0]
    months = [m for m in months_ended(days[-1], policy.history_months + span) if m >= first]
    rows = _means(engine, tables, months, policy)
    ranks: dict[str, str] = {}
    done = 0
    for i, day in enumerate(days):
        upto = months.index(months_ended(day, 1)[0]) + 1
        rows = fold(engine, rows, [(months[n], f"mean_{n}") for n in range(done, upto)], policy)
        rows = rows.mutate(**{f"rank_{i}": rows["rank"]})
        ranks[f"rank_{i}"], done = f"rank_{i}", upto
    return rows.select("customer_id", **ranks)


def tier_on(engine: Engine, tables: BankTables, policy: CustomerTierPolicy) -> ir.Table:
    """Tier of every living customer on the as-of day, from balances alone.

    customer_id  tier    rank  months_below  since       move
    C1           wealth  2     1             2026-02-01  watch
    """
    months = months_ended(tables.as_of.day, policy.history_months)
    rows = _means(engine, tables, months, policy)
    rows = fold(engine, rows, [(month, f"mean_{i}") for i, month in enumerate(months)], policy)
    return rows.select("customer_id", "rank", "months_below", "since", "move", tier=tier_code(rows["rank"], policy))


def tier_code(rank: ir.IntegerColumn, policy: CustomerTierPolicy) -> ir.StringColumn:
    """The level's code of a rank column."""
    return ibis.cases(*[(rank == i, code) for i, code in enumerate(policy.codes)], else_=policy.codes[0])


def reached_tier(aum: ir.FloatingValue, policy: CustomerTierPolicy) -> ir.StringValue:
    """The code of the highest level whose threshold an amount reaches, without memory."""
    downwards = [(aum >= float(level.minimum_aum), level.code) for level in reversed(policy.levels)]
    return ibis.cases(*downwards, else_=policy.codes[0])


def tier_rank(code: ir.StringColumn, policy: CustomerTierPolicy) -> ir.IntegerColumn:
    """The rank of a code column; a code that the policy no longer has counts as the lowest."""
    return ibis.cases(*[(code == name, i) for i, name in enumerate(policy.codes)], else_=0).cast("int64")


def _means(engine: Engine, tables: BankTables, months: Sequence[date], policy: CustomerTierPolicy) -> ir.Table:
    since_opening = policy.opening_month == "since_opening"
    return engine.materialise(monthly_mean_aum(tables, months, since_opening=since_opening))
