"""Nights → events: told once, from a point on, in order of time, and nothing of what comes later."""

from datetime import timedelta

import pytest

from tests.streaming.core.nights import START, at, balance, micros


def facts(nights, name=""):
    return [(e.event_id, e.properties) for e in nights.told() if e.name == name or not name]


def move(number, when, **more):
    return {"transaction_id": number, "account_id": "A1", "occurred_at": when.isoformat(), **more}


@pytest.fixture
def begun(nights):
    """A bank with a hundred days of balances behind it, whose feed begins on the morning of day 100."""
    nights.found(at(0), balance_daily=[balance("A1", 0, 1000), balance("S1", 0, 500), balance("A2", 0, 300)])
    nights.feed(at(100))
    return nights


def test_the_first_round_tells_nothing_of_what_is_there(nights):
    nights.found(
        at(0), balance_daily=[balance("A1", n, n) for n in range(30)],
        transaction=[move(f"t{n}", at(n)) for n in range(30)],
        holding=[{"holding_id": "H1", "customer_id": "C1", "product_id": "TD", "matures_on": str(START)}],
    )  # fmt: skip
    fed = nights.feed(at(0, "07:00"), closes=-1)
    assert (fed.began, fed.events, nights.told()) == (True, 0, [])


def test_a_transaction_is_told_with_the_load_that_brings_it(begun):
    begun.deliver(at(101), transaction=[
        move("t1", at(100, "09:30"), amount="200000", counterparty_name="王岚", counterparty_bank="他行"),
        move("t2", at(100, "10:00"), direction="in", transaction_type="salary", counterparty_name="公司"),
    ])  # fmt: skip
    assert begun.feed(at(101, "06:05")).events == 2
    first, second = begun.told()
    assert (first.event_id, first.name, first.customer_id, first.source) == (
        "transaction:t1",
        "transaction",
        "C1",
        "core",
    )
    assert (first.occurred_at, first.received_at) == (micros(at(100, "09:30")), micros(at(101, "06:05")))
    assert first.properties == {
        "direction": "out", "amount": 200000.0, "initiator": "customer", "transaction_type": "transfer",
        "counterparty_name": "王岚", "counterparty_bank": "他行", "counterparty_is_self": True,
        "counterparty_is_own_bank": False,
    }  # fmt: skip
    assert (second.properties["counterparty_is_self"], second.properties["counterparty_is_own_bank"]) == (False, True)


def test_the_same_file_again_and_the_same_rows_in_another_file_add_nothing(begun):
    rows = [move("t1", at(100)), move("t2", at(100))]
    begun.deliver(at(101), "b", transaction=rows)
    assert begun.feed(at(101)).events == 2
    begun.deliver(at(101, "07:00"), "b", transaction=rows)
    begun.deliver(at(101, "08:00"), "c", transaction=[*rows, move("t3", at(100))])
    assert begun.feed(at(101, "09:00")).events == 1
    assert begun.feed(at(101, "10:00")).events == 0
    assert [e for e, _ in facts(begun)] == ["transaction:t1", "transaction:t2", "transaction:t3"]


def test_balances_are_told_when_the_day_is_closed_and_only_of_those_whose_assets_changed(begun):
    begun.deliver(at(101), balance_daily=[balance("A1", 100, 400), balance("A2", 100, 300)])
    assert begun.feed(at(101, "06:10")).events == 0  # other sources of the day may still come
    begun.deliver(at(101, "06:20"), balance_daily=[balance("S1", 100, 200)])
    begun.feed(at(101, "06:30"), closes=100)
    assert facts(begun) == [
        (f"balance:C1:{START + timedelta(days=100)}", {"aum": 600.0, "aum_change_30": -900.0, "aum_share_30": 0.4})
    ]
    [event] = begun.told()
    assert event.occurred_at == micros(at(100, "23:59:59"))


def test_money_that_moves_between_two_accounts_is_no_change(begun):
    begun.deliver(at(101), balance_daily=[balance("A1", 100, 1400), balance("S1", 100, 100)])
    assert begun.feed(at(101, "07:00"), closes=100).events == 0


def test_closing_a_day_again_tells_only_what_came_since(begun):
    begun.deliver(at(101), balance_daily=[balance("A1", 100, 400)])
    assert begun.feed(at(101, "06:30"), closes=100).events == 1
    assert begun.feed(at(101, "06:40"), closes=100).events == 0
    assert begun.feed(at(101, "06:40"), closes=90).events == 0
    begun.deliver(at(101, "07:00"), balance_daily=[balance("S1", 100, 0), balance("A2", 100, 30)])
    assert begun.feed(at(101, "07:30"), closes=100).events == 2
    day = START + timedelta(days=100)
    assert [(e, p["aum"]) for e, p in facts(begun)] == [
        (f"balance:C1:{day}", 900.0), (f"balance:C1:{day}:2", 400.0), (f"balance:C2:{day}", 30.0),
    ]  # fmt: skip


