"""What became of every candidate of the day, written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.loop_policy import LoopPolicy
from liuke.clock import AsOf
from liuke.daily.gating import Gated
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.tables import CANDIDATE_FATE, DECISION

KEPT_DAYS: Final = 35
"""Fates are kept so long: for the question why, and to try a policy on last month."""
_FATES: Final = {"decided": "chosen", "minor": "gated"}


def tell_again(lake: Lake, engine: Engine, as_of: AsOf) -> bool:
    """Whether a run of an older day has anything to tell: what was told while it was the newest knew more."""
    fates = lake.scan(engine, CANDIDATE_FATE)
    return not engine.count(fates.filter(fates.as_of == ibis.literal(as_of.day)).limit(1))


def tell_day(lake: Lake, engine: Engine, gated: Gated, care: ir.Table, policy: LoopPolicy, as_of: AsOf) -> int:
    """Replaces the day's rows of CANDIDATE_FATE; returns how many.

    care: customer_id, fate of those whom the care call's gates let through (act/decide.py), found before the day's
    decisions were made: who was decided today stands in the decision table.
    """
    decided = lake.scan(engine, DECISION)
    today = decided.filter(decided.as_of == ibis.literal(as_of.day), decided.experiment == policy.experiment)
    arms = today.select("customer_id", arm=ibis.cases((today.arm == "holdout", "held_out"), else_="chosen"),
                        drawn="draw")  # fmt: skip
    rows = gated.rows
    joined = rows.left_join(care.select("customer_id", loop_fate="fate"), "customer_id").drop("customer_id_right")
    joined = joined.left_join(arms, "customer_id").drop("customer_id_right")
    versions = engine.from_arrow(_versions(gated))
    joined = joined.left_join(versions, "offer_id").drop("offer_id_right")
    told = engine.materialise(_told(joined, gated, as_of))
    lake.replace(CANDIDATE_FATE, engine.batches(told), where=f"as_of = '{as_of.day}'")
    _forget(lake, engine, as_of)
    return engine.count(told)


def _told(rows: ir.Table, gated: Gated, as_of: AsOf) -> ir.Table:
    care = rows.source == "churn"
    told = [(rows.loop_fate == code, fate) for code, fate in _FATES.items()]
    by_loop = ibis.cases(*told, else_=rows.loop_fate)
    fate = ibis.cases(
        (rows.gate.isin(["eligibility"]), "not_eligible"),
        (rows.gate.isin(["applicability"]), "not_applicable"),
        (rows.gate.notnull(), "gated"),
        (care, ibis.coalesce(rows.arm, by_loop, ibis.literal("passed"))),
        else_="passed",
    )
    known = {
        "as_of": ibis.literal(as_of.day),
        "decided_at": ibis.literal(as_of.known_by),
        "fate": fate,
        "draw": ibis.ifelse(care, rows.drawn, ibis.null("float64")),
        "policy_version": ibis.literal(gated.version),
        "offer_version": rows.offer_version,
    }
    made: dict[str, ir.Value] = {}
    for column in CANDIDATE_FATE.columns:
        found = known.get(column.name, rows[column.name] if column.name in rows.columns else None)
        made[column.name] = _null(column.arrow) if found is None else found
    return rows.select(**made)


def _null(kind: pa.DataType) -> ir.Value:
    return ibis.null({"double": "float64", "bool": "boolean"}.get(str(kind), str(kind)))


def _versions(gated: Gated) -> pa.Table:
    found = gated.offer_versions
    return pa.table({"offer_id": pa.array(found, pa.string()), "offer_version": pa.array(found.values(), pa.string())})


def _forget(lake: Lake, engine: Engine, as_of: AsOf) -> None:
    last = as_of.day - timedelta(days=KEPT_DAYS)
    kept = lake.scan(engine, CANDIDATE_FATE)
    if engine.count(kept.filter(kept.as_of <= ibis.literal(last)).limit(1)):
        lake.replace(CANDIDATE_FATE, CANDIDATE_FATE.arrow.empty_table(), where=f"as_of <= '{last}'")
