"""Times until the next event, failures, second tries and angry taps, by hand and against a plain loop."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from itertools import pairwise

import pytest

from liuke.insight.behaviour.population import Period
from liuke.insight.paths.dwell import read_dwell
from liuke.insight.paths.events import path_events
from liuke.insight.paths.spec import Paths
from tests.insight.behaviour.crowd import Event, moment, population
from tests.insight.behaviour.shoppers import FIRST, LAST, clicks, shoppers

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))


def taps(who: str, *seconds_and_names: tuple[float, str]) -> list[Event]:
    """Events of one morning."""
    return [Event(who, moment(2, 9 + seconds / 3600), name) for seconds, name in seconds_and_names]


def read(engine, events, **asked):
    found = read_dwell(path_events(engine, population(engine, events), Paths.model_validate(asked), WEEK))
    return {one.name: one for one in found}


def test_a_stay_lasts_until_the_next_event_of_the_session(engine) -> None:
    events = [*taps("C1", (0, "form"), (40, "pay"), (41, "done")), *taps("C2", (0, "form"), (120, "pay")),
              *taps("C3", (0, "form"), (7200, "pay"))]  # fmt: skip
    form = read(engine, events)["form"]
    assert (form.events, form.timed) == (3, 2)
    assert form.median == pytest.approx(40, rel=0.01)
    assert form.p90 == pytest.approx(120, rel=0.01)
    assert read(engine, events)["done"].median is None


def test_failures_are_those_of_the_event_itself_or_of_an_error_right_after_it(engine) -> None:
    errors = {"name": ["error", "pay"], "where": {"property": "failed", "value": "yes"}}
    said = {"failed": "yes"}
    events = [
        Event("C1", moment(2, 9), "pay", said), Event("C1", moment(2, 9.1), "pay"),
        Event("C1", moment(2, 9.2), "upload"), Event("C1", moment(2, 9.3), "error", said),
        Event("C1", moment(2, 9.4), "upload"),
    ]  # fmt: skip
    found = read(engine, events, errors=errors)
    assert {name: (one.failed, one.events) for name, one in found.items()} == {
        "pay": (1, 2), "upload": (1, 2), "error": (1, 1),
    }  # fmt: skip


def test_a_second_try_comes_soon_at_once_or_after_the_error(engine) -> None:
    errors = {"name": "error"}
    events = [
        *taps("C1", (0, "pay"), (59, "pay"), (120, "pay")),
        *taps("C2", (0, "upload"), (5, "error"), (20, "upload")),
        *taps("C3", (0, "scan"), (5, "help"), (20, "scan")),
    ]
    found = read(engine, events, errors=errors)
    assert {name: one.retried for name, one in found.items()} == {
        "pay": 1,
        "upload": 1,
        "scan": 0,
        "error": 0,
        "help": 0,
    }


def test_three_quick_ones_are_rage_once_however_long_it_goes_on(engine) -> None:
    events = [
        *taps("C1", (0, "pay"), (1, "pay"), (2, "pay"), (3, "pay"), (4, "pay"), (60, "pay"), (61, "pay"), (62, "pay")),
        *taps("C2", (0, "pay"), (1, "pay"), (4, "pay")), *taps("C3", (0, "a"), (1, "b"), (2, "a")),
    ]  # fmt: skip
    assert {name: one.rage for name, one in read(engine, events).items()} == {"pay": 2, "a": 0, "b": 0}


def test_stays_of_real_shoppers_are_those_a_plain_loop_finds(engine) -> None:
    rows = clicks()
    events = path_events(engine, shoppers(engine, rows), Paths(), Period(FIRST, LAST))
    found = {d.name: d for d in read_dwell(events)}
    mine, stays = defaultdict(list), defaultdict(list)
    for row in rows:
        mine[row.who].append((row.at, row.name))
    for line in mine.values():
        line.sort()
        for (at, name), (then, _) in pairwise(line):
            if (then - at).total_seconds() <= 1800:
                stays[name].append((then - at).total_seconds())
    for name, times in stays.items():
        assert found[name].timed == len(times)
        for q, told in ((0.5, found[name].median), (0.9, found[name].p90)):
            exact = sorted(times)[math.ceil(q * len(times)) - 1]
            assert told == pytest.approx(exact, rel=0.0101) if exact >= 0.1 else told == 0.05