def test_a_balance_that_comes_days_late_counts_from_the_day_it_came(begun):
    begun.deliver(at(101), balance_daily=[balance("A1", 100, 900)])
    begun.feed(at(101, "07:00"), closes=100)
    begun.deliver(at(104), balance_daily=[balance("A2", 99, 60), balance("A1", 98, 1)])
    begun.feed(at(104, "07:00"), closes=103)
    [_, late] = facts(begun)  # what A1 had on day 98 says nothing about today
    assert late == (
        f"balance:C2:{START + timedelta(days=103)}",
        {"aum": 60.0, "aum_change_30": -240.0, "aum_share_30": 0.2},
    )


def test_days_that_were_not_closed_are_told_with_the_next_that_is(begun):
    for day in (100, 101, 102):
        begun.deliver(at(day + 1), balance_daily=[balance("A1", day, 900 - day)])
    begun.feed(at(103, "07:00"), closes=102)
    assert [e[-10:] for e, _ in facts(begun)] == [str(START + timedelta(days=n)) for n in (100, 101, 102)]


def test_a_history_that_comes_later_is_not_told(begun):
    rows = [balance("A1", n, n) for n in range(1, 100)]
    moves = [move(f"t{n}", at(n)) for n in range(1, 100)]
    complaint = {"complaint_id": "K", "customer_id": "C1", "received_at": at(99).isoformat()}
    begun.deliver(at(101), history="backfill", balance_daily=rows, transaction=moves, complaint=[complaint])
    assert begun.feed(at(101, "07:00"), closes=100).events == 0


def test_of_a_year_delivered_as_new_only_the_last_days_are_told(begun):
    begun.deliver(at(101), transaction=[move(f"t{n}", at(n)) for n in range(1, 101)])
    begun.feed(at(101, "07:00"))
    assert [e for e, _ in facts(begun)] == ["transaction:t99", "transaction:t100"]


def test_a_maturity_is_told_on_each_day_before_it_and_on_the_day(begun):
    due = START + timedelta(days=104)
    begun.deliver(at(101), holding=[
        {"holding_id": "H1", "customer_id": "C1", "product_id": "TD", "matures_on": str(due), "amount": "50000"},
        {"holding_id": "H2", "customer_id": "C2", "product_id": "W", "matures_on": str(due),
         "ended_on": str(due - timedelta(days=2))},
    ])  # fmt: skip
    for day in range(101, 107):
        begun.feed(at(day, "06:30"))
        begun.feed(at(day, "12:00"))
    mine = [p for e, p in facts(begun) if ":H1:" in e]
    assert mine == [{"product_type": "term_deposit", "amount": 50000.0, "days_left": float(n)} for n in (3, 2, 1, 0)]
    assert [p["days_left"] for e, p in facts(begun) if ":H2:" in e] == [3.0]
    assert {e.occurred_at for e in begun.told() if e.event_id.endswith(str(due))} == {micros(at(104, "00:00"))}


def test_a_renewed_deposit_is_not_told_any_more(begun):
    due = START + timedelta(days=105)
    deposit = {"holding_id": "H1", "customer_id": "C1", "product_id": "TD", "matures_on": str(due)}
    begun.deliver(at(101), holding=[deposit])
    begun.feed(at(101))
    begun.deliver(at(102), holding=[deposit | {"matures_on": str(due + timedelta(days=365))}])
    begun.feed(at(102))
    begun.feed(at(103))
    assert [p["days_left"] for _, p in facts(begun)] == [4.0]


def test_a_complaint_is_told_once_as_it_was_first_known(begun):
    complaint = {
        "complaint_id": "K1",
        "customer_id": "C1",
        "received_at": at(100, "09:00").isoformat(),
        "category": "存款",
    }
    begun.deliver(at(101), complaint=[complaint])
    begun.feed(at(101))
    begun.deliver(at(102), complaint=[complaint | {"category": "信用卡", "resolved_at": at(101, "17:00").isoformat()}])
    begun.deliver(
        at(102), contact=[{"contact_id": "K1", "customer_id": "C1", "occurred_at": at(101, "15:00").isoformat()}]
    )
    begun.feed(at(102))
    assert facts(begun) == [
        ("complaint:K1", {"category": "存款"}), ("contact:K1", {"result": "reached"}),
    ]  # fmt: skip


def test_a_load_still_under_way_is_told_by_the_round_after_it(begun):
    """Its rows bear the moment it began, before the round that did not see it."""
    begun.deliver(at(101, "06:00"), "short", balance_daily=[balance("A1", 100, 900)])
    begun.feed(at(101, "06:10"), closes=100)
    begun.deliver(at(101, "05:00"), "long", balance_daily=[balance("A2", 100, 10)], transaction=[move("t1", at(100))])
    begun.feed(at(101, "06:20"), closes=100)
    assert [e.split(":")[0] + e.split(":")[1] for e, _ in facts(begun)] == ["balanceC1", "transactiont1", "balanceC2"]


def test_events_of_a_round_lie_in_order_of_time(begun):
    begun.deliver(at(101), balance_daily=[balance("A1", 100, 1)], transaction=[
        move("t9", at(100, "01:00")), move("t1", at(101, "02:00")), move("t5", at(100, "23:59:59")),
    ])  # fmt: skip
    begun.feed(at(101, "07:00"), closes=100)
    moments = [event.occurred_at for event in begun.told()]
    assert moments == sorted(moments)
    assert len(moments) == 4
