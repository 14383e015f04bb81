"""What became of every candidate of the day, written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.clock import AsOf
from liuke.daily.deciding import Decided
from liuke.daily.gating import Gated
from liuke.daily.weighing import opted_out
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.tables import CANDIDATE_FATE

KEPT_DAYS: Final = 35
"""Fates are kept so long: for the question why, and to try a policy on last month."""
_FATES: Final = {"decided": "chosen", "minor": "gated"}


def tell_again(lake: Lake, engine: Engine, as_of: AsOf) -> bool:
    """Whether a run of an older day has anything to tell: what was told while it was the newest knew more."""
    fates = lake.scan(engine, CANDIDATE_FATE)
    return not engine.count(fates.filter(fates.as_of == ibis.literal(as_of.day)).limit(1))


def tell_day(lake: Lake, engine: Engine, gated: Gated, decided: Decided, as_of: AsOf) -> int:
    """Replaces the day's rows of CANDIDATE_FATE, those of campaigns and trigger rules aside; returns how many."""
    versions = engine.from_arrow(_versions(gated))
    parts = [_told(rest, gated, as_of) for rest in (decided.rest,) if rest is not None]
    parts += [rows.select(*CANDIDATE_FATE.names) for rows in (decided.weighed,) if rows is not None]
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    named = rows.drop("offer_version").left_join(versions, "offer_id").drop("offer_id_right")
    told = engine.materialise(named.select(*CANDIDATE_FATE.names))
    where = f"as_of = '{as_of.day}' AND source <> 'campaign' AND source <> 'trigger'"
    lake.replace(CANDIDATE_FATE, engine.batches(told), where=where)
    _forget(lake, engine, as_of)
    return engine.count(told)


def _told(rows: ir.Table, gated: Gated, as_of: AsOf) -> ir.Table:
    """Of what was not weighed: where a gate stops it, what the desk's own order said of it, or nothing."""
    by_loop = ibis.cases(*[(rows.loop_fate == code, fate) for code, fate in _FATES.items()], else_=rows.loop_fate)
    fate = ibis.cases(
        (rows.gate.isin(["eligibility"]), "not_eligible"),
        (rows.gate.isin(["applicability"]), "not_applicable"),
        (opted_out(rows), "human_review"),
        (rows.gate.notnull(), "gated"),
        else_=ibis.coalesce(by_loop, ibis.literal("passed")),
    )
    known = {
        "as_of": ibis.literal(as_of.day),
        "decided_at": ibis.literal(as_of.known_by),
        "fate": fate,
        "policy_version": ibis.literal(gated.version),
    }
    return fate_rows(rows.mutate(**known))


def fate_rows(rows: ir.Table) -> ir.Table:
    """CANDIDATE_FATE rows of what is known; columns that are not there are null."""
    kinds = ibis.schema(CANDIDATE_FATE.arrow)
    made: dict[str, ir.Value] = {}
    for name in CANDIDATE_FATE.names:
        kind = kinds[name].copy(nullable=True)
        made[name] = (rows[name] if name in rows.columns else ibis.null(kind)).cast(kind)
    return rows.select(**made)


def _versions(gated: Gated) -> pa.Table:
    codes, versions = list(gated.offers), [offer.version for offer in gated.offers.values()]
    return pa.table({"offer_id": pa.array(codes, pa.string()), "offer_version": pa.array(versions, pa.string())})


def _forget(lake: Lake, engine: Engine, as_of: AsOf) -> None:
    last = as_of.day - timedelta(days=KEPT_DAYS)
    kept = lake.scan(engine, CANDIDATE_FATE)
    if engine.count(kept.filter(kept.as_of <= ibis.literal(last)).limit(1)):
        lake.replace(CANDIDATE_FATE, CANDIDATE_FATE.arrow.empty_table(), where=f"as_of <= '{last}'")
