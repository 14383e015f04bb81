"""One customer on one page: identity, accounts, curve and timeline as of the day."""

import time
from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from liuke.errors import TryAgain
from liuke.insight.facts import assets_on
from liuke.insight.profile import CustomerFile, profile
from liuke.tables import CONTRACTS
from tests.insight.bank import (
    AS_OF,
    DAY,
    ZONE,
    account,
    ago,
    at,
    balance,
    complaint,
    customer,
    known_tables,
    row,
    transaction,
)  # fmt: skip


def event(days_ago: int, name: str = "login", who: str = "C1", hour: int = 9) -> dict:
    return row(
        "event", event_id=f"{name}{days_ago}{hour}", customer_id=who, occurred_at=at(ago(days_ago), hour),
        event_name=name, channel="app",
    )  # fmt: skip


def contact(days_ago: int, **values) -> dict:
    told = {"contact_id": f"N{days_ago}", "staff_id": "S1", "channel": "phone", "result": "reached"}
    return row("contact", customer_id="C1", occurred_at=at(ago(days_ago), 15), **told, **values)


BANK = {
    "customer": [customer(name="王芳", branch_id="B7"), customer("C2")],
    "staff": [row("staff", staff_id="S1", name="李雷", ingested_at=at(ago(900)))],
    "assignment": [row("assignment", customer_id="C1", staff_id="S1", role="owner", since=ago(900))],
    "product": [row("product", product_id="P1", name="稳健一号")],
    "account": [
        account("A1"), account("A2", account_type="wealth", product_id="P1", opened_on=ago(100)),
        account("A3", account_type="loan"), account("A4", closed_on=ago(40)), account("B1", "C2"),
    ],
    "balance_daily": [
        balance(300, 1000, "A1"), balance(70, 700, "A1"), balance(7, 90, "A1"), balance(60, 5000, "A2"),
        balance(300, 9999, "A3"), balance(300, 40, "A4"), balance(0, 123, "B1"), balance(6, Decimal("-5.5"), "A1"),
    ],
    "transaction": [
        *[transaction(2, transaction_type="card", direction="out", amount=10, channel="pos") for _ in range(3)],
        transaction(2, transaction_type="salary", direction="in", amount=8000, initiator="counterparty"),
        transaction(500), transaction(1, "B1"),
    ],
    "event": [event(1), event(1, hour=21), event(3, "search"), event(1, who="C2")],
    "complaint": [complaint(20, complaint_id="K1", reason="服务态度", resolved_at=at(ago(11), 1)),
                  complaint(15, complaint_id="K2", resolved_at=at(DAY + timedelta(days=1), 1))],
    "contact": [contact(4)],
}  # fmt: skip


@pytest.fixture
def filled(lake):
    return fill(lake, BANK)


def fill(lake, bank):
    for name, rows in bank.items():
        lake.append(CONTRACTS[name], pa.Table.from_pylist(rows, schema=CONTRACTS[name].arrow), commit_id=name)
    return lake


def test_a_profile_tells_who_what_they_hold_and_who_looks_after_them(engine, filled):
    found = profile(filled, engine, AS_OF, "C1", zone=ZONE)
    assert (found.identity.name, found.identity.branch_id, found.identity.staff_name) == ("王芳", "B7", "李雷")
    held = {a.account_id: (a.balance, a.balance_date, a.is_open, a.product_name) for a in found.accounts}
    assert held == {
        "A1": (Decimal("-5.50"), ago(6), True, None),
        "A2": (Decimal("5000.00"), ago(60), True, "稳健一号"),
        "A3": (Decimal("9999.00"), ago(300), True, None),
        "A4": (Decimal("40.00"), ago(300), False, None),
    }
    assert found.aum == 5000


