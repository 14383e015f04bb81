"""What falls due: one event per holding on each of the last days before, and on the day itself."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.collect.values import end_of_day, local_date
from liuke.streaming.core.shape import as_event
from liuke.streaming.core.sight import Sight
from liuke.tables import HOLDING


def maturities(sight: Sight, first: date, last: date, ahead: int) -> ir.Table:
    """Events `maturity` of the days from `first` to `last`, at the beginning of the day: days_left from `ahead` to 0.

    A day is told from the version of the holding that was the newest by its end. What has ended before (redeemed) is
    not told.
    """
    tables, versions = sight.tables, sight.versions(HOLDING)
    zone = str(tables.zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    day = sight.engine.from_arrow(pa.table({"day": pa.array(days, pa.date32())}))
    order = ibis.window(group_by="holding_id", order_by=["ingested_at", "batch_id", "line"])
    held = versions.mutate(_after=versions.ingested_at.lead().over(order))
    held = held.mutate(_from=local_date(held.ingested_at, zone), _until=local_date(held["_after"], zone))
    held = held.filter(held.matures_on.between(ibis.literal(first), ibis.literal(last + timedelta(days=ahead))))
    rows = held.cross_join(day)
    left = rows.matures_on.delta(rows.day, unit="day")
    rows = rows.mutate(days_left=left.cast("int64"))
    rows = rows.filter(
        rows.days_left.between(0, ahead),
        rows["_from"] <= rows.day,
        rows["_until"].isnull() | (rows["_until"] > rows.day),
        rows.ended_on.isnull() | (rows.ended_on > rows.day) | (rows.ended_on >= rows.matures_on),
    )
    kinds = tables.product.select("product_id", "category")
    rows = rows.left_join(kinds, "product_id")
    return as_event(
        rows, "maturity", rows.holding_id + ":" + rows.day.strftime("%Y-%m-%d"),
        end_of_day(rows.day - ibis.interval(days=1), zone),
        product_type=rows.category, amount=rows.amount, days_left=rows.days_left,
    )  # fmt: skip
