from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from liuke.act.decide import candidates, capacities, decide, fates, loop_id, new_decisions, with_open_complaints
from liuke.act.loop_policy import LoopPolicy
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import CUSTOMER_SNAPSHOT, DECISION, SIGNAL, STAFF

DAY = date(2026, 3, 31)
NOW = datetime(2026, 4, 1, 1, tzinfo=UTC)
AS_OF = AsOf(DAY, NOW)
POLICY = LoopPolicy(default_daily_capacity=2, pool_daily_capacity=1)


def person(customer_id: str, **over: Any) -> dict[str, Any]:
    base = {
        "as_of": DAY, "customer_id": customer_id, "branch_id": "B1", "staff_id": "S1", "products": 1,
        "aum": Decimal("1000.00"), "aum_30": Decimal("1000.00"), "score": 0.5, "tier": "orange",
        "frequency_severity": 0.5, "balance_severity": 0.0, "complaint_severity": 0.0, "recency_severity": 0.0,
    }  # fmt: skip
    return base | over


def staff(staff_id: str, **over: Any) -> dict[str, Any]:
    base = {
        "staff_id": staff_id, "name": staff_id, "branch_id": "B1", "role": "rm", "active": True,
        "source": "t", "batch_id": "b", "line": 1, "ingested_at": NOW,
    }  # fmt: skip
    return base | over


class Bank:
    def __init__(self, engine: Engine, people: list[dict[str, Any]], rms: list[dict[str, Any]] | None = None) -> None:
        self.engine = engine
        self.people = engine.from_arrow(pa.Table.from_pylist(people, schema=CUSTOMER_SNAPSHOT.arrow))
        rows = [staff("S1")] if rms is None else rms
        self.staff = engine.from_arrow(pa.Table.from_pylist(rows, schema=STAFF.arrow))
        self.decided: pa.Table = DECISION.arrow.empty_table()

    def run(self, day: date = DAY, policy: LoopPolicy = POLICY) -> pa.Table:
        made = new_decisions(
            self.engine, self.people.mutate(as_of=day), self.engine.from_arrow(self.decided), self.staff,
            policy, AsOf(day, NOW), NOW,
        )  # fmt: skip
        self.decided = pa.concat_tables([self.decided, made])
        return made

    def fates(self, policy: LoopPolicy = POLICY) -> dict[str, str]:
        expr = fates(self.people, self.engine.from_arrow(self.decided), capacities(self.staff, policy), policy, AS_OF)
        return {r["customer_id"]: r["fate"] for r in self.engine.arrow(expr).to_pylist()}


def test_the_tier_ranks_before_score_times_log_aum_and_the_customer_id_breaks_ties(engine: Engine) -> None:
    people = [
        person("C1", tier="orange", score=0.99, aum=Decimal("9000000")),
        person("C2", tier="red", score=0.2, aum=Decimal("10")),
        person("C3", tier="orange", score=0.5, aum=Decimal("1000000")),
        person("C5", tier="orange", score=0.9, aum=Decimal("100")),
        person("C4", tier="orange", score=0.9, aum=Decimal("100")),
    ]
    bank = Bank(engine, people)
    expr = candidates(
        bank.people, engine.from_arrow(bank.decided), capacities(bank.staff, POLICY),
        LoopPolicy(default_daily_capacity=9), AS_OF,
    )  # fmt: skip
    wide = fates(
        bank.people, engine.from_arrow(bank.decided),
        capacities(bank.staff, LoopPolicy(default_daily_capacity=9)), LoopPolicy(default_daily_capacity=9), AS_OF,
    )  # fmt: skip
    order = [r["customer_id"] for r in sorted(engine.arrow(wide).to_pylist(), key=lambda r: r["desk_rank"])]
    assert order == ["C2", "C1", "C3", "C4", "C5"]
    assert {r["customer_id"] for r in engine.arrow(expr).to_pylist()} == {"C2", "C1"}


def test_customers_without_a_tier_are_not_thought_of(engine: Engine) -> None:
    assert Bank(engine, [person("C1", tier="none")]).fates() == {}


def test_customers_without_an_rm_or_with_one_who_left_share_the_branch_pool(engine: Engine) -> None:
    people = [
        person("C1", staff_id=None, score=0.9),
        person("C2", staff_id="S9", score=0.8),
        person("C3", staff_id=None, branch_id="B2"),
        person("C4", staff_id=None, branch_id=None),
    ]
    bank = Bank(engine, people, [staff("S1"), staff("S9", active=False)])
    assert bank.fates() == {"C1": "decided", "C2": "capacity", "C3": "decided", "C4": "no_desk"}
    assert {r["staff_id"] for r in bank.run().to_pylist()} == {None}


def test_an_rm_with_capacity_zero_gets_nobody_and_an_own_capacity_beats_the_default(engine: Engine) -> None:
    people = [person(f"C{i}", staff_id=s) for i, s in enumerate(["S1", "S1", "S2", "S2", "S2", "S2"])]
    bank = Bank(engine, people, [staff("S1", daily_capacity=0), staff("S2", daily_capacity=3)])
    assert [r["staff_id"] for r in bank.run().to_pylist()] == ["S2"] * 3


