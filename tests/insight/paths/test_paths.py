"""Paths are those of the plain words; what few do is folded without losing a time; anchors, gaps, names left out."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from liuke.errors import YourMistake
from liuke.insight.behaviour.population import Period
from liuke.insight.paths.counting import counted
from liuke.insight.paths.events import path_events
from liuke.insight.paths.nodes import Nodes
from liuke.insight.paths.reading import PathsReading, read_paths
from liuke.insight.paths.spec import Paths
from tests.insight.behaviour.crowd import Event, moment, population
from tests.insight.behaviour.shoppers import FIRST, LAST, clicks, shoppers
from tests.insight.paths.reference import read
from tests.night import times

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))


def visit(who: str, day: int, *names: str, hour: float = 9, apart: float = 1) -> list[Event]:
    """Events of one session, so many minutes apart."""
    return [Event(who, moment(day, hour + i * apart / 60), name) for i, name in enumerate(names)]


def reading(engine, people, top: int = 50, **asked) -> PathsReading:
    question = Paths.model_validate({"least": 0, **asked})
    found = counted(engine, path_events(engine, people, question, WEEK))
    told = read_paths(engine, found, question.least, top)
    engine.release(found.table)
    return told


EVENTS = st.lists(
    st.builds(Event, who=st.sampled_from([f"C{n}" for n in range(8)]), name=st.sampled_from("abcd"),
              at=st.builds(moment, st.integers(2, 4), st.sampled_from([0, 0.25, 0.5, 1, 1.5, 2, 3.0]))),
    max_size=60,
)  # fmt: skip


@settings(max_examples=times(8, 200))
@given(events=EVENTS, at=st.sampled_from(["start", "end"]),
       anchor=st.none() | st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True),
       steps=st.integers(2, 6), collapse=st.booleans())  # fmt: skip
def test_paths_links_and_places_are_those_of_the_plain_words(engine, events, anchor, at, steps, collapse) -> None:
    people = population(engine, [*events, *(Event("C9", moment(1, 1), name) for name in "abcd")])
    asked = {"at": at, "steps": steps, "collapse": collapse, **({"anchor": {"name": anchor}} if anchor else {})}
    if set(anchor or ()) - {event.name for event in events}:
        with pytest.raises(YourMistake, match="no event is called"):
            reading(engine, people, **asked)
        return
    told = reading(engine, people, top=1000, **asked)
    plain = read([(e.who or "", e.at, e.name) for e in events], anchor, at, timedelta(minutes=30), steps, collapse)
    assert (told.people, told.times) == (len(plain.people["all"]), plain.times["all"])
    found = {("path", path.names): (path.people, path.times) for path in told.paths}
    found |= {("place", p.place, p.name): (p.people, p.times) for p in told.places}
    found |= {("end" if link.ends else "link", link.place, link.name, link.ends or link.to): (link.people, link.times)
              for link in told.links}  # fmt: skip
    wanted = {thing: (len(plain.people[thing]), n) for thing, n in plain.times.items() if thing != "all"}
    assert found == wanted


def test_a_gap_of_exactly_half_an_hour_is_still_the_same_session(engine) -> None:
    people = population(engine, [*visit("C1", 2, "a", "b", apart=30), *visit("C2", 2, "a", "b", apart=30.001)])
    assert {path.names: path.times for path in reading(engine, people).paths} == {("a", "b"): 1, ("a",): 1, ("b",): 1}


def test_what_few_do_is_folded_and_no_time_is_lost(engine) -> None:
    events = [e for i in range(10) for e in visit(f"C{i}", 2, "home", "pay" if i else "help", "done")]
    told = reading(engine, population(engine, events), least=0.2)
    assert [(p.place, p.name, p.people, p.times) for p in told.places] == [
        (0, "home", 10, 10), (1, "pay", 9, 9), (1, None, 1, 1), (2, "done", 10, 10),
    ]  # fmt: skip
    assert {(k.place, k.name, k.to, k.ends): (k.people, k.times) for k in told.links} == {
        (0, "home", "pay", ""): (9, 9), (0, "home", None, ""): (1, 1), (1, "pay", "done", ""): (9, 9),
        (1, None, "done", ""): (1, 1), (2, "done", None, "over"): (10, 10),
    }  # fmt: skip
    assert [(p.name, p.stopped) for p in told.places if p.stopped] == [("done", 10)]


def test_names_left_out_are_as_if_they_had_not_happened_and_pages_may_take_the_place_of_names(engine) -> None:
    events = [
        Event("C1", moment(2, 9), "page", {"page": "home"}), Event("C1", moment(2, 9.1), "heartbeat"),
        Event("C1", moment(2, 9.2), "page", {"page": "home"}), Event("C1", moment(2, 9.3), "page", {"page": "loan"}),
        Event("C1", moment(2, 9.4), "apply"),
    ]  # fmt: skip
    people = population(engine, events)
    assert reading(engine, people, property="page", without=["heartbeat"]).paths[0].names == ("home", "loan", "apply")
    assert reading(engine, people, only=["page", "apply"]).paths[0].names == ("page", "apply")
    assert reading(engine, people, only=["page"], collapse=False).paths[0].times == 1


def test_names_beyond_those_told_apart_are_one(engine, monkeypatch) -> None:
    monkeypatch.setattr("liuke.insight.paths.nodes.MOST", 1)
    told = reading(engine, population(engine, [*visit("C1", 2, "a", "b", "c"), *visit("C2", 2, "a", "d")]))
    assert {path.names: path.people for path in told.paths} == {("a", None): 2}
    assert Nodes(("a",)).name(0) is None


def test_one_with_a_hundred_thousand_events_is_one_person(engine) -> None:
    many = [Event("C1", moment(2, i / 1000), "ab"[i % 2]) for i in range(100_000)]
    told = reading(engine, population(engine, many), steps=3)
    assert (told.people, told.times, told.paths[0].names) == (1, 1, ("a", "b", "a"))


def test_nothing_outside_the_period_or_after_the_as_of_day_enters(engine) -> None:
    events = [*visit("C1", 1, "a"), *visit("C2", 2, "b"), *visit("C3", 9, "c"), *visit("C4", 12, "d")]
    assert [path.names for path in reading(engine, population(engine, events)).paths] == [("b",)]


@pytest.mark.parametrize(("wrong", "told"), [
    ({"steps": 1}, "greater than or equal to 2"),
    ({"gap": "0m"}, "no time longer than zero"),
    ({"only": ["a"], "without": ["a"]}, "both looked at and left out"),
    ({"anchor": {"name": "a"}, "without": ["a"]}, "among what is left out"),
    ({"anchor": {"did": "transaction"}}, "paths are of events"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(wrong, told) -> None:
    with pytest.raises(ValidationError, match=told):
        Paths.model_validate(wrong)


def test_paths_of_real_shoppers_are_those_a_plain_loop_counts(engine) -> None:
    rows = clicks()
    asked = Paths.model_validate({"anchor": {"name": "cart"}, "steps": 4, "least": 0})
    found = counted(engine, path_events(engine, shoppers(engine, rows), asked, Period(FIRST, LAST)))
    told = read_paths(engine, found, 0, 1000)
    plain = read([(c.who, c.at, c.name) for c in rows], ("cart",), "start", asked.pause, 4, collapse=True)
    most = Counter({t[1]: n for t, n in plain.times.items() if t[0] == "path"})  # type: ignore[index]
    assert {path.names: path.times for path in told.paths} == dict(most)
    assert (told.people, told.times) == (len(plain.people["all"]), plain.times["all"])
