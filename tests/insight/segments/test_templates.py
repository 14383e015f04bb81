"""The shipped segments and tags on hand-made customers, one who belongs and one who just does not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.insight.rules.codes import bank_codes
from liuke.insight.rules.compile import matching
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.tags.catalogue import read_tags
from liuke.tables import CUSTOMER_SNAPSHOT
from tests.conftest import REPO
from tests.insight import bank as b
from tests.insight.rules.asking import data_of, made_rows

BANK = REPO / "examples" / "bank"
TAGS = read_tags(BANK / "tags")
SEGMENTS = read_segments(BANK / "segments", TAGS)
RICH = {"aum": 7_000_000.0, "aum_mean_90": 6_000_000.0, "in_amount_30": 0.0, "out_amount_30": 0.0}
POOR = {"aum": 500.0, "aum_mean_90": 500.0, "in_amount_30": 0.0, "out_amount_30": 0.0}


def found(engine: Engine, code: str, bank: b.Bank, numbers: dict[str, dict[str, Any]] | None = None) -> list[str]:
    people = [c["customer_id"] for c in bank["customer"]]
    data = data_of(engine, bank, {who: {**POOR, **(numbers or {}).get(who, {})} for who in people})
    return sorted(engine.arrow(matching(engine, SEGMENTS[code].rule, data))["customer_id"].to_pylist())


def two(**yes: Any) -> b.Bank:
    """IN with these facts and OUT without, both with an account and grown up."""
    grown = {"birth_date": date(1985, 1, 1)}
    people = [b.customer("IN", **{**grown, **yes}), b.customer("OUT", **grown)]
    return {"customer": people, "account": [b.account("A1", "IN"), b.account("A2", "OUT")]}


def test_high_net_worth_needs_six_million_on_the_mean_and_full_age(engine: Engine) -> None:
    bank = two()
    bank["customer"].append(b.customer("CHILD", birth_date=date(2015, 1, 1)))
    numbers = {"IN": RICH, "OUT": RICH | {"aum_mean_90": 5_999_999.99}, "CHILD": RICH}
    assert found(engine, "high_net_worth", bank, numbers) == ["IN"]


@pytest.mark.parametrize(
    ("born", "young"),
    [(date(2008, 6, 30), True), (date(2008, 7, 1), False), (date(1995, 7, 1), True), (date(1995, 6, 30), False)],
)
def test_young_is_from_the_eighteenth_birthday_to_the_day_before_the_thirty_first(
    engine: Engine, born: date, young: bool
) -> None:
    assert found(engine, "young", {"customer": [b.customer(birth_date=born)]}) == (["C1"] if young else [])


def test_retired_by_age_or_by_a_pension_paid_in(engine: Engine) -> None:
    bank = two(birth_date=date(1966, 6, 30))
    bank["customer"].append(b.customer("PENSION", birth_date=date(1970, 1, 1)))
    bank["account"].append(b.account("A3", "PENSION"))
    bank["transaction"] = [
        b.transaction(40, "A3", direction="in", initiator="counterparty", description="6月养老金"),
        b.transaction(40, "A2", direction="out", description="养老金缴存"),
    ]
    assert found(engine, "retired", bank) == ["IN", "PENSION"]


def test_a_new_citizen_is_registered_elsewhere_of_working_age_and_uses_the_bank(engine: Engine) -> None:
    bank = two(city="杭州", registered_city="阜阳")
    home = {"city": "杭州", "registered_city": "杭州", "birth_date": date(1985, 1, 1)}
    bank["customer"] += [b.customer("LOCAL", **home), b.customer("UNKNOWN", **{**home, "registered_city": None})]
    bank["customer"] += [b.customer("QUIET", **{**home, "registered_city": "阜阳"})]
    bank["account"] += [b.account("A3", "LOCAL"), b.account("A4", "UNKNOWN"), b.account("A5", "QUIET")]
    bank["transaction"] = [b.transaction(5, f"A{n}") for n in range(1, 5)] + [b.transaction(91, "A5")]
    assert found(engine, "new_citizen", bank) == ["IN"]


def test_payroll_needs_salary_on_two_days(engine: Engine) -> None:
    bank = two()
    pay = {"direction": "in", "initiator": "counterparty", "transaction_type": "salary"}
    bank["transaction"] = [b.transaction(n, "A1", **pay) for n in (10, 40)]
    bank["transaction"] += [
        b.transaction(10, "A2", **pay),
        b.transaction(10, "A2", **pay),
        b.transaction(90, "A2", **pay),
    ]
    assert found(engine, "payroll", bank) == ["IN"]


def test_silent_has_assets_and_neither_moves_money_nor_opens_the_app(engine: Engine) -> None:
    bank = two()
    bank["customer"] += [b.customer("NEW", opened_on=b.ago(30)), b.customer("APP"), b.customer("BROKE")]
    bank["transaction"] = [b.transaction(90, "A1"), b.transaction(3, "A1", initiator="bank"), b.transaction(89, "A2")]
    bank["event"] = [b.row("event", event_id="E", customer_id="APP", event_name="login", occurred_at=b.at(b.ago(89)))]
    numbers = {who: {"aum": 1000.0} for who in ("IN", "OUT", "NEW", "APP")}
    assert found(engine, "silent", bank, numbers) == ["IN"]


@pytest.mark.parametrize(
    ("facts", "near"),
    [
        ({"matures_on": b.ago(-14)}, True),
        ({"matures_on": b.ago(0)}, True),
        ({"matures_on": b.ago(-15)}, False),
        ({"matures_on": b.ago(1)}, False),
        ({"matures_on": b.ago(-5), "amount": 9_999}, False),
        ({"matures_on": b.ago(-5), "ended_on": b.ago(1)}, False),
        ({"matures_on": b.ago(-5), "ended_on": b.ago(-2)}, True),
        ({"matures_on": None}, False),
    ],
)
def test_a_maturity_is_near_within_fourteen_days_of_a_running_holding(
    engine: Engine, facts: dict[str, Any], near: bool
) -> None:
    held = {"holding_id": "H", "customer_id": "IN", "started_on": b.ago(300), "amount": 10_000, **facts}
    bank = two() | {"holding": [b.row("holding", **held)]}
    assert found(engine, "maturity_near", bank) == (["IN"] if near else [])


def test_a_complaint_is_open_until_the_end_of_the_day_it_is_resolved_on(engine: Engine) -> None:
    bank = two()
    bank["customer"] += [b.customer("LATER"), b.customer("TODAY")]
    bank["complaint"] = [
        b.complaint(200, "IN"),
        b.complaint(5, "OUT", resolved_at=b.at(b.ago(1))),
        b.complaint(5, "TODAY", resolved_at=b.at(b.ago(0), 23)),
        b.complaint(5, "LATER", resolved_at=b.at(b.ago(-1), 1)),
    ]
    assert found(engine, "open_complaint", bank) == ["IN", "LATER"]


def test_browsed_and_bought_afterwards_is_no_browser_who_did_not_buy(engine: Engine) -> None:
    bank = two()
    bank["event"] = [
        b.row("event", event_id=f"{who}{n}", customer_id=who, event_name="view_product", occurred_at=b.at(b.ago(n)))
        for who in ("IN", "OUT")
        for n in (3, 5, 8)
    ]
    bank["transaction"] = [
        b.transaction(9, "A1", transaction_type="wealth"),
        b.transaction(7, "A2", transaction_type="wealth"),
    ]
    assert found(engine, "browsed_not_bought", bank) == ["IN"]


def test_the_difference_of_two_segments_is_the_first_without_the_second(engine: Engine) -> None:
    bank = two(birth_date=date(2000, 1, 1))
    bank["customer"].append(b.customer("PAID", birth_date=date(2000, 1, 1)))
    bank["account"].append(b.account("A3", "PAID"))
    pay = {"direction": "in", "initiator": "counterparty", "transaction_type": "salary"}
    bank["transaction"] = [b.transaction(n, "A3", **pay) for n in (10, 40)]
    assert found(engine, "young_not_payroll", bank) == ["IN"]


def test_every_shipped_segment_and_tag_can_be_asked_of_an_empty_bank(engine: Engine) -> None:
    from liuke.insight.rules.compile import flags

    data = data_of(engine, {}, {"nobody": POOR})
    people = engine.from_arrow(CUSTOMER_SNAPSHOT.arrow.empty_table())
    data = replace(data, people=people)
    rules = {code: s.rule for code, s in SEGMENTS.items()} | {f"tag_{c}": t.rule for c, t in TAGS.items()}
    assert engine.count(flags(engine, rules, data)) == 0


def test_what_the_issue_asks_for_is_shipped() -> None:
    names = {s.name.zh for s in SEGMENTS.values()}
    assert {"高净值", "年轻", "退休", "新市民", "代发", "沉默", "到期临近", "投诉未结"} <= names
    assert len(TAGS) >= 40
    assert all(t.owner and t.version and t.description.zh and t.description.en for t in TAGS.values())
    assert all(t.lineage.columns for t in TAGS.values())


@pytest.mark.parametrize(
    ("code", "facts", "member"),
    [
        ("downgrade_notice", {"tier_notice": True}, True),
        ("downgrade_notice", {"tier_notice": False, "tier_watch_months": 2.0}, False),
        ("won_back", {"stage": "returned"}, True),
        ("won_back", {"stage": "dormant"}, False),
    ],
)
def test_segments_of_value_take_what_the_days_run_made(
    engine: Engine, code: str, facts: dict[str, Any], member: bool
) -> None:
    data = data_of(engine, two(), dict.fromkeys(("IN", "OUT"), POOR), made=made_rows(engine, {"IN": facts}))
    assert engine.arrow(matching(engine, SEGMENTS[code].rule, data))["customer_id"].to_pylist() == ["IN"] * member


def test_valuable_and_leaving_needs_both_a_warning_and_value(engine: Engine) -> None:
    facts = {
        "A": ("red", "wealth", 1),
        "B": ("none", "private", 5),
        "C": ("orange", "gold", 5),
        "D": ("red", "gold", 4),
    }
    bank = {"customer": [b.customer(who) for who in facts]}
    made = made_rows(engine, {w: {"customer_tier": t, "rfm_monetary": float(m)} for w, (_, t, m) in facts.items()})
    data = data_of(engine, bank, dict.fromkeys(facts, POOR), made=made)
    tiers = engine.from_arrow(pa.table({"customer_id": list(facts), "tier": [w for w, _, _ in facts.values()]}))
    people = data.people.inner_join(tiers, "customer_id")
    rule = SEGMENTS["valuable_leaving"].rule
    found = engine.arrow(matching(engine, rule, replace(data, people=people)))["customer_id"].to_pylist()
    assert sorted(found) == ["A", "C"]


def test_shipped_rules_keep_to_the_shipped_tiers() -> None:
    codes = bank_codes(lambda name: BANK / "policies" / f"{name}.yaml")
    tags = read_tags(BANK / "tags", codes)
    assert set(read_segments(BANK / "segments", tags, codes)) == set(SEGMENTS)
