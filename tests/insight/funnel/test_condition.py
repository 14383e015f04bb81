"""A rule that asks a funnel has exactly the customers of the page's list, on any day, among other conditions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from liuke.engine import Engine
from liuke.insight.behaviour.population import Period
from liuke.insight.funnel.entrants import entrants
from liuke.insight.funnel.reading import reached, stopped_at
from liuke.insight.funnel.spec import Funnel
from liuke.insight.rules.words import said
from tests.insight.behaviour.crowd import DAY, Event, moment, population
from tests.insight.rules.asking import RULE, who_meets
from tests.night import times

NAMES = ("a", "b", "c")
PEOPLE = [f"C{n}" for n in range(6)]
ALL = [{"customer_id": who, "gender": "female" if who < "C3" else "male"} for who in PEOPLE]
EVENTS = st.lists(
    st.builds(
        Event,
        who=st.sampled_from([*PEOPLE, "former", None]),
        at=st.builds(moment, st.integers(1, 12), st.sampled_from([0, 0.5, 1, 12, 24])),
        name=st.sampled_from(NAMES),
        device=st.just("D1"),
    ),
    max_size=50,
)
STEPS: list[dict[str, Any]] = [{"name": "a"}, {"name": "b"}, {"name": "c"}]


def met(engine: Engine, asked: dict[str, Any], events: list[Event], day: date = DAY, **around: Any) -> list[str]:
    rule: dict[str, Any] = {"behaviour": asked}
    data = population(engine, events, day=day, people=ALL).data
    return who_meets(engine, {"all": [rule, around["also"]]} if "also" in around else rule, data)


@settings(max_examples=times(10, 250))
@given(events=EVENTS, order=st.sampled_from(["ordered", "strict", "any"]), hours=st.integers(1, 90),
       unit=st.sampled_from(["customer", "visitor"]), step=st.integers(1, 2), waiting=st.booleans(),
       days=st.integers(1, 12), day=st.integers(3, 12))  # fmt: skip
def test_it_means_just_those_whom_the_page_lists(
    engine, events, order, hours, unit, step, waiting, days, day
) -> None:  # fmt: skip
    funnel = {"steps": STEPS, "order": order, "window": f"{hours}h", "unit": unit}
    as_of = date(2026, 3, day)
    # Somebody does everything, so that the page has nothing to say about names.
    asked = [*events, *(Event("C9", moment(day, n), name) for n, name in enumerate(NAMES))]
    period = Period(date.fromordinal(as_of.toordinal() - days + 1), as_of)
    found = entrants(engine, population(engine, asked, day=as_of), Funnel.model_validate(funnel), period)

    def listed(rows: Any) -> list[str]:
        return sorted(set(engine.arrow(rows)["customer_id"].to_pylist()) & set(PEOPLE))

    stopped = listed(stopped_at(found, step, waiting=waiting))
    got_there = listed(reached(found, step + 1))
    engine.release(found)
    days_back = {"funnel": funnel, "stopped_at": step, "waiting": waiting, "days": days}
    fixed = {"funnel": funnel, "reached": step + 1, "first": str(period.first), "last": str(period.last)}
    assert met(engine, days_back, asked, as_of) == stopped
    assert met(engine, fixed, asked, as_of) == got_there


SEARCHED = [Event("C1", moment(2), "a"), Event("C1", moment(3), "b"), Event("C2", moment(2), "a"),
            Event("C4", moment(2), "a")]  # fmt: skip
STOPPED = {"funnel": {"steps": STEPS, "window": "1d"}, "stopped_at": 1, "days": 30}


def test_it_stands_among_other_conditions_and_under_not(engine) -> None:
    assert met(engine, STOPPED, SEARCHED) == ["C2", "C4"]
    assert met(engine, STOPPED, SEARCHED, also={"attribute": "gender", "value": "male"}) == ["C4"]
    data = population(engine, SEARCHED, people=ALL).data
    assert who_meets(engine, {"not": {"behaviour": STOPPED}}, data) == ["C0", "C1", "C3", "C5"]


def test_nothing_later_than_the_day_enters(engine) -> None:
    assert met(engine, STOPPED, SEARCHED, date(2026, 3, 2)) == []
    assert met(engine, STOPPED | {"waiting": True}, SEARCHED, date(2026, 3, 2)) == ["C1", "C2", "C4"]


def test_names_that_nobody_bears_and_days_to_come_have_nobody(engine) -> None:
    unknown = {"funnel": {"steps": [{"name": "zz"}, {"name": "a"}]}, "stopped_at": 1, "days": 30}
    ahead = {"funnel": {"steps": STEPS}, "reached": 1, "first": "2026-05-01", "last": "2026-05-02"}
    assert met(engine, unknown, SEARCHED) == []
    assert met(engine, ahead, SEARCHED) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"stopped_at": 1, "reached": 2, "days": 3}, "and one of them"),
        ({"days": 3}, "and one of them"),
        ({"stopped_at": 3, "days": 3}, "none of 1 to 2"),
        ({"reached": 4, "days": 3}, "none of 1 to 3"),
        ({"reached": 2, "waiting": True, "days": 3}, "goes with `stopped_at`"),
        ({"reached": 2}, "says `days`, or"),
        ({"reached": 2, "days": 3, "first": "2026-03-01"}, "says `days`, or"),
        ({"reached": 2, "first": "2026-03-02", "last": "2026-03-01"}, "before it begins"),
        ({"reachd": 2, "days": 3}, "did you mean 'reached'"),
    ],
)
def test_what_makes_no_sense_is_refused_when_it_is_read(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RULE.validate_python({"behaviour": {"funnel": {"steps": STEPS}, **asked}})


def test_it_is_said_in_words() -> None:
    steps = [{"name": "a", "label": {"zh": "搜索", "en": "Search"}, "where": {"property": "q", "value": "贷款"}},
             {"name": "b", "label": {"zh": "申请", "en": "Apply"}}]  # fmt: skip
    rule = RULE.validate_python({"behaviour": {"funnel": {"steps": steps}, "stopped_at": 1, "days": 30}})
    assert said(rule) == "近30天进入漏斗「搜索 [q = 贷款] → 申请」（按先后，7天内）并停在第1步「搜索 [q = 贷款]」"
    assert said(rule, "en").endswith("within 7 days) in the last 30 days and stopped at step 1 “Search [q = 贷款]”")
