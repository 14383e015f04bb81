"""Touchpoints of a journey and the changes of channel between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from liuke.insight.journey.cases import Cases
from liuke.insight.journey.facts import NO_TOUCH, STAGE_SHIFT
from liuke.insight.journey.journey_map import HandOver, Touchpoint
from liuke.insight.journey.kinds import Touched
from liuke.insight.journey.loops import CASES, CHANGE, ERRORS, FACTS, LEFT, TOUCH
from liuke.insight.journey.measures import NOTHING, Measured
from liuke.insight.journey.spec import JourneyFile


def touchpoints(found: Cases, times: Mapping[tuple[int, int], Measured]) -> tuple[Touchpoint, ...]:
    """By stage, most cases first."""
    spec, counts = found.journey.spec, found.told.touches
    told = [
        _touchpoint(spec, one, [int(n) for n in counts[group]], times.get((TOUCH, group), NOTHING))
        for group, one in enumerate(found.coded.groups)
        if one.touch != NO_TOUCH and counts[group, FACTS]
    ]
    places = {code: place for place, code in enumerate(spec.codes)}
    return tuple(sorted(told, key=lambda t: (places[t.stage], -t.cases, t.number, t.name, t.channel or "")))


def _touchpoint(spec: JourneyFile, one: Touched, counts: list[int], took: Measured) -> Touchpoint:
    stage, number = spec.stages[one.touch >> STAGE_SHIFT], one.touch & ((1 << STAGE_SHIFT) - 1)
    happening = (*stage.touchpoints, *stage.failures)[number]
    return Touchpoint(
        stage.code, number, one.channel, one.name or happening.did, happening.label, counts[CASES], counts[FACTS],
        counts[LEFT], counts[ERRORS], took.median_s,
    )  # fmt: skip


def hand_overs(found: Cases, times: Mapping[tuple[int, int], Measured]) -> tuple[HandOver, ...]:
    """By stage, most cases first. A case that changes so twice at a stage counts once."""
    cases, went_on = Counter[int](), Counter[int]()
    for (thing, code), counted in times.items():
        if thing == CHANGE:
            cases[code // 2] += counted.times
            went_on[code // 2] += counted.times * (code % 2)
    channels, codes = found.coded.channels, found.journey.spec.codes
    told = []
    for code, many in cases.items():
        stage, start, to = code // len(channels) ** 2, code // len(channels) % len(channels), code % len(channels)
        meant = _is_meant(found.journey.spec, stage, channels[start], channels[to])
        told.append((stage, HandOver(codes[stage], channels[start], channels[to], many, meant, went_on[code])))
    return tuple(one for _, one in sorted(told, key=lambda t: (t[0], -t[1].cases, t[1].from_channel, t[1].to_channel)))


def _is_meant(spec: JourneyFile, stage: int, start: str, to: str) -> bool:
    here = (None, spec.codes[stage])
    return any((one.from_, one.to) == (start, to) and one.at in here for one in spec.hand_overs)
