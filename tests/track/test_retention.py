from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from liuke.tables import CONTACT, DECISION, OUTCOME, SIGNAL
from liuke.track.retention import Funnel, Warned, funnel, warned

DECIDED = date(2026, 3, 1)


def counted(bank: Any, since: date = DECIDED, until: date = DECIDED) -> Funnel:
    return funnel(bank.engine, bank.table(DECISION), bank.table(CONTACT), bank.table(OUTCOME), since, until, 30)


def outcome(bank: Any, customer_id: str, *, retained: bool) -> None:
    bank.add(
        OUTCOME, datetime.now(UTC), loop_id=f"L-{customer_id}-0301", customer_id=customer_id, horizon_days=30,
        matured_on=DECIDED + timedelta(days=30), retained=retained, aum=Decimal(0), aum_kept_share=0.0,
        transactions_30=0,
    )  # fmt: skip


def test_each_step_of_the_funnel_counts_decisions_once(bank: Any) -> None:
    for name in ("T1", "T2", "T3"):
        bank.decision(name)
    bank.decision("H1", arm="holdout")
    bank.contact("T1", DECIDED + timedelta(days=1), loop_id="L-T1-0301", result="not_reached")
    bank.contact("T1", DECIDED + timedelta(days=2), loop_id="L-T1-0301")
    bank.contact("T2", DECIDED + timedelta(days=2), result="not_reached")  # a source without loop_id
    bank.contact("T3", DECIDED - timedelta(days=2))  # before the decision
    bank.contact("H1", DECIDED + timedelta(days=2))
    outcome(bank, "T1", retained=True)
    outcome(bank, "T2", retained=False)
    outcome(bank, "H1", retained=True)
    assert counted(bank) == Funnel(4, 1, 3, contacted=2, reached=1, measured=2, retained=1)


def test_a_contact_for_another_loop_does_not_count(bank: Any) -> None:
    bank.decision("T1")
    bank.contact("T1", DECIDED + timedelta(days=2), loop_id="other")
    assert counted(bank).contacted == 0


def test_decisions_outside_the_span_are_left_out_and_an_empty_funnel_is_zero(bank: Any) -> None:
    bank.decision("T1", DECIDED - timedelta(days=1))
    assert counted(bank) == Funnel(0, 0, 0, 0, 0, 0, 0)


def test_warnings_are_counted_by_tier_on_the_day(bank: Any) -> None:
    zeros = {c.name: 0 if c.kind == "int" else 0.0 for c in SIGNAL.columns if c.kind in ("int", "float")}
    money = {name: Decimal("10.50") for name in ("aum", "aum_30", "aum_60", "aum_90")}
    for i, (tier, day) in enumerate(
        [("red", DECIDED), ("red", DECIDED), ("yellow", DECIDED), ("none", DECIDED), ("red", DECIDED - timedelta(1))]
    ):
        bank.add(SIGNAL, datetime.now(UTC), **zeros, **money, as_of=day, customer_id=f"C{i}", tier=tier)
    assert warned(bank.engine, bank.table(SIGNAL), DECIDED) == Warned(DECIDED, 2, 0, 1, 31.5)
    assert warned(bank.engine, bank.table(SIGNAL), DECIDED + timedelta(1)).total == 0
