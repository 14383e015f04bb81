"""Whose retention is asked, and of what: transactions, several tables, people without a number, a scope."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.retention.retained import people_of_cell, retention
from liuke.insight.retention.spec import Retention
from liuke.insight.rhythm.asked import Deed
from liuke.insight.rhythm.distribution import numbers
from liuke.insight.rhythm.stickiness import stickiness
from tests.insight.bank import ZONE, account, at, customer, row
from tests.insight.retention.asking import event, population_of
from tests.insight.rules.asking import data_of

AS_OF = date(2026, 3, 31)
PERIOD = Period(date(2026, 3, 2), date(2026, 3, 8))


def spec(**said: Any) -> Retention:
    return Retention.model_validate({"every": "week", "periods": 2, "look_back_days": 0, **said})


def paid(account_id: str, day: int, kind: str, amount: int = 5) -> dict[str, Any]:
    moment = at(date(2026, 3, day))
    return row("transaction", account_id=account_id, occurred_at=moment, transaction_type=kind, amount=amount,
               transaction_id=f"{account_id}{day}{kind}", initiator="customer")  # fmt: skip


def bank() -> dict[str, list[dict[str, Any]]]:
    return {
        "customer": [customer("C1"), customer("C2")],
        "account": [account("A1", "C1"), account("A2", "C1"), account("A3", "C2")],
        "transaction": [paid("A1", 3, "salary"), paid("A2", 10, "wealth"), paid("A3", 3, "salary", 95)],
        "event": [event("C2", at(date(2026, 3, 17)), "login")],
    }


def of_bank(engine: Engine) -> Population:
    return Population(data_of(engine, bank(), as_of=AsOf.end_of(AS_OF, ZONE)), zone=ZONE)


def returned(engine: Engine, population: Population, asked: Retention) -> list[int]:
    return [point.returned for point in retention(engine, population, asked, PERIOD).curve]


@pytest.mark.parametrize("clock", ["calendar", "rolling"])
def test_transactions_of_all_accounts_of_a_customer_count(engine: Engine, clock: str) -> None:
    salary, wealth = ({"did": "transaction", "name": name} for name in ("salary", "wealth"))
    asked = spec(**{"start": salary, "return": wealth, "clock": clock})
    assert returned(engine, of_bank(engine), asked) == [0, 1, 0]
    assert retention(engine, of_bank(engine), asked, PERIOD).people == 2


@pytest.mark.parametrize("clock", ["calendar", "rolling"])
def test_start_and_return_may_stand_in_different_tables(engine: Engine, clock: str) -> None:
    salary = {"did": "transaction", "name": "salary"}
    asked = spec(**{"start": salary, "return": {"did": "event", "name": "login"}, "clock": clock})
    assert returned(engine, of_bank(engine), asked) == [0, 0, 1]


def test_only_customers_of_the_scope_enter(engine: Engine) -> None:
    population = of_bank(engine)
    people = population.data.people
    mine = replace(population, customers=people.filter(people.customer_id == "C2"))
    asked = spec(start={"did": "transaction", "name": "salary"})
    assert retention(engine, mine, asked, PERIOD).people == 1


def test_people_without_a_number_are_counted_as_visitors_and_put_on_no_list(engine: Engine) -> None:
    events = [event(None, at(date(2026, 3, 3)), "login", anonymous_id=f"d{n}", event_id=f"E{n}") for n in range(2)]
    events.append(event("C1", at(date(2026, 3, 3)), "login"))
    population = population_of(engine, events, AS_OF)
    asked = spec(start={"name": "login"}, unit="visitor")
    assert retention(engine, population, asked, PERIOD).people == 3
    found = people_of_cell(engine, population, asked, PERIOD, 0, 0, returned=True)
    assert engine.arrow(found)["customer_id"].to_pylist() == ["C1"]
    assert retention(engine, population, spec(start={"name": "login"}), PERIOD).people == 1


def test_amounts_have_a_distribution(engine: Engine) -> None:
    deed = Deed.model_validate({"what": {"did": "transaction"}})
    found = numbers(engine, of_bank(engine), deed, Period(date(2026, 3, 1), AS_OF), column="amount")
    assert (found.values, found.total, found.median, found.greatest) == (3, 105, 5, 95)


def test_what_happens_after_the_as_of_day_changes_no_rhythm(engine: Engine) -> None:
    events = [event("A", at(date(2026, 3, 3)), "login")]
    later = [event(who, at(date(2026, 4, 1)), "login") for who in "AB"]
    deed, period = Deed.model_validate({"what": {"name": "login"}}), Period(date(2026, 3, 1), date(2026, 4, 30))
    known = stickiness(engine, population_of(engine, events, AS_OF), deed, period)
    assert stickiness(engine, population_of(engine, events + later, AS_OF), deed, period) == known
    assert known[-1].day == AS_OF


def test_starts_in_a_look_back_that_data_do_not_reach_are_told(engine: Engine) -> None:
    events = [event("A", at(date(2026, 2, 20)), "visit"), event("A", at(date(2026, 3, 3)), "login")]
    population = population_of(engine, events, AS_OF)
    [note] = retention(engine, population, spec(start={"name": "login"}, look_back_days=90), PERIOD).notes
    assert (note.code, note.facts["first"]) == ("look_back_short", "2026-02-20")
    assert retention(engine, population, spec(start={"name": "login"}, look_back_days=5), PERIOD).notes == ()


def test_a_period_before_all_data_is_refused_with_where_data_begin(engine: Engine) -> None:
    population = population_of(engine, [event("A", at(date(2026, 3, 3)), "login")], AS_OF)
    with pytest.raises(YourMistake, match="data begin on 2026-03-03"):
        retention(engine, population, spec(start={"name": "login"}), Period(date(2025, 3, 2), date(2025, 3, 8)))


@pytest.mark.parametrize("said", [{"periods": 0}, {"periods": 61}, {"periods": 2, "lost_after": 3}])
def test_questions_without_periods_or_with_too_many_are_no_questions(said: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="periods"):
        spec(**{"start": {"name": "login"}, **said})
