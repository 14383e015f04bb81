from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta

import pytest

from liuke.engine import DuckEngine
from liuke.errors import YourMistake
from liuke.insight.habits import Function, ShortcutPolicy, read_shortcut_policy, shortcuts
from liuke.settings import Name
from tests.insight.bank import DAY, account, ago, at, customer, known_tables, row, sorted_rows, transaction

ON = DAY + timedelta(days=1)
POLICY = ShortcutPolicy()


@pytest.fixture(scope="module")
def engine():
    made = DuckEngine(threads=1)
    yield made
    made.close()


def found(engine, moves=(), events=(), policy=POLICY):
    bank = {"customer": [customer()], "account": [account()], "transaction": list(moves), "event": list(events)}
    rows = sorted_rows(engine, shortcuts(known_tables(engine, bank), policy, ON))
    return [(r["function"], r["days"], r["last_on"]) for r in sorted(rows, key=lambda r: r["place"])]


def moved(days_ago, kind, n=0, **more):
    return transaction(days_ago, transaction_id=f"{kind}{days_ago}-{n}", transaction_type=kind, channel="app", **more)


def tapped(days_ago, name="view_product", channel="app", customer_id="C1"):
    return row(
        "event", event_id=f"{name}{days_ago}", customer_id=customer_id, occurred_at=at(ago(days_ago)),
        event_name=name, channel=channel,
    )  # fmt: skip


def test_what_was_used_on_more_and_newer_days_comes_first(engine):
    moves = [moved(n, "transfer") for n in (11, 14, 19)] + [moved(n, "bill") for n in (10, 17)]
    assert found(engine, moves) == [("transfer", 3, ago(11)), ("bill", 2, ago(10))]


def test_a_day_counts_once_and_one_day_is_no_habit(engine):
    assert found(engine, [moved(9, "transfer", n) for n in range(5)]) == []


def test_what_is_done_at_this_time_of_the_month_comes_before_what_is_done_more_often(engine):
    monthly = [moved(n, "repayment") for n in (29, 60)]
    often = [moved(n, "transfer") for n in (42, 44, 46)]
    assert [name for name, *_ in found(engine, [*monthly, *often])] == ["repayment", "transfer"]
    flat = ShortcutPolicy(month_boost=0)
    assert [name for name, *_ in found(engine, [*monthly, *often], policy=flat)] == ["transfer", "repayment"]


def test_the_banks_own_doings_other_channels_and_strangers_do_not_count(engine):
    moves = [moved(n, "bill", initiator="standing_order") for n in (10, 17)]
    moves += [transaction(n, transaction_id=f"b{n}", transaction_type="transfer", channel="branch") for n in (10, 17)]
    events = [tapped(n, customer_id=None) for n in (10, 17)] + [tapped(n, "login") for n in (3, 4)]
    assert found(engine, moves, events) == []


def test_events_and_transactions_of_one_function_are_one_habit(engine):
    assert found(engine, [moved(10, "wealth")], [tapped(10), tapped(12)]) == [("wealth", 2, ago(10))]


def test_nothing_later_than_the_day_enters(engine):
    before = found(engine, [moved(n, "transfer") for n in (11, 14)])
    late = moved(3, "transfer") | {"ingested_at": at(ago(-3))}
    assert found(engine, [moved(n, "transfer") for n in (11, 14)] + [late, moved(-1, "transfer")]) == before != []


@pytest.mark.parametrize("seed", range(3))
def test_any_days_of_use_are_ranked_as_the_plain_rule_says(engine, seed):
    rng = random.Random(seed)
    uses = {(rng.randint(0, 130), rng.choice(["transfer", "bill", "repayment", "wealth"])) for _ in range(60)}
    rows = found(engine, [moved(back, kind) for back, kind in sorted(uses)])
    assert rows == plainly(uses)
    assert len(rows) == POLICY.most


def plainly(uses):
    days = defaultdict(set)
    for back, kind in uses:
        if back < POLICY.look_back_days:
            days[kind].add(ago(back))
    ranked = []
    for kind, on in days.items():
        weight = 0.0
        for day in on:
            apart = abs(day.day - ON.day)
            near = min(apart, 31 - apart) <= POLICY.near_days
            weight += 0.5 ** ((ON - day).days / POLICY.half_life_days) * (1 + POLICY.month_boost * near)
        if len(on) >= POLICY.least_days:
            ranked.append((-round(weight, 6), -max(on).toordinal(), kind, len(on), max(on)))
    return [(kind, count, last) for *_, kind, count, last in sorted(ranked)[: POLICY.most]]


def test_the_policy_file_is_read_or_its_defaults_hold(tmp_path):
    path = tmp_path / "shortcuts.yaml"
    assert read_shortcut_policy(path) == ShortcutPolicy()
    path.write_text("most: 2\nfunctions:\n- {code: a, name: {zh: 甲, en: A}, events: [x]}\n", encoding="utf-8")
    assert read_shortcut_policy(path) == ShortcutPolicy(
        most=2, functions=(Function(code="a", name=Name(zh="甲", en="A"), events=("x",)),)
    )
    path.write_text("functions:\n- {code: a, name: {zh: 甲, en: A}, transactions: [trnasfer]}\n", encoding="utf-8")
    with pytest.raises(YourMistake, match="trnasfer"):
        read_shortcut_policy(path)
