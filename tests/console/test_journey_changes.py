"""What moved since the period before is told stage by stage, and never of a group too small to be told of."""

from __future__ import annotations

from datetime import date

from liuke.console.questions.journey_changes import change_rows
from liuke.console.questions.journey_rows import headline
from liuke.console.reading.journeys import JourneyAnswer
from liuke.engine import Engine
from liuke.insight.behaviour.population import Period
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.comparison import compared, compared_success
from liuke.insight.journey.reading import read_journey
from tests.insight.behaviour.crowd import Event, population
from tests.insight.journey.applicants import journey, steps

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))


def answer(engine: Engine, events: list[Event]) -> JourneyAnswer:
    maps = []
    for period in (WEEK, WEEK.before):
        with journey_cases(engine, population(engine, events), journey(), period) as found:
            maps.append(read_journey(engine, found))
    return JourneyAnswer(journey(), maps[0], (), maps[1], compared(*maps), compared_success(*maps))


def test_what_moved_is_told_stage_by_stage(engine: Engine) -> None:
    now = [e for n in range(40) for e in steps(f"A{n}", 2, "9 begin", "10 form", *(["11 check"] if n < 20 else []))]
    now += [e for n in range(20) for e in steps(f"D{n}", 2, "9 begin", "10 form", "10.5 done")]
    then = [e for n in range(40) for e in steps(f"B{n}", -5, "9 begin", "10 form", "12 check", "13 done")]
    told = answer(engine, [*now, *then])
    form, check = change_rows(told)
    parts = {str(moved.label): (moved.points, moved.look) for moved in form.parts}
    assert (parts["半途而废"], parts["超过应有时长"]) == (("+33.3", "worse"), ("-100.0", "better"))
    assert parts["投诉"] == ("—", "")
    assert (form.stay, form.stay_before) == ("45 分钟 / 60 分钟", "2 小时 / 2 小时")
    assert {str(moved.label): moved.points for moved in check.parts}["半途而废"] == "+100.0"
    assert headline(told)[1][2].endswith("较上期 -66.7 个百分点")


def test_small_groups_are_not_told_by_their_change(engine: Engine) -> None:
    now = [e for n in range(40) for e in steps(f"A{n}", 2, "9 begin", "10 form", *(["11 check"] if n < 35 else []))]
    then = [e for n in range(40) for e in steps(f"B{n}", -5, "9 begin", "10 form", *(["11 check"] if n < 3 else []))]
    [form] = change_rows(answer(engine, [*now, *then]))
    assert {str(moved.label): moved.points for moved in form.parts}["半途而废"] == "—"
