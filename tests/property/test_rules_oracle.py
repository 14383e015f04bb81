"""Random rules over random small banks: the compiled expression equals the slow oracle."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.engine import Engine
from tests.insight import bank as b
from tests.insight.rules import oracle
from tests.insight.rules.asking import data_of, made_rows, who_meet, who_meets, with_event_days, with_transactions
from tests.night import times

WHO = ("C1", "C2", "C3", "C4", "C5", "C6")
NUMBERS = st.sampled_from([0.0, 1.0, 2.0, 99.5, 1000.0])
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
BORN = st.sampled_from([None, date(1966, 6, 30), date(1966, 7, 1), date(2000, 2, 29), date(2008, 6, 30)])
CITIES = st.sampled_from([None, "杭州", "南京"])
AGES = st.integers(-3, 40)
CHANNELS = st.sampled_from([None, "app", "web", "branch"])
PROPERTIES = st.sampled_from(
    [None, '{"page":"loan","n":2}', '{"page":"贷款","n":"2","on":true}', "{broken", '{"n":null}']
)


@st.composite
def banks(draw: st.DrawFn) -> b.Bank:
    made: b.Bank = {name: [] for name in ("customer", "account", "transaction", "event", "complaint", "holding")}
    made["branch"] = [
        b.row("branch", branch_id=i, parent_id=p) for i, p in (("B0", None), ("B1", "B0"), ("B2", "B1"), ("B3", "B0"))
    ]
    for n, who in enumerate(WHO):
        facts = {"birth_date": draw(BORN), "city": draw(CITIES), "registered_city": draw(CITIES)}
        branch = draw(st.sampled_from(["B0", "B1", "B2", "B3"]))
        opened = b.ago(draw(st.sampled_from([-1, 0, 10, 400])))
        assessed = draw(st.sampled_from([None, b.ago(0), b.ago(30), b.ago(400)]))
        made["customer"].append(b.customer(who, branch_id=branch, opened_on=opened, risk_assessed_on=assessed, **facts))
        closed = draw(st.sampled_from([None, None, b.ago(0), b.ago(-5)]))
        kind = draw(st.sampled_from(["current", "wealth"]))
        made["account"].append(b.account(f"A{n}", who, account_type=kind, closed_on=closed))
    for _ in range(draw(st.integers(0, 24))):
        late = {} if draw(st.booleans()) else {"ingested_at": b.at(b.ago(draw(st.sampled_from([1, -1, -3]))), 23)}
        age, who = draw(AGES), draw(st.sampled_from(WHO))
        kind = draw(st.sampled_from(["transaction", "event", "complaint", "holding"]))
        made[kind].append(_fact(draw, kind, who, age, late, len(made[kind])))
    return made


def _fact(draw: st.DrawFn, kind: str, who: str, age: int, late: dict[str, Any], number: int) -> dict[str, Any]:
    moment = b.at(b.ago(age), draw(st.integers(8, 20)))
    if kind == "transaction":
        out = {"amount": draw(st.sampled_from([1, 50, 99])), "direction": draw(st.sampled_from(["in", "out"]))}
        more = {"transaction_type": draw(st.sampled_from(["salary", "card"])), "channel": draw(CHANNELS)}
        return b.transaction(age, f"A{WHO.index(who)}", **{**out, **more, "occurred_at": moment, **late})
    if kind == "event":
        name, text = draw(st.sampled_from(["login", "search"])), draw(PROPERTIES)
        customer = draw(st.sampled_from([who, who, None]))
        return b.row(
            "event", event_id=f"E{number}", customer_id=customer, event_name=name, occurred_at=moment, properties=text,
            channel=draw(st.sampled_from([None, "app", "web"])), **late,
        )  # fmt: skip
    if kind == "complaint":
        solved = draw(st.sampled_from([None, b.at(b.ago(1)), b.at(b.ago(-1))]))
        return b.complaint(age, who, complaint_id=f"K{draw(st.integers(0, 2))}", resolved_at=solved, **late)
    ends = {
        "matures_on": b.ago(draw(st.integers(-20, 5))),
        "ended_on": draw(st.sampled_from([None, b.ago(0), b.ago(-2)])),
    }
    return b.row("holding", holding_id=f"H{number}", customer_id=who, started_on=b.ago(age), amount=10, **ends)


def _attribute_tests() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.builds(lambda op, v: {"attribute": "age", "op": op, "value": v}, SIGNS, st.sampled_from([18, 59, 60])),
        st.builds(lambda v: {"attribute": "branch_id", "op": "under", "value": v}, st.sampled_from(["B0", "B1", "B9"])),
        st.builds(lambda op, v: {"attribute": "city", "op": op, "value": v}, st.sampled_from(["in", "not_in"]),
                  st.sampled_from([["杭州"], ["南京", "上海"]])),
        st.builds(lambda op: {"attribute": "registered_city", "op": op, "value": {"attribute": "city"}},
                  st.sampled_from(["==", "!="])),
        st.builds(lambda op: {"attribute": "birth_month", "op": op}, st.sampled_from(["is_null", "not_null"])),
        st.builds(lambda v: {"attribute": "days_to_birthday", "op": "between", "value": v},
                  st.sampled_from([[0, 0], [1, 60], [100, 364]])),
        st.builds(lambda op, v: {"attribute": "risk_assessed_on", "op": op, "value": v}, SIGNS,
                  st.sampled_from(["today", "today-30", b.ago(400)])),
        st.builds(lambda v: {"attribute": "tenure_days", "op": "between", "value": v},
                  st.sampled_from([[0, 10], [11, 900]])),
        st.builds(lambda op, v: {"feature": "aum", "op": op, "value": v}, SIGNS,
                  st.sampled_from([0, 1, 99.5, {"feature": "aum_mean_90"}, {"feature": "aum_mean_90", "times": 0.5}])),
    )  # fmt: skip


def _made_tests() -> st.SearchStrategy[dict[str, Any]]:
    """What the daily run made: codes, flags, days, amounts; of some customers nothing."""
    return st.one_of(
        st.builds(lambda op, v: {"attribute": "stage", "op": op, "value": v}, st.sampled_from(["==", "!="]),
                  st.sampled_from(["declining", "mature"])),
        st.builds(lambda v: {"attribute": "customer_tier", "op": "in", "value": v},
                  st.sampled_from([["gold"], ["gold", "wealth"]])),
        st.builds(lambda op, v: {"attribute": "tier_notice", "op": op, "value": v}, st.sampled_from(["==", "!="]),
                  st.booleans()),
        st.builds(lambda op, v: {"attribute": "tier_downgrade_on", "op": op, "value": v}, SIGNS,
                  st.sampled_from(["today+40", b.ago(-70)])),
        st.builds(lambda op, v: {"attribute": "clv", "op": op, "value": v}, SIGNS,
                  st.sampled_from([99.5, {"attribute": "margin_year", "times": 2.0}])),
        st.builds(lambda op, v: {"attribute": "churn_probability", "op": op, "value": v}, SIGNS, NUMBERS),
        st.builds(lambda op: {"attribute": "churn_tier", "op": op}, st.sampled_from(["is_null", "not_null"])),
        st.builds(lambda v: {"attribute": "cluster", "op": "contains", "value": v}, st.sampled_from(["高余额", "低"])),
        st.builds(lambda op, v: {"attribute": "cluster_number", "op": op, "value": v}, SIGNS, st.sampled_from([0, 1])),
    )  # fmt: skip


WITHIN = st.sampled_from([None, 1, 7, 30])
EVENT_ROWS = st.one_of(
    st.builds(lambda op, v: {"property": "page", "op": op, "value": v}, st.sampled_from(["==", "!=", "contains"]),
              st.sampled_from(["loan", "贷款", "lo"])),
    st.builds(lambda op, v: {"property": "n", "op": op, "value": v}, SIGNS, st.sampled_from([1, 2, 2.5])),
    st.builds(lambda op: {"property": "on", "op": op}, st.sampled_from(["is_null", "not_null"])),
    st.builds(lambda v: {"column": "channel", "op": "in", "value": v}, st.sampled_from([["app"], ["app", "web"]])),
)  # fmt: skip
MOVE_ROWS = st.one_of(
    st.builds(lambda v: {"column": "direction", "value": v}, st.sampled_from(["in", "out"])),
    st.builds(lambda op, v: {"column": "amount", "op": op, "value": v}, SIGNS, st.sampled_from([1, 50, 60])),
    st.builds(lambda v: {"column": "business_date", "op": ">=", "value": v}, st.sampled_from(["today-7", "today"])),
)  # fmt: skip


def _wheres(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    nested = st.one_of(rows, st.builds(lambda r: {"not": r}, rows), st.builds(lambda x, y: {"any": [x, y]}, rows, rows))
    return st.lists(nested, max_size=2)


def _clean(rule: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in rule.items() if v not in (None, [])}


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["event", "transaction", "complaint", "account", "holding"]))
    op, value = draw(SIGNS), draw(st.integers(0, 3))
    if kind == "account":
        return _clean({"has": kind, "name": draw(st.sampled_from([None, ["current"]])), "op": op, "value": value})
    if kind == "holding":
        test = {"column": "matures_on", "op": "between", "value": ["today", "today+10"]}
        return {"has": kind, "where": [test], "measure": "sum", "of": "amount", "op": op, "value": value * 10}
    made = {"did": kind, "within": draw(WITHIN), "op": op, "value": value, **_named(draw, kind)}
    if kind == "transaction" and draw(st.booleans()):
        made |= {"measure": draw(st.sampled_from(["sum", "distinct"])), "of": "amount"}
    if draw(st.booleans()):
        other = draw(st.sampled_from(["event", "transaction"]))
        since = draw(st.sampled_from([None, "first_match"]))
        made["without"] = _clean({"did": other, "within": draw(WITHIN), "since": since, **_named(draw, other)})
    return _clean(made)


def _named(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "complaint":
        return {"where": draw(st.sampled_from([[], [{"column": "resolved_at", "op": "is_null"}]]))}
    names = {"event": ["login", "search"], "transaction": ["salary", "card"]}[kind]
    rows = _wheres(EVENT_ROWS if kind == "event" else MOVE_ROWS)
    return {"name": draw(st.sampled_from([None, names[:1], names])), "where": draw(rows)}


RULES = st.recursive(
    st.one_of(_attribute_tests(), _made_tests(), facts()),
    lambda inner: st.one_of(
        st.builds(lambda p: {"all": p}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda p: {"any": p}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda p: {"not": p}, inner),
    ),
    max_leaves=5,
)
FEATURES = st.fixed_dictionaries(
    {who: st.fixed_dictionaries({n: st.one_of(st.none(), NUMBERS) for n in ("aum", "aum_mean_90")}) for who in WHO}
)
_VALUE = {
    "stage": st.sampled_from(["declining", "mature", "new"]), "customer_tier": st.sampled_from(["gold", "wealth"]),
    "tier_notice": st.booleans(), "tier_downgrade_on": st.sampled_from([None, b.ago(-40), b.ago(-70)]),
    "clv": st.one_of(st.none(), NUMBERS), "margin_year": st.one_of(st.none(), NUMBERS),
}  # fmt: skip
_SCORE = {"churn_probability": NUMBERS, "churn_tier": st.sampled_from(["red", "none"])}
_CLUSTER = {"cluster": st.sampled_from(["高余额·低活跃", "低余额"]), "cluster_number": st.integers(0, 1)}
MADE = st.fixed_dictionaries(
    {
        who: st.builds(
            lambda *parts: {k: v for part in parts for k, v in part.items()},
            *(st.one_of(st.just({}), st.fixed_dictionaries(kind)) for kind in (_VALUE, _SCORE, _CLUSTER)),
        )
        for who in WHO
    }
)


@settings(max_examples=times(5, 60), deadline=None, suppress_health_check=list(HealthCheck))
@given(bank=banks(), features=FEATURES, made=MADE, rules=st.lists(RULES, min_size=12, max_size=20))
def test_a_compiled_rule_picks_the_customers_the_oracle_picks(
    engine: Engine, bank: b.Bank, features: dict[str, Any], made: dict[str, Any], rules: list[dict[str, Any]]
) -> None:
    expected = [oracle.members(bank, features, rule, b.AS_OF, made) for rule in rules]
    stored = made_rows(engine, made)
    assert who_meet(engine, rules, data_of(engine, bank, features, made=stored)) == expected
    kept = {"event_days": with_event_days(engine, bank), "transactions": with_transactions(engine, bank)}
    quick = data_of(engine, bank, features, made=stored, **kept)
    assert who_meet(engine, rules, quick) == expected
    # Alone a rule may read nothing but the features, which are there of living customers only.
    living = oracle.members(bank, {}, {"attribute": "tenure_days", "op": "not_null"}, b.AS_OF)
    alone = data_of(engine, bank, {who: features[who] for who in living}, made=stored, **kept)
    assert [who_meets(engine, rule, alone) for rule in rules[:3]] == expected[:3]


@pytest.mark.parametrize("leap", [date(2026, 2, 28), date(2028, 2, 29), date(2028, 3, 1)])
def test_age_counts_whole_years_around_leap_days(engine: Engine, leap: date) -> None:
    from liuke.clock import AsOf

    as_of = AsOf.end_of(leap, b.ZONE)
    bank = {"customer": [b.customer("C1", birth_date=date(2008, 2, 29)), b.customer("C2", birth_date=date(2008, 3, 1))]}
    data = data_of(engine, bank, as_of=as_of)
    for age in (17, 18, 19, 20):
        rule = {"attribute": "age", "value": age}
        assert who_meets(engine, rule, data) == oracle.members(bank, {}, rule, as_of)
