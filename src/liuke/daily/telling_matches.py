"""What became of the day's matches of trigger rules, written down beside the fates of the morning's candidates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import ibis
import pyarrow as pa

from liuke.act.gates.sentences import OVER_SHARE
from liuke.act.triggered import experiment_of
from liuke.clock import AsOf
from liuke.daily.telling import fate_rows
from liuke.engine import Engine
from liuke.state.models import TriggerMatch
from liuke.tables import CANDIDATE_FATE
from liuke.tables.schema import TIMESTAMP
from liuke.wiring import House

_FATES: Final[Mapping[str, str]] = {
    "treated": "chosen", "holdout": "held_out", "withheld": "held_out", "minor": "gated", "gated": "gated",
    "over_share": "gated", "no_desk": "no_desk",
}  # fmt: skip
"""By the match's fate. Left out: shadow (nothing was meant to be done) and unknown (nobody of the bank's)."""
_STOPS: Final[Mapping[str, Mapping[str, Any]]] = {
    "minor": {"gate": "hold", "rule": "under_age"},
    "over_share": {"gate": "approval", "rule": OVER_SHARE},
}
"""What stopped a match that the gates were not asked about."""
_MATCH: Final = pa.schema(
    [
        ("customer_id", pa.string()), ("rule_code", pa.string()), ("decided_at", TIMESTAMP), ("fate", pa.string()),
        ("gate", pa.string()), ("rule", pa.string()), ("fact", pa.string()), ("may_change_on", pa.string()),
        ("stops", pa.int64()), ("experiment", pa.string()), ("draw", pa.float64()), ("holdout_share", pa.float64()),
        ("policy_version", pa.string()), ("loop_id", pa.string()),
    ]
)  # fmt: skip
_CHUNK: Final = 5000


def tell_matches(house: House, engine: Engine, as_of: AsOf) -> int:
    """Replaces the rows of CANDIDATE_FATE that come from trigger rules of the bank's day; returns how many.

        as_of customer_id treatment        source  source_id     channel fate  gate    rule          fact
        06-30 C7          trigger_payroll  trigger payroll       phone   gated consent automated_off 2026-05-01

    One row per customer and rule: where a rule matched more than once, what was decided stands, else the newest.
    """
    matches = pa.Table.from_batches(_batches(house, as_of), schema=_MATCH)
    if not matches.num_rows and not _told_before(house, engine, as_of):
        return 0
    rows = engine.from_arrow(matches)
    decided = rows.fate.isin(["chosen", "held_out"])
    newest = ibis.window(
        group_by=["customer_id", "rule_code"],
        order_by=[ibis.desc(decided), ibis.desc(rows.decided_at), ibis.asc(rows.loop_id)],
    )
    rows = rows.mutate(nth=ibis.row_number().over(newest))
    rows = rows.filter(rows.nth == 0)
    told = engine.materialise(fate_rows(rows.mutate(
        as_of=ibis.literal(as_of.day), treatment=experiment_of("") + rows.rule_code, source=ibis.literal("trigger"),
        source_id=rows.rule_code, theme=rows.rule_code, message_class=ibis.literal("service"),
        channel=ibis.literal("phone"),
    )))  # fmt: skip
    where = f"as_of = '{as_of.day}' AND source = 'trigger'"
    house.lake.replace(CANDIDATE_FATE, engine.batches(told), where=where)
    return engine.count(told)


def _told_before(house: House, engine: Engine, as_of: AsOf) -> bool:
    fates = house.lake.scan(engine, CANDIDATE_FATE)
    mine = fates.filter(fates.as_of == ibis.literal(as_of.day), fates.source == "trigger")
    return bool(engine.count(mine.limit(1)))


def _batches(house: House, as_of: AsOf) -> Iterator[pa.RecordBatch]:
    """The matches decided on the bank's day, in rows of _MATCH."""
    began = datetime.combine(as_of.day, time(), house.zone).astimezone(UTC)
    ended = datetime.combine(as_of.day + timedelta(days=1), time(), house.zone).astimezone(UTC)
    found = TriggerMatch.objects.filter(decided_at__gte=began, decided_at__lt=ended, fate__in=list(_FATES))
    wanted = ("customer_id", "rule", "version", "fate", "numbers", "decision", "decided_at", "loop_id")
    rows: list[dict[str, Any]] = []
    for match in found.values(*wanted).iterator(_CHUNK):
        rows.append(_row(match))
        if len(rows) == _CHUNK:
            yield pa.RecordBatch.from_pylist(rows, schema=_MATCH)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=_MATCH)


def _row(match: Mapping[str, Any]) -> dict[str, Any]:
    """A match's own rule is `rule_code`; `rule` is that of the gate."""
    stop = _STOPS.get(match["fate"]) or match["numbers"].get("stopped") or {}
    made = match["decision"] or match["numbers"].get("withheld") or {}
    refused = stop.get("rule") == "automated_off"
    return {
        "customer_id": match["customer_id"], "rule_code": match["rule"], "decided_at": match["decided_at"],
        "fate": "human_review" if refused else _FATES[match["fate"]], "gate": stop.get("gate"),
        "rule": stop.get("rule"), "fact": stop.get("fact"), "may_change_on": stop.get("may_change_on"),
        "stops": stop.get("stops", 1) if stop else 0, "experiment": made.get("experiment"), "draw": made.get("draw"),
        "holdout_share": made.get("holdout_share"), "policy_version": made.get("policy_version") or match["version"],
        "loop_id": match["loop_id"],
    }  # fmt: skip
