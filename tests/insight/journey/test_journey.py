"""A journey on hand-made histories: what each figure counts, where a case ends, what is refused."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta

import pytest

from liuke.engine import DuckEngine
from liuke.engine.room import Room
from liuke.errors import YourMistake
from liuke.insight.behaviour import shares
from liuke.insight.behaviour.population import Period
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.comparison import compared, compared_success
from liuke.insight.journey.journey_map import Part
from liuke.insight.journey.listing import WHATS, cases_of
from liuke.insight.journey.reading import read_journey
from liuke.insight.journey.trend import journey_trend
from tests.insight.behaviour.crowd import Complaint, Contact, Event, Move, moment, population
from tests.insight.journey.applicants import journey, steps

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
WHOLE = ("9 begin", "9.5 form app mobile,income", "10 check branch", "34 sign branch", "35 done")


@pytest.fixture
def asked(engine):
    """Cases and map of events and more, for the length of a test."""
    with ExitStack() as stack:

        def ask(events, period=WEEK, *, of=None, **more):
            found = stack.enter_context(
                journey_cases(engine, population(engine, events, **more), of or journey(), period)
            )
            return found, read_journey(engine, found)

        yield ask


def test_a_case_goes_through_its_stages_to_its_outcome(asked) -> None:
    _, told = asked(steps("C1", 2, *WHOLE))
    assert (told.cases, told.people, told.succeeded, told.median_s) == (1, 1, 1, 26 * 3600.0)
    assert [(s.cases, s.went_on, s.visits, s.median_s) for s in told.stages] == [
        (1, 1, 1, 1800.0), (1, 1, 1, 24 * 3600.0), (1, 1, 1, 3600.0),
    ]  # fmt: skip
    assert [(t.stage, t.name, t.channel, t.median_s) for t in told.touchpoints] == [
        ("form", "form", "app", 1800.0), ("check", "check", "branch", 86400.0), ("sign", "sign", "branch", 3600.0),
    ]  # fmt: skip


def test_everybody_ends_once_and_who_is_still_open_is_never_counted_as_dropped(asked) -> None:
    events = [
        *steps("C1", 2, *WHOLE), *steps("C2", 2, "9 begin", "10 form", "11 refused"),
        *steps("C3", 2, "9 begin", "10 form", "11 given_up"), *steps("C4", 2, "9 begin", "10 form"),
        *steps("C5", 8, "23 begin", "23.5 form", "24 check"),
    ]  # fmt: skip
    found, told = asked(events)
    assert (told.succeeded, told.rejected, told.withdrawn, told.abandoned, told.waiting) == (1, 1, 1, 1, 1)
    form, check = told.stages[0], told.stages[1]
    assert (form.cases, form.went_on, form.rejected, form.withdrawn, form.abandoned, form.waiting) == (5, 2, 1, 1, 1, 0)
    assert (check.cases, check.waiting, check.immature) == (2, 1, 1)
    assert (form.share.estimate, check.share.estimate) == (0.4, 1.0)
    assert told.share.estimate == 0.25
    assert found.notes == ()


def test_silence_of_just_the_length_goes_on_and_a_longer_one_is_the_end(asked) -> None:
    # The as-of day ends on the 11th at 0:00.
    _, told = asked([*steps("C1", 8, "23 begin", "24 form"), *steps("C2", 8, "23 begin", "23.9999 form")])
    assert (told.waiting, told.abandoned) == (1, 1)
    pays = journey(case=None, quiet="1h")
    events = [*steps("C1", 2, "1 begin", "2 form", "3 check", "3.5 done"), *steps("C2", 2, "1 begin", "2.001 form")]
    _, told = asked(events, of=pays)
    assert (told.cases, told.succeeded, told.stages[0].cases) == (2, 1, 1)


def test_without_a_property_an_outcome_or_a_silence_begins_the_next_case(asked) -> None:
    pays = journey(case=None, quiet="1h")
    events = steps(
        "C1", 2, "1 begin", "1.1 form", "1.2 done", "1.3 begin", "1.4 form", "5 begin", "5.1 check", "5.2 begin"
    )
    found, told = asked(events, of=pays)
    assert (told.cases, told.people, told.succeeded, told.abandoned) == (3, 1, 1, 2)
    assert (told.stages[0].cases, told.stages[1].skipped, told.stages[1].cases) == (2, 1, 1)
    assert set(cases_of(found, "form", "reached").columns) == {"customer_id", "case", "at"}


def test_one_customer_may_have_several_cases_at_once(asked) -> None:
    events = [
        *steps("C1", 2, "9 begin", "10 form", "12 check", case="A"),
        *steps("C1", 2, "9.5 begin", "11 form", "13 done", case="B"),
    ]
    _, told = asked(events)
    assert (told.cases, told.people, told.succeeded, told.stages[0].cases, told.stages[0].people) == (2, 1, 1, 2, 1)
    assert told.stages[0].p90_s == pytest.approx(2 * 3600.0)


def test_facts_that_name_no_case_belong_to_the_one_before(asked, engine) -> None:
    events = [*steps("C1", 2, "9 begin", "10 form"), *steps("C2", 2, "9 begin")]
    lost = [Event("C3", moment(3), "form"), Event("C2", moment(2, 10), "form")]
    moves = [Move("C1", moment(2, 11), "repayment")]
    _, told = asked([*events, *lost], moves=moves)
    assert (told.stages[2].cases, told.stages[0].cases) == (1, 2)
    assert [note.text for note in told.notes][:1] == ["1 facts say of no case and follow none; they are left out"]


def test_the_period_bounds_entry_only_and_what_has_no_entry_is_told_apart(asked) -> None:
    events = [
        *steps("C1", 1, "9 begin", "30 form"), *steps("C2", 8, "23 begin", "30 form"),
        *steps("C3", 5, "9 form", "10 check"), *steps("C4", 9, "9 begin"), *steps("C5", 9, "9 form"),
    ]  # fmt: skip
    _, told = asked(events)
    assert (told.cases, told.joined_midway, told.stages[0].cases, told.stages[1].cases) == (1, 1, 1, 0)


def test_a_channel_changed_as_meant_is_a_hand_over_and_any_other_a_break_point(asked) -> None:
    events = [
        *steps("C1", 2, *WHOLE), *steps("C2", 2, "9 begin", "10 form web", "11 check branch", "11.5 check app"),
        *steps("C3", 2, "9 begin", "10 form", "10.5 application_status other", "11 check branch", "12 form"),
    ]  # fmt: skip
    found, told = asked(events)
    assert [(h.stage, h.from_channel, h.to_channel, h.cases, h.meant, h.went_on) for h in told.hand_overs] == [
        ("form", "branch", "app", 1, False, 1), ("check", "app", "branch", 2, True, 1),
        ("check", "branch", "app", 1, False, 0), ("check", "web", "branch", 1, False, 0),
    ]  # fmt: skip
    assert [(s.switches, s.break_points) for s in told.stages] == [(1, 1), (3, 1), (0, 0)]
    assert told.stages[0].returned == 1
    assert found.types_fields


def test_what_is_typed_in_again_counts_where_it_is_asked_for_again(asked) -> None:
    events = [
        *steps("C1", -20, "9 begin", "10 form app mobile,id", case="old"),
        *steps("C1", 2, "9 begin", "10 form app mobile", "11 check app income", "12 check app purpose,income"),
        *steps("C2", 2, "9 begin", "10 form app mobile,mobile", "11 check app income"),
        *steps("C3", -29, "9 form app mobile", case="old"), *steps("C3", 2, "9 begin", "10 form app mobile"),
    ]  # fmt: skip
    _, told = asked(events)
    assert [s.rekeyed for s in told.stages] == [1, 1, 0]
    _, told = asked(steps("C1", 2, "9 begin", "10 form"))
    assert told.stages[0].rekeyed == 0
    _, told = asked(steps("C1", 2, "9 begin", "10 form app mobile"), of=journey(rekeying=None))
    assert told.stages[0].rekeyed is None


def test_what_is_typed_in_is_remembered_for_just_so_long(asked) -> None:
    for hour, again in (("9", 1), ("9.001", 0)):
        early = steps("C1", 2, "9 form app mobile", case="old")
        late = steps("C1", 3, f"{hour} begin", f"{hour} form app mobile")
        _, told = asked([*early, *late], of=journey(rekeying={"property": "fields", "within": "1d"}))
        assert told.stages[0].rekeyed == again


def test_what_is_said_at_the_moment_of_the_next_stage_belongs_to_it(asked) -> None:
    said = [Complaint("C1", moment(2, 10))]
    _, told = asked(steps("C1", 2, *WHOLE), complaints=said, contacts=[Contact("C1", moment(2, 10), 3)])
    assert [(s.complained, s.marks) for s in told.stages] == [(0, 0), (1, 1), (0, 0)]


def test_complaints_and_marks_belong_to_the_stage_in_which_they_are_told(asked, engine) -> None:
    events = [*steps("C1", 2, *WHOLE), *steps("C2", 9, "9 begin", "10 form")]
    said = [Complaint("C1", moment(2, 11)), Complaint("C1", moment(4, 11)), Complaint("C1", moment(4, 11.5))]
    marks = [Contact("C1", moment(2, 9.75), 2), Contact("C1", moment(2, 9.8), 5), Contact("C2", moment(9, 20), 1),
             Contact("C1", moment(4, 0), 1), Contact("C1", moment(2, 9), 1)]  # fmt: skip
    period = Period(date(2026, 3, 2), date(2026, 3, 9))
    found, told = asked(events, period, complaints=said, contacts=marks)
    assert [s.complained for s in told.stages] == [0, 1, 1]
    assert [(s.satisfaction, s.marks) for s in told.stages] == [(pytest.approx(8 / 3), 3), (None, 0), (None, 0)]
    assert engine.arrow(cases_of(found, "check", "complained"))["customer_id"].to_pylist() == ["C1"]
    _, told = asked(events, period, complaints=said, of=journey(complaints={"days": 0, "name": "card"}))
    assert [s.complained for s in told.stages] == [0, 0, 0]
    _, told = asked(events, period)
    assert [s.complained for s in told.stages] == [None, None, None]


def test_a_visit_is_late_when_it_lasts_longer_than_expected_or_already_does(asked) -> None:
    events = [
        *steps("C1", 2, "9 begin", "10 form", "11 check"), *steps("C2", 2, "9 begin", "10 form", "11.001 check"),
        *steps("C3", 9, "9 begin", "10 form"), *steps("C4", 2, "9 begin", "10 form"),
    ]  # fmt: skip
    found, told = asked(events, Period(date(2026, 3, 2), date(2026, 3, 9)))
    assert [s.late for s in told.stages] == [2, 0, None]
    assert [found.journey.spec.stages[0].expects, told.stages[0].abandoned] == [timedelta(hours=1), 1]


def test_a_status_told_in_one_channel_reaches_others_later_or_not_yet(asked) -> None:
    def status(who: str, hour: float, channel: str, value: str = "approved") -> Event:
        return Event(who, moment(2, hour), "application_status", {"application": f"L-{who}", "status": value}, channel)

    events = [
        *steps("C1", 2, "9 begin", "10 form", "20 done"), status("C1", 12, "branch"), status("C1", 21, "app"),
        status("C1", 22, "app"), *steps("C2", 2, "9 begin"), status("C2", 10, "branch"),
        *steps("C3", 2, "9 begin"), status("C3", 10, "app", "in_review"),
    ]  # fmt: skip
    _, told = asked(events)
    assert [(g.status, g.from_channel, g.to_channel, g.cases, g.never, g.median_s) for g in told.lags] == [
        ("approved", "branch", "app", 1, 1, 9 * 3600.0), ("in_review", "app", "branch", 0, 1, None),
    ]  # fmt: skip


def test_points_add_up_to_the_score_and_what_cannot_be_measured_is_named(asked) -> None:
    events = [
        *steps("C1", 2, "9 begin", "10 form", "11 check", "12 check_failed", "13 check", "14 done"),
        *steps("C2", 2, "9 begin", "10 form", "10.5 check web"),
    ]
    _, told = asked(events, of=journey(pain={"weights": {"abandoned": 50, "late": 10}}, rekeying=None))
    check = told.stages[1].pain
    assert check.parts == (
        Part("abandoned", 0.5, 50, pytest.approx(100 * 25 / 90)), Part("late", 0.0, 10, 0.0),
        Part("break_point", 0.5, 15, pytest.approx(100 * 7.5 / 90)),
        Part("failed", 0.5, 10, pytest.approx(100 * 5 / 90)), Part("returned", 0.0, 5, 0.0),
    )  # fmt: skip
    assert check.score == pytest.approx(sum(part.points for part in check.parts))
    assert (check.missing, told.stages[2].pain.score) == (("rekeyed", "complained"), None)
    assert told.pain == pytest.approx((2 * check.score + 2 * told.stages[0].pain.score) / 4)


def test_lists_hold_as_many_as_the_figures_say(asked, engine) -> None:
    events = [
        *steps("C1", 2, *WHOLE), *steps("C2", 2, "9 begin", "10 form web mobile", "12 check app", "12.5 check_failed"),
        *steps("C3", 2, "9 begin", "10 form", "11 check", "12 form app mobile", "13 form app mobile", "14 given_up"),
        *steps("C4", 2, "9 begin", "10 form", "11 refused"), *steps("C5", 9, "9 begin", "10 form"),
    ]  # fmt: skip
    found, told = asked(events, Period(date(2026, 3, 2), date(2026, 3, 9)), complaints=[Complaint("C2", moment(2, 13))])
    figures = {"reached": "cases", "switched": "switches", "break_point": "break_points"}
    for stage in told.stages:
        for what in WHATS:
            rows = engine.arrow(cases_of(found, stage.code, what)).to_pylist()
            if getattr(stage, figures.get(what, what)) is not None:
                assert len(rows) == getattr(stage, figures.get(what, what)), (stage.code, what)
    [row] = engine.arrow(cases_of(found, "check", "failed")).to_pylist()
    assert row == {"customer_id": "C2", "case": "L-C2", "at": moment(2, 12)}
    with pytest.raises(YourMistake, match="did you mean 'check'"):
        cases_of(found, "chek", "reached")
    with pytest.raises(YourMistake, match="did you mean 'abandoned'"):
        cases_of(found, "check", "abandonned")


def test_the_course_goes_by_the_day_week_or_month_of_entry(asked, engine) -> None:
    events = [*steps("C1", 2, *WHOLE), *steps("C2", 3, "9 begin", "10 form"), *steps("C3", 9, "9 begin")]
    found, told = asked(events, Period(date(2026, 2, 1), date(2026, 3, 10)))
    days = journey_trend(found)
    assert [(d.day.day, d.cases, d.succeeded, d.waiting, d.share) for d in days] == [
        (2, 1, 1, 0, 1.0), (3, 1, 0, 0, 0.0), (9, 1, 0, 1, None),
    ]  # fmt: skip
    assert [(d.day, d.cases, d.is_mature) for d in journey_trend(found, "week")] == [
        (date(2026, 3, 2), 2, True), (date(2026, 3, 9), 1, False),
    ]  # fmt: skip
    [month] = journey_trend(found, "month")
    assert (month.day, month.cases, month.pain) == (date(2026, 3, 1), 3, told.pain)
    assert days[2].pain is None


def test_two_periods_are_compared_stage_by_stage(asked) -> None:
    now = [e for n in range(40) for e in steps(f"A{n}", 2, "9 begin", "10 form", *(["11 check"] if n < 10 else []))]
    then = [e for n in range(40) for e in steps(f"B{n}", -5, "9 begin", "10 form", "10.5 check", "11 done")]
    maps = [asked([*now, *then], period)[1] for period in (WEEK, WEEK.before)]
    form, check, sign = compared(*maps)
    assert form.went_on is not None
    assert (form.went_on.estimate, form.went_on.high < 0, form.median_s) == (-0.75, True, (3600.0, 1800.0))
    assert dict(form.parts)["abandoned"].estimate == 0.75
    assert dict(check.parts)["complained"] is None
    assert sign.went_on is None
    success = compared_success(*maps)
    assert success is not None
    assert success.estimate == -1.0


def test_nothing_of_later_days_enters(asked) -> None:
    until = [*steps("C1", 9, "9 begin", "10 form"), *steps("C2", 2, "9 begin", "10 form")]
    later = [*steps("C1", 11, "1 check", "2 done"), *steps("C2", 11, "0 form"), *steps("C3", 11, "1 begin")]
    period = Period(date(2026, 3, 2), date(2026, 3, 12))
    said = [Complaint("C1", moment(11, 1))]
    told = [asked(events, period, complaints=more)[1] for events, more in ((until, []), ([*until, *later], said))]
    assert told[0] == told[1]


def test_only_customers_of_the_scope_are_counted_and_nobody_without_a_number(asked) -> None:
    events = [*steps("C1", 2, *WHOLE), *steps("C2", 2, *WHOLE), Event(None, moment(2), "begin", device="d")]
    assert asked(events)[1].cases == 2
    assert asked(events, customers=["C2"])[1].people == 1


def test_in_how_many_parts_customers_are_walked_through_makes_no_difference(engine, monkeypatch, tmp_path) -> None:
    events = [e for n in range(30) for e in steps(f"C{n}", 2 + n % 5, *WHOLE[: 1 + n % 5], case=f"L{n % 7}")]
    said = [Complaint(f"C{n}", moment(3)) for n in range(40)]

    def told(engine):
        with journey_cases(engine, population(engine, events, complaints=said), journey(), WEEK) as found:
            rows = engine.arrow(cases_of(found, "form", "went_on")).to_pylist()
            return read_journey(engine, found), journey_trend(found), sorted(rows, key=str)

    expected = told(engine)
    parts = DuckEngine(memory_limit_mb=512, threads=3)
    monkeypatch.setattr(parts, "_room", Room(3, 0, tmp_path))
    monkeypatch.setattr(shares, "_AT_ONCE", 9)
    assert told(parts) == expected
    parts.close()


def test_a_name_nobody_bears_is_told_with_the_nearest(asked) -> None:
    events = steps("C1", 2, *WHOLE)
    with pytest.raises(YourMistake, match=r"no event is called 'beginn'.*did you mean 'begin'"):
        asked(events, of=journey(enter={"name": "beginn"}))
    stages = [{"code": "form", "name": {"zh": "表", "en": "F"}, "touchpoints": [{"name": "from"}]}]
    _, told = asked(events, of=journey(stages=stages, hand_overs=[]))
    assert [note.text for note in told.notes] == ["no event is called 'from' in these days; did you mean 'form'?"]
    assert (told.stages[0].cases, told.cases, told.pain) == (0, 1, None)


def test_a_period_without_data_is_refused(asked) -> None:
    events = steps("C1", 2, *WHOLE)
    with pytest.raises(YourMistake, match="begins on 2026-03-11, data end on 2026-03-10"):
        asked(events, Period(date(2026, 3, 11), date(2026, 3, 12)))
    with pytest.raises(YourMistake, match="ends on 2026-01-08, data begin on 2026-03-02"):
        asked(events, Period(date(2026, 1, 1), date(2026, 1, 8)))
