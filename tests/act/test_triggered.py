"""What becomes of a rule's match: the first gate that stops it, else the draw."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.act.gates.one_customer import Finding
from liuke.act.loop_policy import LoopPolicy
from liuke.act.triggered import Matched, decide_match, experiment_of
from liuke.act.withheld import Withheld
from liuke.tables import DECISION

NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
DAY = date(2026, 6, 30)


@dataclass(frozen=True)
class Person:
    as_of: date = date(2026, 6, 29)
    birth_date: date | None = date(1980, 5, 1)
    branch_id: str | None = "B1"
    staff_id: str | None = "S1"
    aum: Decimal = Decimal("81000.00")
    score: float = 0.4


MATCH = Matched("0123456789abcdef0123456789abcdef", "prepayment_search", "C1", "loan_prepayment", "red")
NOBODY_HELD = LoopPolicy(holdout_share=0)


@pytest.mark.parametrize(
    ("match", "person", "fate"),
    [
        (Matched(MATCH.key, "r", "C1", "t", "red", shadow=True), None, "shadow"),
        (MATCH, None, "unknown"),
        (MATCH, Person(birth_date=date(2008, 7, 1)), "minor"),
        (MATCH, Person(birth_date=date(2008, 6, 30)), "treated"),
        (MATCH, Person(birth_date=None), "treated"),
        (MATCH, Person(branch_id=None, staff_id=None), "no_desk"),
        (MATCH, Person(staff_id=None), "treated"),
    ],
)
def test_the_first_gate_that_fails_is_the_fate_and_nothing_is_decided(match, person, fate):
    found, decision = decide_match(match, person, NOBODY_HELD, DAY, NOW)
    assert found == fate
    assert (decision is None) == (fate != "treated")


@pytest.mark.parametrize(
    ("rule", "fate"),
    [("fraud", "gated"), ("automated_off", "gated"), ("under_age", "minor"), ("unknown_customer", "unknown")],
)
def test_what_the_gates_say_stops_a_match_before_its_desk_is_looked_for(rule, fate):
    stop = Finding("hold", rule, None, None, 1)
    for person in (Person(), Person(branch_id=None, staff_id=None)):
        assert decide_match(MATCH, person, NOBODY_HELD, DAY, NOW, stop) == (fate, None)
    assert decide_match(replace(MATCH, over_share=True), Person(), NOBODY_HELD, DAY, NOW, stop)[0] == "over_share"


def test_a_decision_fills_every_column_of_the_decision_table():
    _, decision = decide_match(MATCH, Person(), NOBODY_HELD, DAY, NOW)
    assert set(decision) == set(DECISION.names)
    assert (decision["loop_id"], decision["treatment"], decision["tier"]) == (
        "L0123456789abcdef",
        "loan_prepayment",
        "red",
    )
    assert [c["fate"] for c in json.loads(decision["candidates"])] == ["chosen", "not_chosen"]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), st.floats(0, 0.99))
def test_the_same_customer_always_falls_into_the_same_arm_of_a_rule(customer, share):
    policy = LoopPolicy(holdout_share=share)
    asked = [Matched(key * 16, "r", customer, "t", "red") for key in ("ab", "cd")]
    arms = {decide_match(match, Person(), policy, DAY, NOW)[0] for match in asked}
    assert len(arms) == 1


def test_each_rule_draws_for_itself_and_holds_out_its_share():
    policy = LoopPolicy(holdout_share=0.3)
    held = {
        rule: {
            n for n in range(2_000)
            if decide_match(Matched(f"{n:032x}", rule, f"C{n}", "t", "red"), Person(), policy, DAY, NOW)[0] == "holdout"
        }
        for rule in ("a", "b")
    }  # fmt: skip
    assert all(500 < len(found) < 700 for found in held.values())
    assert 100 < len(held["a"] & held["b"]) < 260
    assert experiment_of("a") == "trigger_a"


def test_who_is_held_out_gets_no_treatment():
    fate, decision = decide_match(MATCH, Person(), LoopPolicy(holdout_share=0.99), DAY, NOW)
    assert (fate, decision["treatment"]) == ("holdout", None)
    assert [c["fate"] for c in json.loads(decision["candidates"])] == ["held_out", "chosen"]


def test_whom_the_global_hold_out_keeps_gets_no_order_and_no_part_in_the_rules_experiment():
    held = Withheld("global", 1.0, "salt", ("fraud",))
    assert decide_match(MATCH, Person(), NOBODY_HELD, DAY, NOW, None, held) == ("withheld", None)
    stop = Finding("hold", "fraud", None, None, 1)
    assert decide_match(MATCH, Person(), NOBODY_HELD, DAY, NOW, stop, held)[0] == "gated"
    duty = replace(MATCH, theme="fraud")
    assert decide_match(duty, Person(), NOBODY_HELD, DAY, NOW, None, held)[0] == "treated"
