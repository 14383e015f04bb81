"""What a campaign would do today, before anybody is told anything: how many, stopped by which gates, for how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from liuke.act.campaigns.catalogue import Campaign
from liuke.act.gates.chain import CHAIN
from liuke.act.gates.simulate import EVERYBODY, Warned
from liuke.engine import Engine


@dataclass(frozen=True, slots=True)
class GateShare:
    """Candidates of one class of messages whom a gate stops first. share: of the class."""

    message_class: str
    gate: str
    candidates: int
    share: float


@dataclass(frozen=True, slots=True)
class ArmShare:
    """Of one arm: candidates, those no gate stops, and those of them who are left out to measure the effect."""

    arm: str
    channel: str
    candidates: int
    passed: int
    held_out: int


@dataclass(frozen=True, slots=True)
class Previewed:
    """One campaign on the data day. audience: customers meant; candidates: those of them who may enter now. messages:
    those no gate stops and no draw holds out, before budget and rate. cents: what these would cost. working_days: days
    on which it works until all are told, at its rate. over_budget: they need more than the budget. warnings: gates that
    stop nearly everybody. lacking: what the bank does not deliver; then nobody was asked.
    """

    code: str
    day: date
    audience: int
    candidates: int
    messages: int
    held_out: int
    cents: int
    working_days: int
    over_budget: bool
    arms: tuple[ArmShare, ...]
    gates: tuple[GateShare, ...]
    warnings: tuple[Warned, ...]
    lacking: tuple[str, ...] = ()


def counted(engine: Engine, judged: ir.Table) -> list[dict[str, Any]]:
    """campaign, arm, channel, message_class, gate, held_out, n, cents of all judged candidates."""
    keys = ["campaign", "arm", "channel", "message_class", "gate", "held_out"]
    made: list[dict[str, Any]] = engine.arrow(
        judged.group_by(*keys).aggregate(n=judged.count(), cents=judged.cost_cents.sum())
    ).to_pylist()
    return made


def previewed(
    campaign: Campaign, rows: Iterable[dict[str, Any]], day: date, audience: int, lacking: tuple[str, ...] = ()
) -> Previewed:
    """The preview of one campaign. rows: of `counted`."""
    mine = [r for r in rows if r["campaign"] == campaign.code]
    passed = [r for r in mine if r["gate"] is None]
    told = [r for r in passed if not r["held_out"]]
    messages, cents = sum(r["n"] for r in told), int(sum(r["cents"] for r in told))
    spec = campaign.spec
    money = spec.budget.money
    gates = tuple(_gates(mine))
    return Previewed(
        code=campaign.code,
        day=day,
        audience=audience,
        candidates=sum(r["n"] for r in mine),
        messages=messages,
        held_out=sum(r["n"] for r in passed if r["held_out"]),
        cents=cents,
        working_days=-(-messages // spec.rate.per_day),
        over_budget=messages > spec.budget.messages or (money is not None and cents > money * 100),
        arms=tuple(_arms(campaign, mine)),
        gates=gates,
        warnings=tuple(Warned(g.message_class, g.gate, g.share) for g in gates if g.share >= EVERYBODY),
        lacking=lacking,
    )


def _arms(campaign: Campaign, rows: list[dict[str, Any]]) -> Iterable[ArmShare]:
    for arm in campaign.arms:
        mine = [r for r in rows if r["arm"] == arm.code]
        passed = [r for r in mine if r["gate"] is None]
        held = sum(r["n"] for r in passed if r["held_out"])
        yield ArmShare(arm.code, arm.channel, sum(r["n"] for r in mine), sum(r["n"] for r in passed), held)


def _gates(rows: list[dict[str, Any]]) -> Iterable[GateShare]:
    for kind in sorted({r["message_class"] for r in rows}):
        mine = [r for r in rows if r["message_class"] == kind]
        whole = sum(r["n"] for r in mine)
        for gate in CHAIN:
            n = sum(r["n"] for r in mine if r["gate"] == gate)
            if n:
                yield GateShare(kind, gate, n, n / whole)
