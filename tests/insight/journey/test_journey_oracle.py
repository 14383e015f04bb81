"""Any customers' journeys are those of the plain words: ties, duplicates, silences at their edge, several cases."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.insight.behaviour.population import Period
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.catalogue import Journey
from liuke.insight.journey.listing import cases_of
from liuke.insight.journey.reading import read_journey
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.journey.trend import journey_trend
from tests.insight.behaviour.crowd import DAY, Complaint, Contact, Event, moment, population
from tests.insight.journey import reference
from tests.night import times

PERIOD = Period(date(2026, 3, 3), date(2026, 3, 8))
AS_OF = moment(DAY.day + 1, 0)
STAGES: dict[str, tuple[int, int]] = {"a": (0, 0), "b": (1, 0), "b_failed": (1, 1), "c": (2, 0), "c_yes": (2, 0)}
OUTCOMES = {"yes": 1, "c_yes": 1, "no": 2, "stop": 3, "at_once": 1}
ENTERS = ("start", "at_once")
HOURS = st.sampled_from([0.0, 0.5, 1, 12, 12.25, 23])
NAMES = [*"aaabbbcc", "b_failed", "start", "yes", "no", "stop", "application_status", "c_yes", "at_once"]
STEP = st.tuples(
    st.sampled_from([0, 0, 0.25, 1, 1, 12, 12.25, 24, 48, 72]), st.sampled_from(NAMES),
    st.sampled_from(["app", "app", "branch", "web", None]),
    st.fixed_dictionaries({
        "f": st.sampled_from(["", "m", "m, n", "n,n", None]), "s": st.sampled_from(["sent", "back"]),
        "none": st.sampled_from([False] * 5 + [True]),
    }),
)  # fmt: skip
STORY = st.tuples(
    st.sampled_from([f"C{n}" for n in range(1, 6)]), st.sampled_from("xy"), st.booleans() | st.just(value=True),
    st.builds(moment, st.integers(1, 9), HOURS), st.lists(STEP, min_size=1, max_size=10),
)  # fmt: skip
EVENTS = st.lists(STORY, min_size=8, max_size=14).map(lambda stories: [e for story in stories for e in told_of(*story)])


def told_of(who: str, key: str, begins: bool, at: datetime, steps: Any) -> list[Event]:
    """Most stories begin with `start`; some facts do not say of which case they are."""
    events = [Event(who, at, "start", {"k": key, "f": None, "s": None})] if begins else []
    for hours, name, channel, said in steps:
        at += timedelta(hours=hours)
        events.append(Event(who, at, name, {**said, "k": None if said["none"] else key}, channel))
    return events


SAID = st.lists(
    st.tuples(st.sampled_from(["C1", "C2"]), st.builds(moment, st.integers(1, 12), HOURS), st.integers(1, 5)),
    max_size=6,
)


def journey(*, keyed: bool, quiet: str) -> Journey:
    name = {"zh": "甲", "en": "A"}
    return Journey("j", JourneyFile.model_validate({
        "name": name, "description": name, "owner": "me", "case": "k" if keyed else None, "quiet": quiet,
        "enter": {"name": list(ENTERS)},
        "outcomes": {"success": [{"name": ["yes", "c_yes", "at_once"]}], "rejected": [{"name": "no"}],
                     "withdrawn": [{"name": "stop"}]},
        "stages": [
            {"code": "a", "name": name, "touchpoints": [{"name": "a"}], "expected": "1h"},
            {"code": "b", "name": name, "touchpoints": [{"name": "b"}], "failures": [{"name": "b_failed"}]},
            {"code": "c", "name": name, "touchpoints": [{"name": ["c", "c_yes"]}], "expected": "2d"},
            {"code": "d", "name": name, "touchpoints": [{"name": "d"}]},
        ],
        "hand_overs": [{"from": "app", "to": "branch", "at": "b"}, {"from": "branch", "to": "app"}],
        "rekeying": {"property": "f", "within": "1d"}, "complaints": {"days": 1},
        "status": {"name": "application_status", "property": "s"},
    }), "1")  # fmt: skip


def terms(spec: JourneyFile) -> reference.Terms:
    meant = {("app", "branch", 1), *(("branch", "app", place) for place in range(4))}
    return reference.Terms(
        4, spec.lasts, [timedelta(hours=1), None, timedelta(days=2), None], frozenset(meant), timedelta(days=1), 1,
        spec.case is not None, PERIOD.begins, PERIOD.ends, AS_OF,
    )  # fmt: skip


def fact(event: Event, *, keyed: bool) -> reference.Fact:
    said: Any = event.properties
    stage, touch = STAGES.get(event.name, (None, None))
    return reference.Fact(
        str(event.who), event.at, said["k"] if keyed else None, event.name, event.channel,
        enters=event.name in ENTERS, outcome=OUTCOMES.get(event.name, 0), stage=stage, touch=touch,
        failed=event.name == "b_failed",
        fields=frozenset(part.strip() for part in (said["f"] or "").split(",") if part.strip()),
        status=said["s"] if event.name == "application_status" else None,
    )  # fmt: skip


@settings(max_examples=times(5, 150), deadline=None)
@given(events=EVENTS, said=SAID, keyed=st.booleans(), quiet=st.sampled_from(["12h", "1d", "3d"]))
def test_the_map_is_that_of_the_plain_words(engine, events, said, keyed: bool, quiet: str) -> None:
    asked = journey(keyed=keyed, quiet=quiet)
    sure = [Event("C9", moment(4), "start", {"k": "z"}), Event("C9", moment(4, 13), "d", {"k": "z"})]
    people = population(
        engine, [*events, *sure], complaints=[Complaint(who, at) for who, at, _ in said],
        contacts=[Contact(who, at, mark) for who, at, mark in said],
    )  # fmt: skip
    rule = terms(asked.spec)
    first_read = PERIOD.begins - max(asked.spec.lasts, timedelta(days=1)) - timedelta(days=1)
    facts = [fact(e, keyed=keyed) for e in events if e.at >= first_read]
    found, midway, lost = reference.cases(facts, rule)
    with journey_cases(engine, people, asked, PERIOD) as mine:
        told = read_journey(engine, mine)
        lists = {what: sorted((r["customer_id"], r["case"], r["at"]) for stage in asked.spec.codes[1:2]
                              for r in engine.arrow(cases_of(mine, stage, what)).to_pylist())
                 for what in ("went_on", "abandoned", "rekeyed")}  # fmt: skip
        trend = journey_trend(mine)
    extra = 1 if AS_OF - moment(4, 13) > asked.spec.lasts else 0
    ends = [case.ended for case in found]
    assert told.cases == len(found) + 1
    assert (told.succeeded, told.rejected, told.withdrawn) == tuple(
        ends.count(e) for e in ("success", "rejected", "withdrawn")
    )
    assert (told.abandoned, told.waiting) == (ends.count("abandoned") + extra, ends.count("waiting") + 1 - extra)
    assert told.joined_midway == midway
    assert [note.facts["n"] for note in told.notes if note.code == "facts_without_case"] == (
        [str(lost)] if lost else []
    )
    assert told.median_s == _median(
        [case.facts[-1].at - case.facts[0].at for case in found if case.ended == "success"]
    )  # fmt: skip
    again = reference.typed_again(facts, rule)
    for place in range(3):
        _check_stage(told.stages[place], place, found, rule, again, said)
    assert told.stages[3].cases == 1
    assert _lags(told.lags) == _plain_lags(found)
    assert _touches(told.touchpoints) == _plain_touches(found)
    assert _moves(told.hand_overs) == _plain_moves(found, rule)
    for what, rows in lists.items():
        assert rows == sorted(
            (case.who, case.key if keyed else None, next(v for v in case.visits if v.stage == place).facts[0].at)
            for place in (1,) for case in _meets(what, place, found, rule, again)
        )  # fmt: skip
    days = defaultdict(list)
    for case in found:
        days[(case.facts[0].at + timedelta(hours=8)).date()].append(case)
    days[date(2026, 3, 4)] = days[date(2026, 3, 4)]
    assert {(p.day, p.cases - (p.day.day == 4), p.succeeded) for p in trend} == {
        (day, len(each), sum(case.ended == "success" for case in each)) for day, each in days.items()
    }


def _meets(what: str, place: int, found, rule, again):
    def meets(case) -> bool:
        mine = [visit for visit in case.visits if visit.stage == place]
        if not mine:
            return False
        here = case.visits[-1].stage == place
        return {
            "reached": True, "went_on": case.gone_on(place),
            "late": any(reference.is_late(case, v, rule) for v in mine),
            "rekeyed": any(id(f) in again for v in mine for f in v.facts),
            "abandoned": here and case.ended == "abandoned", "waiting": here and case.ended == "waiting",
        }[what]  # fmt: skip

    return [case for case in found if meets(case)]


def _check_stage(told, place: int, found, rule, again, said) -> None:
    here = [case for case in found if any(visit.stage == place for visit in case.visits)]
    last = [case.ended for case in here if case.visits[-1].stage == place]
    assert (told.cases, told.people) == (len(here), len({case.who for case in here}))
    assert told.went_on == sum(case.gone_on(place) for case in here)
    assert told.immature == sum(case.ended == "waiting" and not case.gone_on(place) for case in here)
    # C9 went to the last stage without any of these.
    assert told.skipped == 1 + sum(
        case not in here and (case.ended == "success" or any(v.stage > place for v in case.visits)) for case in found
    )
    assert (told.abandoned, told.rejected, told.withdrawn, told.waiting) == tuple(
        last.count(end) for end in ("abandoned", "rejected", "withdrawn", "waiting")
    )
    visits = [(case, visit) for case in here for visit in case.visits if visit.stage == place]
    assert told.visits == len(visits)
    assert told.median_s == _median([reference.took(visit) for _, visit in visits])
    expected = rule.expected[place] is not None
    assert told.late == (len(_meets("late", place, found, rule, again)) if expected else None)
    moves = [{(s, a, b) for s, a, b in reference.changes(case) if s == place} for case in here]
    assert told.switches == sum(bool(each) for each in moves)
    assert told.break_points == sum(any((a, b, s) not in rule.meant for s, a, b in each) for each in moves)
    if told.rekeyed is not None:
        assert told.rekeyed == len(_meets("rekeyed", place, found, rule, again))
    back = [any(b.stage == place < a.stage for a, b in zip(c.visits, c.visits[1:], strict=False)) for c in here]
    assert told.returned == sum(back)
    failed = sum(any(f.failed for v in c.visits if v.stage == place for f in v.facts) for c in here)
    assert told.failed == (failed if place == 1 else None)
    if any(at < AS_OF for _, at, _ in said):
        assert told.complained == sum(
            any(who == c.who and reference.during(c, v, at, rule, 1) for v in c.visits if v.stage == place
                for who, at, _ in said if at < AS_OF) for c in here
        )  # fmt: skip
    marks = [mark for case, visit in visits for who, at, mark in said
             if who == case.who and at < AS_OF and reference.during(case, visit, at, rule, 0)]  # fmt: skip
    assert told.marks == len(marks)
    assert told.satisfaction == (pytest.approx(statistics.mean(marks)) if marks else None)
    if told.pain.parts:
        whole = sum(part.weight for part in told.pain.parts)
        assert told.pain.score == pytest.approx(sum(p.weight * p.share for p in told.pain.parts) / whole * 100)
        assert all(0 <= part.share <= 1 for part in told.pain.parts)


def _median(spans) -> float | None:
    known = [span.total_seconds() for span in spans if span is not None]
    return pytest.approx(statistics.median(known), abs=0.002) if known else None


def _lags(told):
    return {(one.status, one.from_channel, one.to_channel): (one.cases, one.never, one.median_s) for one in told}


def _plain_lags(found):
    firsts: dict[Any, Any] = {}
    for case in found:
        for each in [*case.facts, *case.after]:
            if each.status and each.channel:
                firsts.setdefault((id(case), each.status), {}).setdefault(each.channel, each.at)
    channels = sorted({channel for told in firsts.values() for channel in told})
    answers: dict[Any, Any] = {}
    for (_, status), told in firsts.items():
        start = min(told, key=lambda channel: (told[channel], channel))
        for channel in channels:
            if channel != start:
                gaps = answers.setdefault((status, start, channel), [])
                gaps.append(told[channel] - told[start] if channel in told else None)
    return {
        key: (sum(gap is not None for gap in gaps), sum(gap is None for gap in gaps), _median(gaps))
        for key, gaps in answers.items()
    }


def _touches(told):
    return {
        (one.stage, one.number, one.channel, one.name): (one.cases, one.facts, one.left, one.failed, one.median_s)
        for one in told if one.stage != "d"
    }  # fmt: skip


def _plain_touches(found):
    seen = defaultdict(list)
    for case in found:
        for i, each in enumerate(case.facts):
            if each.stage is not None:
                onward = case.facts[i + 1].at - each.at if i + 1 < len(case.facts) else None
                seen["abc"[each.stage], each.touch, each.channel, each.name].append((case, each, onward))
    return {
        key: (
            len({id(case) for case, _, _ in rows}), len(rows),
            sum(onward is None and case.ended == "abandoned" for case, _, onward in rows),
            sum(each.failed for _, each, _ in rows), _median([onward for _, _, onward in rows]),
        )
        for key, rows in seen.items()
    }  # fmt: skip


def _moves(told):
    return {(one.stage, one.from_channel, one.to_channel): (one.cases, one.meant, one.went_on) for one in told}


def _plain_moves(found, rule):
    seen = defaultdict(list)
    for case in found:
        for stage, start, to in set(reference.changes(case)):
            seen[stage, start, to].append(case)
    return {
        ("abc"[stage], start, to): (len(cases), (start, to, stage) in rule.meant, sum(c.gone_on(stage) for c in cases))
        for (stage, start, to), cases in seen.items()
    }
