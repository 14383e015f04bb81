"""Fates as decisions: what was chosen, and what was held out by the treatment's own draw."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.arbitrate.fates import NOTHING
from liuke.act.decide import loop_id
from liuke.engine import Engine
from liuke.tables import DECISION

Row = Mapping[str, Any]
_KEPT: Final = ("treatment", "channel", "source", "fate", "gate", "rule", "beaten_by", "eiv")
_DRAWN: Final = ("explore_draw", "explore_share", "draw_probability")
_PERSON: Final = ("tier", "score", "aum", "branch_id", "staff_id")


def decision_rows(engine: Engine, fates: ir.Table, people: ir.Table, experiments: ir.BooleanValue) -> pa.Table:
    """DECISION rows, sorted by loop_id; bounded by the desks' places.

    fates: CANDIDATE_FATE rows of one day. people: customer_id, branch_id, staff_id, tier, score, aum. experiments: true
    for fates that belong to the experiment of a treatment: who is held out from everything is no decision about one.
    """
    won = fates.filter(experiments, fates.fate.isin(["chosen", "held_out"]), fates.draw.notnull())
    who = engine.materialise(won.select("customer_id").distinct())
    about = fates.semi_join(who, "customer_id").order_by("customer_id", "treatment", "source", "source_id", "channel")
    facts = people.semi_join(who, "customer_id").select("customer_id", *_PERSON)
    person = {row["customer_id"]: row for row in engine.arrow(facts).to_pylist()}
    by_customer = groupby(engine.arrow(about).to_pylist(), key=lambda row: str(row["customer_id"]))
    made = [_decision(list(rows), person[customer]) for customer, rows in by_customer]
    return pa.Table.from_pylist(sorted(made, key=lambda row: str(row["loop_id"])), schema=DECISION.arrow)


def _decision(rows: list[dict[str, Any]], person: Row) -> dict[str, Any]:
    """Of one customer's fates: exactly one of them was drawn for."""
    [won] = (row for row in rows if row["draw"] is not None and row["fate"] in {"chosen", "held_out"})
    held_out = won["fate"] == "held_out"
    return {
        **{name: person[name] for name in _PERSON},
        **{n: won[n] for n in ("as_of", "decided_at", "customer_id", "experiment", "draw", "holdout_share")},
        "loop_id": loop_id(won["experiment"], won["customer_id"], won["as_of"]),
        "arm": "holdout" if held_out else "treated",
        "treatment": None if held_out else won["treatment"],
        "candidates": _json(rows, held_out=held_out),
        "policy_version": won["policy_version"],
    }


def _json(rows: Iterable[Row], *, held_out: bool) -> str:
    """Every candidate with its fate, doing nothing among them; what was drawn to learn from with draw and chance."""
    told = [_told(row) for row in rows]
    told.append({"treatment": NOTHING, "fate": "chosen" if held_out else "not_chosen"})
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _told(row: Row) -> dict[str, Any]:
    names = (*_KEPT, *_DRAWN) if row["explored"] else _KEPT
    return {name: row[name] for name in names if row[name] is not None} | (
        {"explored": True} if row["explored"] else {}
    )