def test_the_curve_has_a_point_a_week_and_agrees_with_aum_by_definition(engine, filled):
    found = profile(filled, engine, AS_OF, "C1", zone=ZONE)
    tables = known_tables(engine, BANK)
    days = tuple(p.day for p in found.curve)
    [whole] = [r for r in engine.arrow(assets_on(tables, days)).to_pylist() if r["customer_id"] == "C1"]
    assert [p.aum for p in found.curve] == [whole[f"aum_{i}"] for i in range(27)]
    assert [p.day for p in found.curve_of(12)] == [DAY - timedelta(weeks=w) for w in range(12, -1, -1)]


def test_the_timeline_merges_everything_newest_first_and_groups_what_repeats(engine, filled):
    entries = CustomerFile(filled, engine, AS_OF, zone=ZONE).timeline("C1")
    assert [(e.kind, e.day, e.code, e.count, e.amount) for e in entries] == [
        ("event", ago(1), "login", 2, None),
        ("transaction", ago(2), "card", 3, 30),
        ("transaction", ago(2), "salary", 1, 8000),
        ("event", ago(3), "search", 1, None),
        ("contact", ago(4), "reached", 1, None),
        ("complaint_resolved", ago(11), "服务态度", 1, None),
        ("complaint", ago(15), None, 1, None),
        ("complaint", ago(20), "服务态度", 1, None),
    ]


def test_steps_of_an_application_stand_each_for_itself_with_stage_and_channel(lake, engine):
    said = '{"application": "A7", "journey": "loan_application", "stage": "%s", "status": "%s"}'
    steps = [
        event(2, "application_started", hour=9) | {"properties": said % ("form", "started")},
        event(2, "application_step", hour=10) | {"properties": said % ("form", "in_progress")},
        event(2, "application_step", hour=11) | {"properties": said % ("identity", "in_progress"), "channel": "branch"},
        event(1, "application_status", hour=8) | {"properties": None, "channel": "other"},
    ]
    fill(lake, BANK | {"customer": [customer()], "event": [*steps, event(2), event(2, hour=7)]})
    entries = CustomerFile(lake, engine, AS_OF, zone=ZONE).timeline("C1", kinds=("event",))
    assert [(e.code, e.channel, e.detail, e.result, e.reference, e.count) for e in entries] == [
        ("application_status", "other", "/", None, None, 1),
        ("application_step", "branch", "loan_application/identity", "in_progress", "A7", 1),
        ("application_step", "app", "loan_application/form", "in_progress", "A7", 1),
        ("application_started", "app", "loan_application/form", "started", "A7", 1),
        ("login", "app", None, None, None, 2),
    ]


def test_kinds_and_days_narrow_the_timeline_and_nothing_else_changes(engine, filled):
    file = CustomerFile(filled, engine, AS_OF, zone=ZONE)
    whole = file.timeline("C1")
    for kind in ("transaction", "event", "complaint", "contact"):
        assert file.timeline("C1", kinds=(kind,)) == tuple(e for e in whole if e.kind == kind)
    assert file.timeline("C1", since=ago(4)) == tuple(e for e in whole if e.day >= ago(4))
    assert file.timeline("C1", since=ago(9999)) == whole
    assert file.timeline("C1", kinds=()) == ()


def test_one_file_answers_about_one_customer_after_another(engine, filled):
    file = CustomerFile(filled, engine, AS_OF, zone=ZONE)
    for who in ("C1", "C2", "C1", "nobody", "C2"):
        assert file.profile(who) == profile(filled, engine, AS_OF, who, zone=ZONE)
    assert {a.account_id for a in file.profile("C2").accounts} == {"B1"}
    assert {e.kind for e in file.timeline("C2")} == {"event", "transaction"}


