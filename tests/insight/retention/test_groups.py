"""Retention by groups: of the customer, and of the fact with which each entered."""

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.insight.behaviour.breakdown import Breakdown, Group
from liuke.insight.behaviour.population import Period
from liuke.insight.retention.retained import retention, retention_groups
from liuke.insight.retention.spec import Retention
from tests.insight.bank import at
from tests.insight.retention import reference as ref
from tests.insight.retention.asking import event, population_of
from tests.night import times

MONDAY = date(2026, 3, 2)
PERIOD = Period(MONDAY, date(2026, 3, 15))
AS_OF = date(2026, 3, 31)


def spec(**more: Any) -> Retention:
    said = {"start": {"name": "open"}, "return": {"name": "login"}, "every": "week", "periods": 2}
    return Retention.model_validate({**said, **more})


def opened(who: str, day: int, product: str | None, hour: int = 12) -> dict[str, Any]:
    return event(who, moment(day, hour), "open", properties=json.dumps({"product": product}) if product else None)


def moment(day: int, hour: int = 12) -> datetime:
    return at(date(2026, 3, day), hour)


def by_product(engine: Engine, events: list[dict[str, Any]], **more: Any) -> dict[Group, list[tuple[int, int]]]:
    population = population_of(engine, events, AS_OF)
    by = Breakdown.model_validate({"property": "product"})
    groups = retention_groups(engine, population, spec(**more), PERIOD, by)
    return {group: [(p.people, p.returned) for p in reading.curve] for group, reading in groups.items()}


def test_a_cohort_is_told_apart_by_what_its_first_start_was(engine: Engine) -> None:
    events = [opened("A", 2, "loan"), opened("A", 3, "fund"), opened("B", 3, "fund"), opened("C", 2, None)]
    events += [event("A", moment(9), "login"), event("C", moment(16), "login")]
    assert by_product(engine, events) == {
        Group("value", "fund"): [(1, 0), (1, 0), (1, 0)],
        Group("value", "loan"): [(1, 0), (1, 1), (1, 0)],
        Group("missing"): [(1, 0), (1, 0), (1, 1)],
    }


def test_who_enters_again_is_told_apart_by_each_start(engine: Engine) -> None:
    events = [opened("A", 2, "loan"), opened("A", 9, "fund"), event("A", moment(16), "login")]
    found = by_product(engine, events, kind="recurring")
    assert found[Group("value", "loan")][2] == (1, 1)
    assert found[Group("value", "fund")][1] == (1, 1)


def test_values_beyond_twenty_are_one_group_and_nobody_is_lost(engine: Engine) -> None:
    events = [opened(f"P{n}-{i}", 2, f"p{n:02}") for n in range(23) for i in range(1 + (n < 20))]
    found = by_product(engine, events)
    assert len(found) == 21
    assert found[Group("rest")][0] == (3, 0)
    assert list(found)[-1] == Group("rest")
    population = population_of(engine, events, AS_OF)
    whole = retention(engine, population, replace_names(spec()), PERIOD)
    assert sum(counts[0][0] for counts in found.values()) == whole.people


def replace_names(asked: Retention) -> Retention:
    """Without the return, which nobody did here."""
    return asked.model_copy(update={"return_": None})


def test_customers_are_told_apart_by_what_is_known_of_them(engine: Engine) -> None:
    events = [opened("A", 2, None), opened("B", 2, None), event("B", moment(9), "login"), opened("C", 2, None)]
    people = engine.from_arrow(pa.table({"customer_id": ["A", "B"], "branch_id": ["杭州", "南京"]}))
    population = population_of(engine, events, AS_OF)
    population = replace(population, data=replace(population.data, people=people))
    for clock in ("calendar", "rolling"):
        by = Breakdown.model_validate({"attribute": "branch_id"})
        groups = retention_groups(engine, population, spec(clock=clock), PERIOD, by)
        assert {g: r.curve[1].returned for g, r in groups.items()} == {
            Group("value", "南京"): 1, Group("value", "杭州"): 0, Group("missing"): 0,
        }  # fmt: skip


FACTS = st.lists(
    st.tuples(
        st.sampled_from("AAB"), st.integers(1, 30), st.sampled_from([0, 12]), st.sampled_from(("open", "login")),
        st.sampled_from(("app", "web", None)),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=times(20, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS, clock=st.sampled_from(("calendar", "rolling")), kind=st.sampled_from(("first_time", "recurring")),
       same=st.booleans())  # fmt: skip
def test_told_apart_by_the_return_everybody_stands_in_every_group(
    engine: Engine, facts: list[tuple[str, int, int, str, str | None]], clock: str, kind: str, same: bool
) -> None:
    events = [
        event(who, moment(day, hour), name, event_id=str(i), properties=json.dumps({"product": way}) if way else None)
        for i, (who, day, hour, name, way) in enumerate(facts)
    ]
    asked = spec(clock=clock, kind=kind, look_back_days=0, **({"return": None} if same else {}))
    by = Breakdown.model_validate({"property": "product", "touch": "last"})
    groups = retention_groups(engine, population_of(engine, events, AS_OF), asked, PERIOD, by)
    came = "open" if same else "login"
    question = ref.Question(PERIOD.first, PERIOD.last, AS_OF, "week", 2, kind, clock=clock)
    for way in ("app", "web", None):
        group = Group("value", way) if way else Group("missing")
        plain = [ref.Fact(who, moment(day, hour), name == "open", name == came and how == way)
                 for who, day, hour, name, how in facts]  # fmt: skip
        cells = ref.cells(ref.entries(plain, question), question)
        people, returned = ([sum(cell[i] for (_, k), cell in cells.items() if k == n and cell[2]) for n in range(3)]
                            for i in (0, 1))  # fmt: skip
        if group in groups:
            assert [(p.people, p.returned) for p in groups[group].curve] == list(zip(people, returned, strict=True))
        else:
            assert returned == [0, 0, 0]


def test_no_later_step_tells_apart(engine: Engine) -> None:
    by = Breakdown.model_validate({"property": "product", "touch": 2})
    with pytest.raises(YourMistake, match="touch is 'first' or 'last'"):
        retention_groups(engine, population_of(engine, [opened("A", 2, "loan")], AS_OF), spec(), PERIOD, by)
