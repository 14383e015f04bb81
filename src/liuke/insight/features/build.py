"""Features of every living customer as of one moment or many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.facts import assets_on, living
from liuke.insight.features.feature import WINDOWS
from liuke.insight.features.registry import FEATURES, feature
from liuke.insight.known import BankTables, Rows, tables_as_of


def features_on(
    engine: Engine, rows: Rows, moments: Sequence[AsOf], *, zone: ZoneInfo, names: Sequence[str] | None = None
) -> ir.Table:
    """`as_of` date, `customer_id`, one float64 column per feature; a row per living customer and moment.

    Nothing that happened after a moment's day or was ingested after its known_by enters its rows.
    """
    wanted = [feature(n).name for n in (names if names is not None else FEATURES)]
    if not moments:
        raise YourMistake("no moment to compute features for", expected="at least one as-of day")
    parts = [_on(tables_as_of(rows, m, zone)) for m in moments]
    whole = parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]
    return engine.materialise(whole.select("as_of", "customer_id", *wanted))


def _on(tables: BankTables) -> ir.Table:
    day = tables.as_of.day
    people = living(tables)
    joined = people.select(
        as_of=ibis.literal(day),
        customer_id=people.customer_id,
        age=(ibis.literal(day).delta(people.birth_date, unit="day") / 365.25).cast("float64"),
        tenure_days=ibis.literal(day).delta(people.opened_on, unit="day").cast("float64"),
    )
    for part, zeros in ((_moves(tables), True), (_assets(tables), True), (_complaints(tables), True)):
        names = [c for c in part.columns if c != "customer_id"]
        joined = joined.left_join(part, "customer_id").drop("customer_id_right")
        joined = joined.mutate(**{n: joined[n].fill_null(0.0) for n in names if zeros and n != "days_since_active"})
    return joined


def _moves(tables: BankTables) -> ir.Table:
    day = tables.as_of.day
    moves = tables.transaction.inner_join(tables.account.select("account_id", "customer_id"), "account_id")
    moves = moves.filter(moves.business_date > ibis.literal(day - timedelta(days=180)))
    amount, own = moves.amount.cast("float64"), moves.initiator == "customer"
    sums: dict[str, ir.Value] = {
        "days_since_active": ibis.literal(day).delta(moves.business_date.max(where=own), unit="day").cast("float64")
    }
    for w in WINDOWS:
        recent = moves.business_date > ibis.literal(day - timedelta(days=w))
        sums[f"own_count_{w}"] = moves.count(where=recent & own).cast("float64")
        sums[f"in_amount_{w}"] = amount.sum(where=recent & (moves.direction == "in"))
        sums[f"out_amount_{w}"] = amount.sum(where=recent & (moves.direction == "out"))
    return moves.group_by("customer_id").aggregate(**sums)


def _assets(tables: BankTables) -> ir.Table:
    day = tables.as_of.day
    found = assets_on(tables, tuple(day - timedelta(days=n) for n in reversed(range(180))))
    held = found.select("customer_id", **{f"back_{179 - i}": found[f"aum_{i}"].cast("float64") for i in range(180)})
    means = {f"aum_mean_{w}": sum(held[f"back_{n}"] for n in range(w)) / w for w in WINDOWS}
    return held.select("customer_id", aum=held.back_0, **means)


def _complaints(tables: BankTables) -> ir.Table:
    letters, day = tables.complaint, tables.as_of.day
    return letters.group_by("customer_id").aggregate(
        **{
            f"complaint_count_{w}": letters.count(
                where=letters.business_date > ibis.literal(day - timedelta(days=w))
            ).cast("float64")
            for w in WINDOWS
        }
    )
