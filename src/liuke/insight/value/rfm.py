"""RFM: recency, frequency, monetary value in quintiles, and the eight named groups."""

from __future__ import annotations

from typing import Literal, get_args

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.value.value_policy import RfmRule

RfmGroup = Literal[
    "champion", "growing", "keep", "win_back", "regular", "newcomer", "fading", "low"
]  # fmt: skip
RFM_GROUPS: tuple[RfmGroup, ...] = get_args(RfmGroup)
QUINTILES = 5
_NEVER = -1e9
"""Recency of somebody without any transaction in the look-back: the lowest."""


def rfm(engine: Engine, features: ir.Table, rule: RfmRule) -> ir.Table:
    """One row per row of `features` (one day): customer_id, rfm_recency, rfm_frequency, rfm_monetary, rfm_group.

        customer_id  rfm_recency  rfm_frequency  rfm_monetary  rfm_group
        C1           5            4              5             champion

    recency: days since the last own transaction, fewer is better; frequency: own transactions; monetary: mean AUM.
    A score is 1 + the number of fifths of all customers with a strictly smaller value, so equal values have equal
    scores, whatever the order of rows, and fifths are uneven where many are equal.
    """
    values = engine.materialise(
        features.select(
            "customer_id",
            rfm_recency=(-features.days_since_active).fill_null(_NEVER),
            rfm_frequency=features[f"own_count_{rule.frequency_days}"].fill_null(0.0),
            rfm_monetary=features[f"aum_mean_{rule.monetary_days}"].fill_null(0.0),
        )
    )
    names = ("rfm_recency", "rfm_frequency", "rfm_monetary")
    scored = values.mutate(**{name: _score(values[name], cut_points(engine, values, name)) for name in names})
    return scored.mutate(rfm_group=_group(scored, rule))


def cut_points(engine: Engine, values: ir.Table, column: str) -> tuple[float, ...]:
    """The smallest values that have at least 1, 2, 3, 4 fifths of all rows strictly below them; fewer than four
    when ties leave none.
    """
    counted = values.group_by(value=values[column]).aggregate(n=lambda t: t.count())
    running = counted.mutate(
        upto=counted.n.sum().over(ibis.window(order_by="value", preceding=None, following=0)),
        whole=counted.n.sum().over(),
    )
    below = (running.upto - running.n) * QUINTILES
    cuts = {f"cut_{k}": running.value.min(where=below >= running.whole * k) for k in range(1, QUINTILES)}
    [found] = engine.arrow(running.aggregate(**cuts)).to_pylist()
    return tuple(cut for cut in found.values() if cut is not None)


def _score(value: ir.FloatingColumn, cuts: tuple[float, ...]) -> ir.IntegerValue:
    return sum(((value >= cut).cast("int64") for cut in cuts), ibis.literal(1, "int64")).cast("int64")


def group_of(recent: bool, often: bool, much: bool) -> RfmGroup:
    """The name of a combination: 重要价值, 重要发展, 重要保持, 重要挽留 with much money, 一般… with little."""
    names: dict[tuple[bool, bool], tuple[RfmGroup, RfmGroup]] = {
        (True, True): ("champion", "regular"),
        (True, False): ("growing", "newcomer"),
        (False, True): ("keep", "fading"),
        (False, False): ("win_back", "low"),
    }
    return names[recent, often][0 if much else 1]


def _group(t: ir.Table, rule: RfmRule) -> ir.StringValue:
    recent, often, much = (t[n] >= rule.high_from for n in ("rfm_recency", "rfm_frequency", "rfm_monetary"))
    branches = [
        ((recent == r) & (often == o) & (much == m), group_of(r, o, m))
        for r in (True, False)
        for o in (True, False)
        for m in (True, False)
    ]
    return ibis.cases(*branches, else_="low")
