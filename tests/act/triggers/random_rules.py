"""Random rules over a small vocabulary, and random streams in which they often come true."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import yaml

from liuke.act.triggers.event import Event
from liuke.act.triggers.ruleset import Rule, parse_trigger
from tests.act.triggers.stories import HEAD, at

VOCABULARY = {name: {"x": "number", "k": "text", "f": "flag"} for name in ("a", "b", "c")}
MINUTE = 60_000_000
START = at("03-02 20:00")

names = st.sampled_from(["a", "a", "b", "c"])
spans = st.sampled_from(["0s", "30m", "1h", "4h", "1d", "3d"])
tests = st.sampled_from(
    [
        {"property": "x", "op": ">=", "value": 2},
        {"property": "x", "op": "in", "value": [1, 3]},
        {"property": "x", "op": "is_null"},
        {"property": "k", "value": "u"},
        {"property": "k", "op": "!=", "value": "u"},
        {"property": "k", "op": "contains", "value": "v"},
        {"property": "f", "value": True},
        {"property": "f", "op": "not_null"},
        {"property": "channel", "value": "app"},
    ]
)
wheres = st.lists(tests, max_size=2)


@st.composite
def withouts(draw: Any) -> dict[str, Any]:
    made = {"event": draw(names), "where": draw(wheres)}
    reach = draw(st.sampled_from([None, "0s", "1h", "1d"]))
    return {**made, **({"since": "first_match"} if reach is None else {"within": reach})}


@st.composite
def fired_by_events(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(["when", "count", "count", "sum", "distinct", "consecutive", "sequence"]))
    if kind == "sequence":
        steps = draw(st.lists(st.fixed_dictionaries({"event": names, "where": wheres}), min_size=2, max_size=3))
        return {"sequence": steps, "within": draw(st.sampled_from(["30m", "4h", "3d"]))}
    made: dict[str, Any] = {kind: draw(names), "where": draw(wheres)}
    if kind == "consecutive":
        made |= {"every": draw(st.sampled_from(["day", "day", "week", "month"])), "periods": draw(st.integers(2, 3))}
        if draw(st.booleans()):
            return made | {"measure": "sum", "of": "x", "at_least": draw(st.sampled_from([0.5, 2, 4.5]))}
        return made | {"at_least": draw(st.sampled_from([1, 1.5, 2]))}
    if draw(st.booleans()):
        made["without"] = draw(withouts())
    if kind == "when":
        return made
    if kind == "count":
        made["at_least"] = draw(st.integers(1, 4))
    elif kind == "sum":
        made |= {"of": "x", "at_least": draw(st.sampled_from([0.1, 3, 7.25]))}
    else:
        made |= {"of": draw(st.sampled_from(["x", "k"])), "at_least": draw(st.integers(2, 3))}
    return made | {"within": draw(spans)}


@st.composite
def fired_by_the_clock(draw: Any) -> dict[str, Any]:
    if draw(st.booleans()):
        made = {"drop": draw(names), "where": draw(wheres), "within": "2d", "baseline": "4d", "every": "1d"}
        made |= {"below": draw(st.sampled_from([0, 0.5, 0.9])), "at_least": draw(st.sampled_from([0.5, 1, 3]))}
        return made | ({"measure": "sum", "of": "x"} if draw(st.booleans()) else {})
    steps = draw(st.lists(st.fixed_dictionaries({"event": names, "where": wheres}), min_size=1, max_size=3))
    no = {"event": draw(names), "where": draw(wheres), "within": draw(st.sampled_from(["10m", "1h", "1d"]))}
    return {"sequence": steps, "within": draw(st.sampled_from(["30m", "4h", "1d"])), "then_no": no}


def joined(parts: list[dict[str, Any]], words: list[str]) -> dict[str, Any]:
    """The parts under all and any, the last two joined first."""
    whole = parts[-1]
    for part, word in zip(reversed(parts[:-1]), words, strict=False):
        whole = {word: [part, whole]}
    return whole


@st.composite
def rules(draw: Any, code: str = "draft") -> Rule:
    parts = draw(st.lists(fired_by_events(), min_size=1, max_size=3))
    periodic = [p for p in parts if "consecutive" in p]
    parts = [p for p in parts if "consecutive" not in p] + periodic[:1]
    if not periodic and draw(st.booleans()):
        parts = [draw(fired_by_the_clock()), *parts[: draw(st.integers(0, 1))]]
    body = {
        "re_entry": draw(st.sampled_from(["fresh", "fresh", "again", "never"])),
        "cooldown": draw(st.sampled_from([0, "1h", "2d"])),
        "settle": draw(st.sampled_from(["1s", "5m", "3h"])),
        "condition": joined(parts, draw(st.lists(st.sampled_from(["all", "any"]), min_size=3, max_size=3))),
    }
    if draw(st.integers(0, 9)) == 0:
        body["effective"] = {"from": "2026-03-04", "to": "2026-03-06"}
    return parse_trigger(HEAD + yaml.safe_dump(body, allow_unicode=True), VOCABULARY, code=code)


delays = st.sampled_from([0, 0, 0, 0, 10, 30, 180, 1_200, 1_800, -4, -10])
gaps = st.sampled_from([0, 0, 1, 10, 30, 60, 240, 1_440])
values = st.fixed_dictionaries(
    {},
    optional={
        "x": st.sampled_from([1, 2.5, "3", -1, 0.00005, None, "no number", True]),
        "k": st.sampled_from(["u", "v", "uv", None, 7, ["v"]]),
        "f": st.sampled_from([True, False, "true", 1, "?"]),
        "channel": st.sampled_from(["app", None]),
    },
)


@st.composite
def streams(draw: Any) -> list[Event]:
    """Events in order of arrival: late and early ones, the same again, several at one moment."""
    received, events = START, list[Event]()
    for i in range(draw(st.integers(1, 40))):
        received += draw(gaps) * MINUTE
        if events and draw(st.integers(0, 7)) == 0:
            twin = draw(st.sampled_from(events))
            again = twin.occurred_at if draw(st.booleans()) else received
            events.append(Event(twin.event_id, twin.name, again, received, twin.customer_id, twin.properties))
            continue
        name = draw(st.sampled_from(["a", "a", "a", "b", "b", "c", "d"]))
        who = draw(st.sampled_from(["C1", "C1", "C1", "客户2", None]))
        channel = draw(st.sampled_from(["app", None]))
        occurred = received - draw(delays) * MINUTE
        events.append(
            Event(
                f"e{i}" if i % 2 else f"{i:032x}"[:8] + "-0000-4000-8000-" + f"{i:012x}",
                name,
                occurred,
                received,
                who,
                draw(values),
                channel,
            )
        )
    return events
