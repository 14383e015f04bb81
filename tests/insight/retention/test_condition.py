"""A rule that asks retention has exactly the people of the page's cell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from liuke.engine import Engine
from liuke.insight.behaviour.population import Period
from liuke.insight.retention.retained import people_of_cell
from liuke.insight.retention.spec import Retention
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.words import said
from tests.insight.bank import at
from tests.insight.retention.asking import event, population_of
from tests.insight.rules.asking import RULE, who_meets
from tests.night import times

PEOPLE = ("A", "B", "C", "D")
FIRST = date(2026, 3, 2)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from((*PEOPLE, "former", None)),
        st.integers(0, 45).map(lambda n: at(FIRST + timedelta(days=n))),
        st.sampled_from(("open", "login")),
    ),
    max_size=40,
).map(lambda rows: [event(*one) for one in rows])


def data_of(engine: Engine, events: list[dict[str, Any]], day: date) -> RuleData:
    people = engine.from_arrow(pa.table({"customer_id": list(PEOPLE)}))
    return population_of(engine, events, day, people=people).data


def spec(**said: Any) -> dict[str, Any]:
    return {"start": {"name": "open"}, "return": {"name": "login"}, "every": "week", "periods": 3,
            "look_back_days": 0, **said}  # fmt: skip


@settings(max_examples=times(10, 300))
@given(events=EVENTS, kind=st.sampled_from(("first_time", "recurring")), clock=st.sampled_from(("calendar", "rolling")),
       counting=st.sampled_from(("on", "on_or_after")), cohort=st.integers(0, 2), k=st.integers(0, 3),
       returned=st.booleans(), after=st.integers(0, 30))  # fmt: skip
def test_it_means_just_those_behind_the_cell(
    engine, events, kind, clock, counting, cohort, k, returned, after
) -> None:  # fmt: skip
    asked = spec(kind=kind, clock=clock, counting=counting)
    last = FIRST + timedelta(days=20)
    day = last + timedelta(days=after)
    period = Period(FIRST, last)
    rows = people_of_cell(
        engine, population_of(engine, events, day), Retention.model_validate(asked), period, cohort, k,
        returned=returned,
    )  # fmt: skip
    listed = sorted(set(engine.arrow(rows)["customer_id"].to_pylist()) & set(PEOPLE))
    rule = {"behaviour": {"retention": asked, "cohort": cohort, "period": k, "returned": returned,
                          "first": str(FIRST), "last": str(last)}}  # fmt: skip
    assert who_meets(engine, rule, data_of(engine, events, day)) == listed
    if after == 0:
        back = rule["behaviour"] | {"days": period.days}
        moving = {"behaviour": {n: v for n, v in back.items() if n not in ("first", "last")}}
        assert who_meets(engine, moving, data_of(engine, events, day)) == listed


def test_without_a_cohort_only_those_count_whose_period_is_over(engine) -> None:
    events = [event("A", at(FIRST), "open"), event("B", at(FIRST + timedelta(days=7)), "open"),
              event("C", at(FIRST), "open"), event("C", at(FIRST + timedelta(days=8)), "login")]  # fmt: skip
    rule = {"behaviour": {"retention": spec(), "period": 1, "first": str(FIRST), "last": "2026-03-15"}}
    assert who_meets(engine, rule, data_of(engine, events, date(2026, 3, 16))) == ["A"]
    assert who_meets(engine, rule, data_of(engine, events, date(2026, 3, 22))) == ["A", "B"]
    assert who_meets(engine, rule, data_of(engine, events, date(2026, 3, 1))) == []


def test_what_makes_no_sense_is_refused_and_it_is_said_in_words() -> None:
    for wrong, told in (({"period": 4, "days": 30}, "none of 0 to 3"), ({"period": 1, "days": 3000}, "cells; at most")):
        every = {"every": "day", "periods": 3}
        with pytest.raises(ValidationError, match=told):
            RULE.validate_python({"behaviour": {"retention": spec(**every), **wrong}})
    rule = RULE.validate_python({"behaviour": {"retention": spec(), "period": 2, "cohort": 0, "days": 30}})
    assert said(rule) == "近30天首次「行为事件 open」（按周第1批），第2周没有回来「行为事件 login」"
    assert "did not come back with “event login” in week 2" in said(rule, "en")
