"""Who kept their assets, against the plain words."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.behaviour.breakdown import Breakdown
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.retention.kept_assets import kept_assets, kept_assets_groups, people_of_assets
from liuke.insight.retention.reading import RetentionReading
from liuke.insight.retention.spec import KeptAssets
from liuke.insight.rules.compile import matching
from liuke.insight.rules.lineage import lineage
from liuke.insight.rules.references import Names, resolve
from liuke.insight.rules.words import said
from tests.insight.bank import ZONE, account, customer, known_tables, row
from tests.insight.retention.reference import Question, has_begun, is_over
from tests.insight.rules.asking import RULE, data_of
from tests.night import times

FIRST, LAST, AS_OF = date(2026, 1, 1), date(2026, 2, 20), date(2026, 4, 10)
PERIOD = Period(FIRST, LAST, ZONE)


def bank(balances: dict[str, dict[date, int]]) -> dict[str, list[dict[str, Any]]]:
    return {
        "customer": [customer(who) for who in balances],
        "account": [account(f"A{who}", who) for who in balances],
        "balance_daily": [
            row("balance_daily", account_id=f"A{who}", balance_date=day, balance=amount)
            for who, mine in balances.items()
            for day, amount in mine.items()
        ],
    }


def people_of(
    engine: Engine, balances: dict[str, dict[date, int]], day: date = AS_OF, only: str | None = None
) -> Population:  # fmt: skip
    as_of, rows = AsOf.end_of(day, ZONE), bank(balances)
    tables = known_tables(engine, rows, as_of)
    among = tables.customer.filter(tables.customer.customer_id == ibis.literal(only)) if only else None
    return Population(data_of(engine, rows, as_of=as_of), among, ZONE)


def ask(
    engine: Engine, balances: dict[str, dict[date, int]], *, day: date = AS_OF, only: str | None = None, **said: Any
) -> RetentionReading:  # fmt: skip
    asked = KeptAssets.model_validate(said)
    return kept_assets(engine, people_of(engine, balances, day, only), asked, PERIOD)


def held(mine: dict[date, int], day: date) -> int:
    past = [d for d in mine if d <= day]
    return max(mine[max(past)], 0) if past else 0


_days = st.integers(-5, 130).map(lambda n: FIRST + timedelta(days=n))
_balances = st.dictionaries(
    st.sampled_from("ABC"), st.dictionaries(_days, st.sampled_from((-5, 0, 79, 80, 100, 125)), max_size=12), min_size=1
)


@settings(max_examples=times(8, 80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    balances=_balances,
    every=st.sampled_from(("week", "month")),
    periods=st.integers(1, 9),
    day=st.integers(0, 120).map(lambda n: FIRST + timedelta(days=n)),
)
def test_every_cell_is_what_balances_of_two_days_say(
    engine: Engine, balances: dict[str, dict[date, int]], every: str, periods: int, day: date
) -> None:
    q = Question(FIRST, LAST, day, every, periods)
    reading = ask(engine, balances, day=day, every=every, periods=periods)
    wanted = {}
    for label in q.labels():
        first = max(label, FIRST)
        began = {who: held(mine, first) for who, mine in balances.items()} if first <= day else {}
        for k in range(periods + 1):
            end = q.later(label, k + 1) - timedelta(days=1)
            mine = [who for who, fen in began.items() if fen > 0]
            kept = sum(end <= day and held(balances[who], end) * 10 >= began[who] * 8 for who in mine)
            if has_begun(label, k, q):
                wanted[first, k] = (len(mine), kept, is_over(label, k, q))
    assert {(c.cohort.first, c.period): (c.people, c.returned, c.is_mature) for c in reading.cells} == wanted


def test_exactly_the_share_is_kept_and_a_fen_less_is_not(engine: Engine) -> None:
    balances = {"A": {FIRST: 100, date(2026, 2, 1): 80}, "B": {FIRST: 100, date(2026, 2, 1): 79}}
    assert [p.returned for p in ask(engine, balances, periods=1).curve] == [2 + 2, 1 + 2]


def test_only_customers_of_the_population_are_asked(engine: Engine) -> None:
    assert ask(engine, {"A": {FIRST: 100}, "B": {FIRST: 100}}, only="A", periods=1).cohorts[0][1] == 1


@pytest.mark.parametrize("kept", [True, False])
def test_who_stands_behind_a_cell_is_whom_a_rule_means(engine: Engine, kept: bool) -> None:
    balances = {"A": {FIRST: 100}, "B": {FIRST: 100, date(2026, 2, 3): 10}, "C": {date(2026, 2, 1): 5}}
    population, asked = people_of(engine, balances), KeptAssets(share=0.8, periods=2)
    listed = people_of_assets(engine, population, asked, PERIOD, 0, 1, kept=kept)
    assert engine.arrow(listed)["customer_id"].to_pylist() == (["A"] if kept else ["B"])
    rule = RULE.validate_python({"behaviour": {
        "kept_assets": {"share": 0.8, "periods": 2}, "period": 1, "kept": kept, "cohort": 0,
        "first": FIRST, "last": LAST,
    }})  # fmt: skip
    resolved = resolve(rule, Names())
    met = matching(engine, resolved, population.data).select("customer_id")
    assert engine.arrow(met)["customer_id"].to_pylist() == (["A"] if kept else ["B"])
    assert "balance_daily.balance" in lineage(resolved).columns
    assert said(resolved) == f"{FIRST}至{LAST}有资产（按月第1批），第1月末资产{'不' if kept else ''}低于当初的80%"  # type: ignore[arg-type]


def test_groups_are_of_customers_and_not_of_facts(engine: Engine) -> None:
    balances = {"A": {FIRST: 100}, "B": {FIRST: 100, date(2026, 2, 3): 10}}
    population, asked = people_of(engine, balances), KeptAssets(share=0.8, periods=1)
    people = engine.from_arrow(pa.table({"customer_id": ["A", "B"], "branch_id": ["杭州", "南京"]}))
    population = replace(population, data=replace(population.data, people=people))
    groups = kept_assets_groups(engine, population, asked, PERIOD, Breakdown(attribute="branch_id"))
    assert {g.value: [p.returned for p in r.curve] for g, r in groups.items()} == {"杭州": [2, 2], "南京": [1, 0]}
    with pytest.raises(YourMistake, match="not by a fact"):
        kept_assets_groups(engine, population, asked, PERIOD, Breakdown(column="channel"))


def test_too_many_days_are_refused(engine: Engine) -> None:
    population = Population(data_of(engine, bank({}), as_of=AsOf.end_of(AS_OF, ZONE)))
    with pytest.raises(YourMistake, match="at most 200"):
        kept_assets(
            engine, population, KeptAssets.model_validate({"every": "day", "periods": 1}),
            Period(date(2025, 1, 1), date(2025, 12, 31)),
        )  # fmt: skip
