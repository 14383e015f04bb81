"""A change of the contact policy tried on past days' candidates before it is activated.

Each day's candidates meet both policies with the facts of that day. What happened before each day stays as it happened:
where a looser policy would have led to more contacts, those are not counted against later days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.chain import CHAIN, judged
from liuke.act.gates.moment import Moment
from liuke.engine import Engine

EVERYBODY: Final = 0.95
"""A gate that stops this share of the candidates of a message class is warned of."""


@dataclass(frozen=True, slots=True)
class PastDay:
    """One day to try the policies on. candidates: of `past_candidates`. facts, sheet: as `judged` takes them. moments:
    of the contact under the policy at work and under the one that is tried: their hours may differ.
    """

    candidates: ir.Table
    facts: ir.Table
    sheet: ir.Table
    moments: tuple[Moment, Moment]


@dataclass(frozen=True, slots=True)
class RuleShare:
    """How many candidates a rule stops first, before and after; alone: those that after the change only it stops."""

    gate: str
    rule: str
    before: int
    after: int
    alone: int


@dataclass(frozen=True, slots=True)
class Warned:
    """A gate that would stop nearly everybody of a message class. share: of its candidates."""

    message_class: str
    gate: str
    share: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """candidates: of all days together. passed_before, passed_after: whom nothing stops. opened: stopped now, passed
    then; shut: the reverse.
    """

    days: tuple[date, ...]
    candidates: int
    passed_before: int
    passed_after: int
    opened: int
    shut: int
    rules: tuple[RuleShare, ...]
    warnings: tuple[Warned, ...]


def past_candidates(fates: ir.Table, day: date) -> ir.Table:
    """The day's candidates as they were when the gates were asked: columns of candidate.CANDIDATE."""
    rows = fates.filter(fates.as_of == ibis.literal(day))
    early = rows.gate.isin(["eligibility", "applicability"]).fill_null(False)
    return rows.select(
        "customer_id", "treatment", "source", "source_id", "theme", "message_class", "purpose", "channel", "offer_id",
        "offered_risk",
        eligible=(rows.gate != "eligibility").fill_null(True),
        applicable=(rows.gate != "applicability").fill_null(True),
        unmet=ibis.ifelse(early, rows.fact, ibis.null("string")),
    )  # fmt: skip


def compared(engine: Engine, past: PastDay, old: ContactPolicy, new: ContactPolicy) -> list[dict[str, Any]]:
    """How many candidates each pair of findings has: message_class, gate and rule before and after, alone, n."""
    before = judged(past.candidates, past.facts, past.sheet, old, past.moments[0])
    named = before.rename(gate_before="gate", rule_before="rule").drop("fact", "may_change_on", "stops")
    kept = engine.materialise(named)
    after = judged(kept, past.facts, past.sheet, new, past.moments[1])
    rows = after.mutate(alone=after.stops == 1)
    keys = ["message_class", "gate_before", "rule_before", "gate", "rule", "alone"]
    found: list[dict[str, Any]] = engine.arrow(rows.group_by(*keys).aggregate(n=rows.count())).to_pylist()
    engine.release(kept)
    return found


def summed(days: Iterable[date], found: Iterable[dict[str, Any]]) -> Simulated:
    """All days' counts of `compared` together."""
    rows = list(found)
    before, after, alone = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in rows:
        if row["gate_before"]:
            before[row["gate_before"], row["rule_before"]] += row["n"]
        if row["gate"]:
            after[row["gate"], row["rule"]] += row["n"]
            alone[row["gate"], row["rule"]] += row["n"] if row["alone"] else 0
    order = list(CHAIN)
    keys = sorted({*before, *after}, key=lambda key: (order.index(key[0]), -after[key], key[1]))
    return Simulated(
        days=tuple(days),
        candidates=sum(r["n"] for r in rows),
        passed_before=sum(r["n"] for r in rows if not r["gate_before"]),
        passed_after=sum(r["n"] for r in rows if not r["gate"]),
        opened=sum(r["n"] for r in rows if r["gate_before"] and not r["gate"]),
        shut=sum(r["n"] for r in rows if r["gate"] and not r["gate_before"]),
        rules=tuple(RuleShare(*key, before[key], after[key], alone[key]) for key in keys),
        warnings=tuple(_warnings(rows)),
    )


def _warnings(rows: list[dict[str, Any]]) -> Iterable[Warned]:
    for kind in sorted({r["message_class"] for r in rows}):
        mine = [r for r in rows if r["message_class"] == kind]
        many = sum(r["n"] for r in mine)
        for gate in CHAIN:
            share = sum(r["n"] for r in mine if r["gate"] == gate) / many
            if share >= EVERYBODY:
                yield Warned(kind, gate, share)
