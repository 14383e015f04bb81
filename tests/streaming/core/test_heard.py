"""What is left out of the stream is exactly what no rule has a use for."""

import random
from decimal import Decimal

import pytest

from liuke.act.triggers.catalogue import BANK_FACTS, SHIPPED
from liuke.act.triggers.patterns import Pattern
from liuke.act.triggers.ruleset import parse_trigger
from liuke.act.triggers.values import meets, read
from liuke.streaming.core.heard import FURTHEST, Heard, heard
from liuke.streaming.core.moves import transactions
from tests.act.triggers.stories import HEAD, shipped
from tests.insight.bank import account, customer, known_tables, transaction

VALUES = {
    "amount": (1, 50000, Decimal("50000.5")), "direction": ("in", "out"),
    "merchant_category": (None, "母婴", "母婴用品"),
    "counterparty_bank": (None, "他行"), "counterparty_name": (None, "客户", "别人"), "channel": (None, "app"),
}  # fmt: skip
TESTS = (
    ("amount", ">=", 50000), ("amount", "<", 50000.5), ("amount", "==", 1), ("amount", "in", [1, 50000]),
    ("amount", "not_in", [1]), ("merchant_category", "contains", "母婴"), ("merchant_category", "!=", "母婴"),
    ("merchant_category", "is_null", None), ("merchant_category", "not_in", ["母婴"]), ("channel", "==", "app"),
    ("counterparty_is_self", "==", True), ("counterparty_is_self", "==", False), ("counterparty_is_self", "!=", True),
    ("counterparty_is_own_bank", "==", False), ("counterparty_name", "starts_with", "客"),
    ("channel", "not_null", None),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_engine_leaves_out_what_the_core_would(engine, seed):
    dice = random.Random(seed)
    rows = [
        transaction(n, **{name: dice.choice(values) for name, values in VALUES.items()}, transaction_id=f"t{n}")
        for n in range(40)
    ]
    tables = known_tables(engine, {"customer": [customer(name="客户")], "account": [account()], "transaction": rows})
    made = transactions(tables.transaction, tables)
    facts = engine.arrow(made).to_pylist()
    assert len(facts) == 40
    for _ in range(8):
        chosen = [_pattern(dice.sample(TESTS, dice.randint(1, 2))) for _ in range(2)]
        found = engine.arrow(Heard({"transaction": tuple(chosen)}).meant(made, "transaction"))["event_id"].to_pylist()
        assert sorted(found) == sorted(f["event_id"] for f in facts if any(_means(pattern, f) for pattern in chosen))


def test_a_pattern_without_tests_hears_everything_of_its_name():
    rule = parse_trigger(HEAD + "condition: {count: transaction, at_least: 2, within: 3d}\n", SHIPPED)
    assert heard([rule, shipped("maternal_spending")]).names == {"transaction"}
    assert heard([shipped("prepay_search")]).names == set()


@pytest.mark.parametrize(("tests", "days"), [
    ("{property: days_left, op: '<=', value: 12}", 12), ("{property: days_left, op: '==', value: 3}", 3),
    ("{property: days_left, op: in, value: [1, 5]}", 5), ("{property: amount, op: '>', value: 5}", FURTHEST),
])  # fmt: skip
def test_a_maturity_is_told_as_early_as_a_rule_asks(tests, days):
    rule = parse_trigger(HEAD + f"condition: {{when: maturity, where: [{tests}]}}\n", SHIPPED)
    assert heard([rule, shipped("matured_not_renewed")]).days_ahead == days


def _pattern(tests):
    where = [{"property": name, "op": op, "value": value} for name, op, value in tests]
    return Pattern.model_validate({"event": "transaction", "where": where})


def _means(pattern, fact):
    kinds = {"channel": "text", **BANK_FACTS["transaction"]}
    return all(
        meets(read(fact[t.property_], kinds[t.property_]), t.op, t.operand(kinds[t.property_])) for t in pattern.where
    )
