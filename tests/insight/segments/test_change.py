import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.insight.segments.change import SegmentChange, segment_change
from tests.insight import bank as b
from tests.insight.rules import oracle
from tests.insight.segments.small import ANALYST, RM, segment, spenders
from tests.night import times

THEN = AsOf.end_of(b.ago(10), b.ZONE)
ACTIVE = {"did": "transaction", "name": "card", "within": 7, "value": 2}
RULE = {"all": [ACTIVE, {"not": {"did": "complaint", "where": {"column": "resolved_at", "op": "is_null"}}}]}


def change(engine: Engine, bank: b.Bank, rule: dict[str, object], scope: Scope = RM) -> SegmentChange:
    return segment_change(engine, b.source(engine, bank), segment(rule), (THEN, b.AS_OF), scope, zone=b.ZONE)


def people(*numbers: str, **facts: object) -> b.Bank:
    return {
        "customer": [b.customer(n, branch_id="B1", **facts) for n in numbers],
        "account": [b.account("A" + n[1:], n) for n in numbers],
        "assignment": [
            b.row("assignment", customer_id=n, staff_id="S1", role="owner", since=b.ago(900)) for n in numbers
        ],
    }


def test_the_condition_that_turned_is_named_with_its_values_before_and_after(engine: Engine) -> None:
    bank = people("C1", "C2") | {"transaction": spenders(12, 2, 3, 4) + spenders(11, 12, 13, 1, who="C2")}
    found = change(engine, bank, RULE)
    assert (found.members_before, found.members_after, found.entered, found.left) == (1, 1, 1, 1)
    [entered, left] = found.people
    assert (entered.customer_id, entered.direction, entered.cause) == ("C1", "entered", "condition")
    assert [(w.text, w.before, w.after) for w in entered.why] == [("近7天 交易 card 次数 ≥ 2", "1", "3")]
    assert [(w.before, w.after) for w in left.why] == [("3", "1")]
    assert [(r.direction, r.cause, r.customers) for r in found.reasons] == [
        ("entered", "condition", 1),
        ("left", "condition", 1),
    ]


def test_below_a_not_the_part_that_turned_the_other_way_is_named(engine: Engine) -> None:
    bank = people("C1") | {"transaction": spenders(12, 13, 2, 3), "complaint": [b.complaint(4, "C1")]}
    found = change(engine, bank, RULE)
    [left] = found.people
    assert (left.direction, [w.subject[:4] for w in left.why]) == ("left", ["投诉 ["])


def test_of_an_any_all_parts_that_came_to_hold_are_named(engine: Engine) -> None:
    bank = people("C1") | {"transaction": spenders(2, 3), "complaint": [b.complaint(4, "C1")]}
    found = change(engine, bank, {"any": [ACTIVE, {"did": "complaint", "within": 7}, {"did": "event"}]})
    [entered] = found.people
    assert len(entered.why) == 2
    assert [r.customers for r in found.reasons] == [1, 1]


def test_joining_and_leaving_the_bank_are_causes_of_their_own(engine: Engine) -> None:
    bank = people("C1", opened_on=b.ago(5))
    bank["customer"].append(b.customer("C2", branch_id="B1", closed_on=b.ago(3)))
    bank["assignment"].append(b.row("assignment", customer_id="C2", staff_id="S1", role="owner", since=b.ago(900)))
    found = change(engine, bank, {"not": {"did": "event"}})
    assert [(p.customer_id, p.direction, p.cause, p.why) for p in found.people] == [
        ("C1", "entered", "joined_bank", ()),
        ("C2", "left", "left_bank", ()),
    ]
    assert {(r.direction, r.cause, r.customers) for r in found.reasons} == {
        ("entered", "joined_bank", 1),
        ("left", "left_bank", 1),
    }


def test_the_earlier_day_does_not_know_what_came_later(engine: Engine) -> None:
    late = [t | {"ingested_at": b.at(b.ago(1))} for t in spenders(11, 12)]
    found = change(engine, people("C1") | {"transaction": late}, ACTIVE)
    assert (found.members_before, found.members_after) == (0, 0)


def test_features_are_those_of_each_day(engine: Engine) -> None:
    bank = people("C1") | {"balance_daily": [b.balance(20, 100), b.balance(5, 90_000)]}
    found = change(engine, bank, {"feature": "aum", "op": ">=", "value": 50_000})
    assert [(w.before, w.after) for w in found.people[0].why] == [("100", "90,000")]
    masked = change(engine, bank, {"feature": "aum", "op": ">=", "value": 50_000}, ANALYST).people[0]
    assert masked.customer_id == "**"
    assert [(w.before, w.after) for w in masked.why] == [("<1万", "5万-20万")]


def test_only_customers_in_scope_are_counted(engine: Engine) -> None:
    bank = people("C1", "C2") | {"transaction": spenders(2, 3) + spenders(2, 3, who="C2")}
    bank["assignment"] = bank["assignment"][:1]
    assert change(engine, bank, ACTIVE).entered == 1
    assert change(engine, bank, ACTIVE, ANALYST).entered == 2
    with pytest.raises(NotAllowed):
        change(engine, bank, ACTIVE, Scope("root", "admin", None))


def test_the_days_come_in_order(engine: Engine) -> None:
    with pytest.raises(YourMistake, match="not before"):
        segment_change(engine, b.source(engine, {}), segment(ACTIVE), (b.AS_OF, THEN), RM, zone=b.ZONE)


def test_a_rule_on_what_only_the_run_knows_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(YourMistake, match="warning_tier"):
        change(engine, people("C1"), {"attribute": "warning_tier", "value": "red"})


LEAVES = st.sampled_from(
    [
        ACTIVE,
        {"did": "complaint", "within": 9},
        {"did": "event", "within": 5},
        {"attribute": "tenure_days", "op": "<", "value": 9},
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda p: {"all": p}, st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda p: {"any": p}, st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda p: {"not": p}, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=times(3, 30), deadline=None, suppress_health_check=list(HealthCheck))
@given(rule=TREES, days=st.lists(st.integers(0, 20), max_size=8), joined=st.sampled_from([5, 15, 400]))
def test_every_move_is_a_difference_of_the_two_days_and_has_a_cause(
    engine: Engine, rule: dict[str, object], days: list[int], joined: int
) -> None:
    bank = people("C1", "C2", opened_on=b.ago(joined)) | {
        "transaction": spenders(*days[:4]) + spenders(*days[2:], who="C2"),
        "complaint": [b.complaint(n, "C1") for n in days[:1]],
        "event": [
            b.row("event", event_id=f"E{n}", customer_id="C2", occurred_at=b.at(b.ago(n))) for n in set(days[1:3])
        ],
    }
    found = change(engine, bank, rule)
    then, now = (set(oracle.members(bank, {}, rule, moment)) for moment in (THEN, b.AS_OF))
    assert (found.members_before, found.members_after) == (len(then), len(now))
    assert {p.customer_id for p in found.people if p.direction == "entered"} == now - then
    assert {p.customer_id for p in found.people if p.direction == "left"} == then - now
    assert all(p.why for p in found.people if p.cause == "condition")
    assert all(w.before != w.after for p in found.people for w in p.why)
