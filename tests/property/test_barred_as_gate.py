"""Who may not be approached: the sender's quick look at the lake and the gate of the decisions say the same."""

import os
import random
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from liuke.act.candidate import CANDIDATE
from liuke.act.contact_policy import ALL_HOLDS, ContactPolicy, Planned
from liuke.act.gates.chain import gate_by_gate
from liuke.act.gates.facts import contact_facts
from liuke.act.gates.moment import moment_of
from liuke.act.gates.sheet import SHEET
from liuke.act.outbox.message import Message
from liuke.engine import Engine
from liuke.sending.barred import Barred
from tests.act.gates.asking import PAIRS, candidate, care, hold
from tests.insight import bank as b

SEEDS = range(int(os.environ.get("LIUKE_EXAMPLES", "2")))
PEOPLE = [f"C{n}" for n in range(600)]
TODAY = Planned(b.DAY, {})
NEAR = (-1, 0, 1, 3)
"""Days ago: around the day, where mistakes are."""


def a_bank(dice: random.Random) -> b.Bank:
    """Grown-ups, most with a hold or a complaint: some over, some to come, some changed since they were first told."""
    people = [b.customer(code, birth_date=b.ago(40 * 365)) for code in PEOPLE]
    holds, complaints = [], []
    for who in PEOPLE:
        if dice.random() < 0.6:
            until = None if dice.random() < 0.2 else b.ago(dice.choice(NEAR))
            told = hold(who, kind=dice.choice(ALL_HOLDS), since=b.ago(dice.choice(NEAR)), until=until)
            holds.append(told)
            if dice.random() < 0.3:
                changed = {
                    "until": b.ago(dice.choice(NEAR)),
                    "ingested_at": told["ingested_at"] + timedelta(minutes=30),
                }
                holds.append(told | changed)
        if dice.random() < 0.2:
            over = None if dice.random() < 0.4 else b.at(b.ago(dice.choice(NEAR)), dice.choice((0, 12, 23)))
            complaints.append(b.complaint(dice.choice(NEAR), who, resolved_at=over))
    return {"customer": people, "hold": holds, "complaint": complaints}


def a_policy(dice: random.Random) -> ContactPolicy:
    """The quiet days after a complaint are the decision's to see, not the sender's."""
    return ContactPolicy(
        holds=dice.choice([ALL_HOLDS, ("fraud", "dispute")]), service_holds=dice.choice([ALL_HOLDS, ("deceased",)]),
        complaint_quiet_days=0,
    )  # fmt: skip


class Lists:
    """A lake of lists, asked as the sender asks its own."""

    def __init__(self, engine: Engine, bank: b.Bank) -> None:
        self._engine, self._rows = engine, b.source(engine, bank)

    def rows(self, table: Any, pick: Any) -> list[dict[str, Any]]:
        return self._engine.arrow(pick(self._rows(table))).to_pylist()


def by_gate(engine: Engine, bank: b.Bank, policy: ContactPolicy) -> set[tuple[str, str]]:
    asked = [kind(one) for one in PEOPLE for kind in (candidate, care)]
    rows = engine.from_arrow(pa.Table.from_pylist(asked, schema=CANDIDATE))
    facts = contact_facts(b.known_tables(engine, bank), PAIRS)
    sheet = engine.from_arrow(SHEET.empty_table())
    found = engine.arrow(gate_by_gate(rows, facts, sheet, policy, moment_of(TODAY))).to_pylist()
    return {(row["customer_id"], row["message_class"]) for row in found if row["hold_rule"] is not None}


def by_sender(engine: Engine, bank: b.Bank, policy: ContactPolicy) -> set[tuple[str, str]]:
    now = b.known_tables(engine, bank).day_ends - timedelta(seconds=1)
    messages = {
        (one, kind): Message(f"{one}.{kind}", "sms", "customer", one, "x", kind, now, customer_id=one)
        for one in PEOPLE for kind in ("marketing", "service")
    }  # fmt: skip
    stopped = Barred(Lists(engine, bank), policy, b.ZONE)([*messages.values()], now)  # type: ignore[arg-type]
    return {which for which, message in messages.items() if message.key in stopped}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sender_bars_whom_the_gate_of_holds_stops(engine: Engine, seed: int):
    dice = random.Random(seed)
    bank, policy = a_bank(dice), a_policy(dice)
    found = by_sender(engine, bank, policy)
    assert found == by_gate(engine, bank, policy)
    assert 100 < len(found) < 2 * len(PEOPLE) - 100