def test_an_account_handed_to_another_customer_is_gone_with_its_story(engine, filled):
    later = account("A1", "C2", ingested_at=at(ago(1)))
    filled.append(CONTRACTS["account"], pa.Table.from_pylist([later], schema=CONTRACTS["account"].arrow),
                  commit_id="handed")  # fmt: skip
    file = CustomerFile(filled, engine, AS_OF, zone=ZONE)
    assert "A1" not in {a.account_id for a in file.profile("C1").accounts}
    assert "transaction" not in {e.kind for e in file.timeline("C1")}
    assert {"A1", "B1"} == {a.account_id for a in file.profile("C2").accounts}
    before = CustomerFile(filled, engine, AS_OF.back(30), zone=ZONE)
    assert "A1" in {a.account_id for a in before.profile("C1").accounts}


def test_service_surveys_and_consents_are_told_with_their_marks(engine, filled):
    said = {
        "interaction": row("interaction", interaction_id="I1", customer_id="C1", occurred_at=at(ago(5), 10),
                           channel="phone", kind="call", topic="限额", wait_seconds=600, result="unresolved",
                           satisfaction=2),
        "survey_response": row("survey_response", response_id="R1", customer_id="C1", occurred_at=at(ago(6), 10),
                               survey="nps", score=3.0, comment="等太久"),
    }  # fmt: skip
    granted = [
        row("consent", consent_id=f"Z{n}", customer_id="C1", purpose="marketing", channel="all", granted=yes,
            effective_at=at(ago(n), 10))
        for n, yes in ((90, True), (10, False))
    ]  # fmt: skip
    for name, rows in [*((n, [r]) for n, r in said.items()), ("consent", granted)]:
        filled.append(CONTRACTS[name], pa.Table.from_pylist(rows, schema=CONTRACTS[name].arrow), commit_id=name)
    file = CustomerFile(filled, engine, AS_OF, zone=ZONE)
    call, survey = file.timeline("C1", kinds=("interaction", "survey"))
    assert (call.code, call.detail, call.result, call.seconds, call.score) == ("call", "限额", "unresolved", 600, 2)
    assert (survey.code, survey.detail, survey.score) == ("nps", "等太久", 3)
    found = file.profile("C1")
    assert [(c.purpose, c.granted) for c in found.consents] == [("marketing", False)]
    assert found.withheld


def test_a_home_without_the_daily_tables_says_which_are_missing(engine, filled):
    found = profile(filled, engine, AS_OF, "C1", zone=ZONE)
    assert (found.behaviour, found.needs, found.worth, found.model_risk) == (None, None, None, None)
    assert set(found.missing) == {"customer_feature", "customer_value", "customer_tag", "score"}


def test_an_unknown_customer_has_no_profile_and_one_without_accounts_an_empty_one(engine, filled):
    assert profile(filled, engine, AS_OF, "nobody", zone=ZONE) is None
    before = AS_OF.back(4000)
    assert profile(filled, engine, before, "C1", zone=ZONE) is None


def test_a_customer_without_accounts_has_a_flat_curve(engine, lake):
    lake.append(CONTRACTS["customer"], pa.Table.from_pylist([customer()], schema=CONTRACTS["customer"].arrow),
                commit_id="c")  # fmt: skip
    found = profile(lake, engine, AS_OF, "C1", zone=ZONE)
    assert (found.accounts, found.aum) == ((), 0)
    assert CustomerFile(lake, engine, AS_OF, zone=ZONE).timeline("C1") == ()
    assert {p.aum for p in found.curve} == {0}


def test_a_query_that_fails_leaves_none_of_the_others_running(engine, filled, monkeypatch):
    file = CustomerFile(filled, engine, AS_OF, zone=ZONE)
    assert file.profile("C1")
    ended = []

    def slow(**_values):
        time.sleep(0.2)
        ended.append("slow")
        return pa.table({})

    def fails(**_values):
        raise TryAgain("the file is gone")

    monkeypatch.setitem(file._prepared, "accounts", fails)
    monkeypatch.setitem(file._prepared, "hours", slow)
    with pytest.raises(TryAgain):
        file.profile("C1")
    assert ended == ["slow"]
