"""Journeys of some customers: their facts put into cases, visits and stages, one customer after the other.

What each word means stands in docs/behaviour.md; tests/insight/journey/reference.py says the same in plain Python. All
is linear in facts, but for the few statuses and changes of channel of one case, which are looked through.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from liuke.engine.compiled import allocating, kernel
from liuke.insight.journey.columns import (
    ABANDONED,
    BEYOND,
    BITS,
    BREAK_POINT,
    COMPLAINED,
    FAILED,
    IMMATURE,
    LATE,
    MARK_SUM,
    MARKS,
    REACHED,
    REJECTED,
    REKEYED,
    RETURNED,
    SWITCHED,
    VISITS,
    WAITING,
    WENT_ON,
    WITHDRAWN,
)  # fmt: skip
from liuke.insight.journey.order_loops import DAY, Facts, moment_of, put_in_line

OPEN: Final = 0
SUCCESS: Final = 1
REFUSED: Final = 2
TAKEN_BACK: Final = 3
SILENT: Final = 4
"""How cases end; the first three of them by an outcome of that number."""
COMPLAINT: Final = -1
MARK: Final = -2
"""Kinds of what customers say. The number of a mark stands where facts have that of their case."""
WAY: Final = 0
VISIT: Final = 1
TOUCH: Final = 2
CHANGE: Final = 3
LAG: Final = 4
"""What is measured, each with a code: nothing, the stage, the group of a touchpoint, the change twice and one where the
case went on, and (status · channels + first channel) · channels + channel. Values are microseconds.
"""
FACTS: Final = 0
CASES: Final = 1
LEFT: Final = 2
ERRORS: Final = 3
MIDWAY: Final = 0
LOST: Final = 1
FIELDS: Final = 2


class Kinds(NamedTuple):
    """What facts may be. order: of facts of one moment. stage, group (of touchpoints), channel, status: -1 for none.
    outcome: OPEN for none. fields: numbers of what was typed in, of kind k from begins[k] on.
    """

    order: Any
    stage: Any
    group: Any
    channel: Any
    status: Any
    outcome: Any
    enters: Any
    failed: Any
    own: Any
    tells_fields: Any
    begins: Any
    fields: Any


class Terms(NamedTuple):
    """How cases are made. Times are microseconds, moments since the origin, days since the first that was read.

    named: facts say of which case they are. begins, ends: of entry; known: where what is known ends. first, last: days
    of the period. within: how long what was typed in is remembered. complaint: how long complaints belong to what is
    over. channels: how many. expected: by stage, -1 for nothing. meant: changes of channel.
    """

    named: bool
    quiet: int
    begins: int
    ends: int
    known: int
    first: int
    last: int
    within: int
    complaint: int
    channels: int
    expected: Any
    meant: Any


class Told(NamedTuple):
    """What is found. counts: day of entry, stage, column. days: day of entry, how the case ended. ends: how it ended,
    the furthest stage and one, 0 for none. people: by stage, then of all. touches: group, FACTS and so on. own: stages
    with something that customers do. notes: MIDWAY, LOST, FIELDS.

    people_of, names: of each case. cases, stages, moments, whats: a case at a stage each, when it first came there.
    things, codes, values: measures. used: how many of these three there are.
    """

    counts: Any
    days: Any
    ends: Any
    people: Any
    touches: Any
    own: Any
    notes: Any
    people_of: Any
    names: Any
    cases: Any
    stages: Any
    moments: Any
    whats: Any
    things: Any
    codes: Any
    values: Any
    used: Any


SUMS: Final = ("counts", "days", "ends", "people", "touches", "own", "notes")
"""Of these, what is found of some customers adds up to what is found of all."""


class Desk(NamedTuple):
    """Room for one customer and one case at a time."""

    line: Any
    spare: Any
    again: Any
    case_of: Any
    begins: Any
    name_of: Any
    asker: Any
    slot: Any
    typist: Any
    typed_at: Any
    said_at: Any
    said: Any
    visit_stage: Any
    visit_at: Any
    visit_ends: Any
    first_at: Any
    bits: Any
    sums: Any
    seen_group: Any
    seen_stage: Any
    changes: Any
    told_status: Any
    told_at: Any


class Case(NamedTuple):
    """One case: its facts from the enter fact on stand from `entry` to before `end` in Desk.spare; before `over` those
    up to its end. ended_at: the outcome, without one the last fact. said: how much its customer said.
    """

    number: int
    entry: int
    over: int
    end: int
    ended: int
    ended_at: int
    said: int


@allocating
def walk(facts: Facts, kinds: Kinds, terms: Terms, told: Told, desk: Desk) -> None:
    """Fills `told`."""
    for person in range(len(facts.offsets) - 1):
        low, high = facts.offsets[person], facts.offsets[person + 1]
        put_in_line(facts, kinds.order, low, high, desk.line, desk.spare)
        many, said = _apart(facts, high - low, desk)
        _find_again(facts, kinds, terms, person, many, desk)
        cases = _put_in_cases(facts, kinds, terms, person, many, told, desk)
        is_there, begin = False, 0
        for k in range(cases):
            found = _case(facts, kinds, terms, begin, desk.begins[k], said, told, desk)
            begin = desk.begins[k]
            if found.number >= 0:
                is_there = True
                told.people_of[found.number], told.names[found.number] = person, desk.name_of[k]
                _walk_case(facts, kinds, terms, person, found, told, desk)
        told.people[len(terms.expected)] += is_there


@kernel
def _apart(facts: Any, many: int, desk: Any) -> tuple[int, int]:
    """What the customer said apart from the facts in line. Numbers of both.

    said: up to each moment how many complaints, marks, and the sum of these.
    """
    there, said = 0, 0
    for i in range(many):
        at = desk.line[i]
        kind = facts.kinds[at]
        if kind >= 0:
            desk.line[there] = at
            there += 1
            continue
        desk.said_at[said] = moment_of(facts.marks[at])
        is_mark = kind == MARK
        desk.said[said + 1, 0] = desk.said[said, 0] + (not is_mark)
        desk.said[said + 1, 1] = desk.said[said, 1] + is_mark
        desk.said[said + 1, 2] = desk.said[said, 2] + (facts.cases[at] if is_mark else 0)
        said += 1
    return there, said


@kernel
def _find_again(facts: Any, kinds: Any, terms: Any, person: int, many: int, desk: Any) -> None:
    """Facts in which something was typed in that had been not so long before, in any case."""
    for i in range(many):
        kind, moment = facts.kinds[desk.line[i]], moment_of(facts.marks[desk.line[i]])
        desk.again[i] = False
        for k in range(kinds.begins[kind], kinds.begins[kind + 1]):
            field = kinds.fields[k]
            if desk.typist[field] == person and moment - desk.typed_at[field] <= terms.within:
                desk.again[i] = True
            desk.typist[field], desk.typed_at[field] = person, moment


@kernel
def _put_in_cases(facts: Any, kinds: Any, terms: Any, person: int, many: int, told: Any, desk: Any) -> int:
    """Places in line, case by case in `spare`, each case up to before begins[case]. How many cases there are."""
    cases = (
        _name_cases(facts, terms, person, many, told, desk) if terms.named else _cut(facts, kinds, terms, many, desk)
    )
    at = 0
    for case in range(cases):
        size = desk.begins[case]
        desk.begins[case] = at
        at += size
    for i in range(many):
        case = desk.case_of[i]
        if case >= 0:
            desk.spare[desk.begins[case]] = i
            desk.begins[case] += 1
    return cases


@kernel
def _name_cases(facts: Any, terms: Any, person: int, many: int, told: Any, desk: Any) -> int:
    """A fact without a name is of the case of the fact before. begins: sizes."""
    name, cases = -1, 0
    for i in range(many):
        at = desk.line[i]
        if facts.cases[at] >= 0:
            name = facts.cases[at]
        if name < 0:
            desk.case_of[i] = -1
            told.notes[LOST] += terms.first <= facts.marks[at] & DAY <= terms.last
            continue
        if desk.asker[name] != person:
            desk.asker[name], desk.slot[name] = person, cases
            desk.name_of[cases], desk.begins[cases] = name, 0
            cases += 1
        desk.case_of[i] = desk.slot[name]
        desk.begins[desk.slot[name]] += 1
    return cases


@kernel
def _cut(facts: Any, kinds: Any, terms: Any, many: int, desk: Any) -> int:
    """A case begins after an outcome and after a silence. begins: sizes."""
    cases, before = 0, 0
    for i in range(many):
        at = desk.line[i]
        moment = moment_of(facts.marks[at])
        if i == 0 or kinds.outcome[facts.kinds[desk.line[i - 1]]] or moment - before > terms.quiet:
            desk.name_of[cases], desk.begins[cases] = -1, 0
            cases += 1
        desk.case_of[i] = cases - 1
        desk.begins[cases - 1] += 1
        before = moment
    return cases


@kernel
def _case(facts: Any, kinds: Any, terms: Any, begin: int, end: int, said: int, told: Any, desk: Any) -> Case:
    """The case whose facts stand from `begin` to before `end`; number -1 where it did not enter in the period."""
    entry = begin
    while entry < end and not kinds.enters[_kind(facts, desk, entry)]:
        entry += 1
    since = _moment(facts, desk, min(entry, end - 1))
    if entry == end:
        since = _moment(facts, desk, begin)
        told.notes[MIDWAY] += terms.begins <= since < terms.ends
    if entry == end or not terms.begins <= since < terms.ends:
        return Case(-1, entry, end, end, OPEN, since, said)
    over = entry
    while over < end and not kinds.outcome[_kind(facts, desk, over)]:
        over += 1
    if over < end:
        ended, ended_at = kinds.outcome[_kind(facts, desk, over)], _moment(facts, desk, over)
    else:
        ended_at = _moment(facts, desk, end - 1)
        ended = SILENT if terms.known - ended_at > terms.quiet else OPEN
    told.used[0] += 1
    return Case(told.used[0] - 1, entry, min(over + 1, end), end, ended, ended_at, said)


@kernel
def _kind(facts: Any, desk: Any, place: int) -> int:
    """Of the fact at a place in `spare`."""
    return int(facts.kinds[desk.line[desk.spare[place]]])


@kernel
def _moment(facts: Any, desk: Any, place: int) -> int:
    """Likewise."""
    return moment_of(facts.marks[desk.line[desk.spare[place]]])


@kernel
def _walk_case(facts: Any, kinds: Any, terms: Any, person: int, case: Any, told: Any, desk: Any) -> None:
    """Whatever is told of a case."""
    day = facts.marks[desk.line[desk.spare[case.entry]]] & DAY
    told.days[day, case.ended] += 1
    if case.ended == SUCCESS:
        _measure(told, WAY, 0, case.ended_at - _moment(facts, desk, case.entry))
    changes, visits = _walk_facts(facts, kinds, terms, case, told, desk)
    furthest = _look_back(terms, visits, case, told, desk)
    told.ends[case.ended, furthest + 1] += 1
    _write(terms, person, case.number, day, told, desk)
    for k in range(changes):
        stage = desk.changes[k] // (terms.channels * terms.channels)
        _measure(told, CHANGE, 2 * desk.changes[k] + ((desk.bits[stage] >> WENT_ON) & 1), 0)
    _clear(visits, desk)
    _tell_lags(facts, kinds, terms, case, told, desk)


@kernel
def _measure(told: Any, thing: int, code: int, value: int) -> None:
    at = told.used[2]
    told.things[at], told.codes[at], told.values[at] = thing, code, value
    told.used[2] += 1


@kernel
def _walk_facts(facts: Any, kinds: Any, terms: Any, case: Any, told: Any, desk: Any) -> tuple[int, int]:
    """Facts of stages up to the end of the case. Numbers of changes of channel (each kind once) and of visits."""
    channel, changes, visits = -1, 0, 0
    for i in range(case.entry, case.over):
        kind, moment = _kind(facts, desk, i), _moment(facts, desk, i)
        stage = kinds.stage[kind]
        if stage < 0:
            continue
        if visits == 0 or desk.visit_stage[visits - 1] != stage:
            desk.visit_stage[visits], desk.visit_at[visits] = stage, moment
            desk.visit_ends[visits] = kinds.outcome[kind] > 0
            visits += 1
        desk.bits[stage] |= kinds.failed[kind] << FAILED | desk.again[desk.spare[i]] << REKEYED
        group = kinds.group[kind]
        told.touches[group, FACTS] += 1
        told.touches[group, ERRORS] += kinds.failed[kind]
        told.touches[group, CASES] += desk.seen_group[group] != case.number
        desk.seen_group[group] = case.number
        if i + 1 < case.over:
            _measure(told, TOUCH, group, _moment(facts, desk, i + 1) - moment)
        else:
            told.touches[group, LEFT] += case.ended == SILENT
        if kinds.own[kind]:
            told.own[stage] = True
            if channel >= 0 and channel != kinds.channel[kind]:
                code = (stage * terms.channels + channel) * terms.channels + kinds.channel[kind]
                changes = _with(desk.changes, changes, code)
                desk.bits[stage] |= 1 << SWITCHED | (not _has(terms.meant, len(terms.meant), code)) << BREAK_POINT
            channel = kinds.channel[kind]
    return changes, visits


@kernel
def _has(codes: Any, many: int, code: int) -> bool:
    place = 0
    while place < many and codes[place] != code:
        place += 1
    return place < many


@kernel
def _with(codes: Any, many: int, code: int) -> int:
    """The code among the others, once; how many there are."""
    if _has(codes, many, code):
        return many
    codes[many] = code
    return many + 1


@kernel
def _look_back(terms: Any, visits: int, case: Any, told: Any, desk: Any) -> int:
    """Visits from the last to the first: what came of each. The furthest stage, -1 for none."""
    furthest, latest, ended, left = -1, -1, case.ended, case.ended_at
    for v in range(visits):
        furthest = max(furthest, desk.visit_stage[v])
    has_outcome = SUCCESS <= ended <= TAKEN_BACK
    for v in range(visits - 1, -1, -1):
        stage, at = desk.visit_stage[v], desk.visit_at[v]
        is_last = v + 1 == visits
        latest = max(latest, stage)
        lasts = -1
        if (has_outcome or not is_last) and not desk.visit_ends[v]:
            lasts = left - at
            _measure(told, VISIT, stage, lasts)
        elif is_last and ended == OPEN:
            lasts = terms.known - at
        bits = 1 << REACHED | (latest > stage or ended == SUCCESS) << WENT_ON
        bits |= (furthest > stage or ended == SUCCESS) << BEYOND
        bits |= (terms.expected[stage] >= 0 and lasts > terms.expected[stage]) << LATE
        bits |= (v > 0 and desk.visit_stage[v - 1] > stage) << RETURNED
        if is_last:
            bits |= (ended == SILENT) << ABANDONED | (ended == OPEN) << WAITING
            bits |= (ended == REFUSED) << REJECTED | (ended == TAKEN_BACK) << WITHDRAWN
        desk.first_at[stage] = at
        desk.sums[stage, 0] += 1
        if case.said:
            begin = _first_after(desk.said_at, case.said, at - 1)
            until = left - 1 if not is_last else left if has_outcome else left + terms.quiet
            _listen(stage, begin, _first_after(desk.said_at, case.said, until), desk)
            until += terms.complaint if is_last else 0
            end = _first_after(desk.said_at, case.said, until)
            bits |= (end > begin and desk.said[end, 0] > desk.said[begin, 0]) << COMPLAINED
        desk.bits[stage] |= bits
        left = at
    for v in range(visits):
        stage = desk.visit_stage[v]
        desk.bits[stage] |= (ended == OPEN and not desk.bits[stage] & 1 << WENT_ON) << IMMATURE
    return furthest


@kernel
def _listen(stage: int, begin: int, end: int, desk: Any) -> None:
    """Adds the marks of what was said from place `begin` to before `end`."""
    if end > begin:
        desk.sums[stage, 1] += desk.said[end, 1] - desk.said[begin, 1]
        desk.sums[stage, 2] += desk.said[end, 2] - desk.said[begin, 2]


@kernel
def _first_after(moments: Any, many: int, moment: int) -> int:
    """The place of the first that is later."""
    low, high = 0, many
    while low < high:
        middle = (low + high) // 2
        if moments[middle] <= moment:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _write(terms: Any, person: int, case: int, day: int, told: Any, desk: Any) -> None:
    """A row for each stage where the case was, and its counts."""
    for stage in range(len(terms.expected)):
        bits = desk.bits[stage]
        if not bits & 1 << REACHED:
            continue
        at = told.used[1]
        told.cases[at], told.stages[at], told.moments[at], told.whats[at] = case, stage, desk.first_at[stage], bits
        told.used[1] += 1
        for bit in range(BITS):
            told.counts[day, stage, bit] += (bits >> bit) & 1
        told.counts[day, stage, VISITS] += desk.sums[stage, 0]
        told.counts[day, stage, MARKS] += desk.sums[stage, 1]
        told.counts[day, stage, MARK_SUM] += desk.sums[stage, 2]
        told.people[stage] += desk.seen_stage[stage] != person
        desk.seen_stage[stage] = person


@kernel
def _clear(visits: int, desk: Any) -> None:
    for v in range(visits):
        stage = desk.visit_stage[v]
        desk.bits[stage] = 0
        desk.sums[stage, 0] = desk.sums[stage, 1] = desk.sums[stage, 2] = 0


@kernel
def _tell_lags(facts: Any, kinds: Any, terms: Any, case: Any, told: Any, desk: Any) -> None:
    """When each status was first told in each channel, after the end of the case, too, from where it was told first."""
    pairs = 0
    for i in range(case.entry, case.end):
        kind = _kind(facts, desk, i)
        told.notes[FIELDS] |= kinds.tells_fields[kind]
        if kinds.status[kind] < 0 or kinds.channel[kind] < 0:
            continue
        code = kinds.status[kind] * terms.channels + kinds.channel[kind]
        more = _with(desk.told_status, pairs, code)
        if more > pairs:
            desk.told_at[pairs] = _moment(facts, desk, i)
        pairs = more
    for k in range(pairs):
        status, channel = desk.told_status[k] // terms.channels, desk.told_status[k] % terms.channels
        first, first_at = channel, desk.told_at[k]
        for j in range(pairs):
            other, moment = desk.told_status[j] % terms.channels, desk.told_at[j]
            is_same = desk.told_status[j] // terms.channels == status
            if is_same and (moment < first_at or (moment == first_at and other < first)):
                first, first_at = other, moment
        code = (status * terms.channels + first) * terms.channels + channel
        _measure(told, LAG, code, desk.told_at[k] - first_at)