@pytest.mark.parametrize(
    ("birth", "fate"),
    [(date(2008, 3, 31), "decided"), (date(2008, 4, 1), "minor"), (None, "decided"), (date(1950, 1, 1), "decided")],
)
def test_minors_are_never_decided_and_become_eligible_on_their_birthday(engine: Engine, birth: date, fate: str) -> None:
    assert Bank(engine, [person("C1", birth_date=birth)]).fates() == {"C1": fate}


def test_a_second_run_for_the_same_day_decides_nobody_even_when_capacity_was_cut(engine: Engine) -> None:
    bank = Bank(engine, [person(f"C{i}") for i in range(6)])
    assert bank.run().num_rows == 2
    assert bank.run().num_rows == 0


def test_a_second_run_with_late_people_who_rank_higher_does_not_overfill_the_day(engine: Engine) -> None:
    bank = Bank(engine, [person("C1"), person("C2"), person("C3")])
    bank.run()
    late = Bank(engine, [person("C1"), person("C2"), person("A0", tier="red")])
    late.decided = bank.decided
    assert late.run().num_rows == 0


@pytest.mark.parametrize(("days", "again"), [(1, 0), (89, 0), (90, 1), (-1, 0), (-89, 0)])
def test_a_customer_is_not_decided_again_within_the_cool_down(engine: Engine, days: int, again: int) -> None:
    bank = Bank(engine, [person("C1")])
    bank.run()
    assert bank.run(DAY + timedelta(days=days)).num_rows == again


def test_another_experiment_does_not_count_as_a_cool_down(engine: Engine) -> None:
    bank = Bank(engine, [person("C1")])
    bank.run()
    assert bank.run(policy=LoopPolicy(experiment="other")).num_rows == 1


def test_who_is_decided_does_not_depend_on_the_draw(engine: Engine) -> None:
    people = [person(f"C{i}", score=i / 50) for i in range(40)]
    chosen = [
        set(
            Bank(engine, people).run(policy=LoopPolicy(salt=salt, default_daily_capacity=15))["customer_id"].to_pylist()
        )
        for salt in ("a", "b", "c")
    ]
    assert chosen[0] == chosen[1] == chosen[2] == {f"C{i}" for i in range(25, 40)}


def test_decisions_fit_the_contract_and_held_out_ones_have_no_treatment(engine: Engine) -> None:
    policy = LoopPolicy(default_daily_capacity=60, holdout_share=0.3)
    made = Bank(engine, [person(f"C{i}") for i in range(60)]).run(policy=policy)
    assert made.schema.equals(DECISION.arrow)
    assert set(made["arm"].to_pylist()) == {"treated", "holdout"}
    for row in made.to_pylist():
        assert (row["arm"] == "holdout") == (row["draw"] < 0.3) == (row["treatment"] is None)
        care, nothing = json.loads(row["candidates"])
        assert (care["fate"], nothing["fate"]) == (
            ("held_out", "chosen") if row["arm"] == "holdout" else ("chosen", "not_chosen")
        )


def test_an_open_complaint_is_noted_with_the_decision(engine: Engine) -> None:
    signal = {c.name: 0 if c.kind == "int" else 0.0 for c in SIGNAL.columns if c.kind in ("int", "float")}
    money = {n: Decimal(1) for n in ("aum", "aum_30", "aum_60", "aum_90")}
    row = signal | money | {"as_of": DAY, "customer_id": "C1", "complaints_open": 2, "tier": "red"}
    signals = engine.from_arrow(pa.Table.from_pylist([row], schema=SIGNAL.arrow))
    bank = Bank(engine, [person("C1"), person("C2")])
    bank.people = with_open_complaints(bank.people, signals)
    notes = {r["customer_id"]: json.loads(r["candidates"])[0]["gates"][-1]["result"] for r in bank.run().to_pylist()}
    assert notes == {"C1": "note", "C2": "passed"}


def test_the_loop_id_is_the_same_everywhere_and_for_ever() -> None:
    # printf '%s' 'rm_care|C1|2026-03-31' | sha256sum | cut -c1-16
    assert loop_id("rm_care", "C1", DAY) == "L6828f3dcadc80db3"


def test_deciding_nobody_gives_an_empty_table_with_the_contracts_columns(engine: Engine) -> None:
    empty = engine.arrow(
        candidates(
            engine.from_arrow(CUSTOMER_SNAPSHOT.arrow.empty_table()), engine.from_arrow(DECISION.arrow.empty_table()),
            capacities(engine.from_arrow(STAFF.arrow.empty_table()), POLICY), POLICY, AS_OF,
        )
    )  # fmt: skip
    assert decide(empty, POLICY, AS_OF, NOW).schema.equals(DECISION.arrow)
