"""Who may not be approached: the sender's quick look at the lake and the gate of the decisions say the same."""

import os
from datetime import timedelta
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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

EXAMPLES = int(os.environ.get("LIUKE_EXAMPLES", "6"))
PEOPLE = [f"C{n}" for n in range(12)]
TODAY = Planned(b.DAY, {})
around = st.integers(-4, 8)
who = st.sampled_from(PEOPLE)


@st.composite
def banks(draw: st.DrawFn) -> b.Bank:
    """Grown-ups with holds, some over, some to come, some changed since they were first told, and complaints."""
    holds = [
        hold(draw(who), kind=draw(st.sampled_from(ALL_HOLDS)), since=b.ago(draw(around)),
             until=None if (ago := draw(st.none() | around)) is None else b.ago(ago))
        for _ in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    alone = list({(row["customer_id"], row["kind"]): row for row in holds}.values())
    mended = [
        row | {"until": b.ago(draw(around)), "ingested_at": row["ingested_at"] + timedelta(days=1)}
        for row in alone if draw(st.booleans())
    ]  # fmt: skip
    complaints = [
        b.complaint(draw(around), draw(who), resolved_at=None if (ago := draw(st.none() | around)) is None
                    else b.at(b.ago(ago), draw(st.integers(0, 23))))
        for _ in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    people = [b.customer(code, birth_date=b.ago(40 * 365)) for code in PEOPLE]
    return {"customer": people, "hold": [*alone, *mended], "complaint": complaints}


policies = st.builds(
    ContactPolicy,
    holds=st.sampled_from([ALL_HOLDS, ("fraud", "dispute"), ()]),
    service_holds=st.sampled_from([ALL_HOLDS, ("deceased",), ()]),
    complaint_quiet_days=st.just(0),  # the quiet days after a complaint are the decision's to see
)


class Lists:
    """A lake of lists, asked as the sender asks its own."""

    def __init__(self, engine: Engine, bank: b.Bank) -> None:
        self._engine, self._rows = engine, b.source(engine, bank)

    def rows(self, table: Any, pick: Any) -> list[dict[str, Any]]:
        return self._engine.arrow(pick(self._rows(table))).to_pylist()


def by_gate(engine: Engine, bank: b.Bank, policy: ContactPolicy) -> dict[tuple[str, str], bool]:
    asked = [kind(one) for one in PEOPLE for kind in (candidate, care)]
    rows = engine.from_arrow(pa.Table.from_pylist(asked, schema=CANDIDATE))
    facts = contact_facts(b.known_tables(engine, bank), PAIRS)
    sheet = engine.from_arrow(SHEET.empty_table())
    found = engine.arrow(gate_by_gate(rows, facts, sheet, policy, moment_of(TODAY))).to_pylist()
    return {(row["customer_id"], row["message_class"]): row["hold_rule"] is not None for row in found}


def by_sender(engine: Engine, bank: b.Bank, policy: ContactPolicy) -> dict[tuple[str, str], bool]:
    now = b.known_tables(engine, bank).day_ends - timedelta(seconds=1)
    messages = {
        (one, kind): Message(f"{one}.{kind}", "sms", "customer", one, "x", kind, now, customer_id=one)
        for one in PEOPLE for kind in ("marketing", "service")
    }  # fmt: skip
    stopped = Barred(Lists(engine, bank), policy, b.ZONE)([*messages.values()], now)  # type: ignore[arg-type]
    return {which: message.key in stopped for which, message in messages.items()}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(bank=banks(), policy=policies)
def test_the_sender_bars_whom_the_gate_of_holds_stops(engine: Engine, bank: b.Bank, policy: ContactPolicy):
    assert by_sender(engine, bank, policy) == by_gate(engine, bank, policy)
