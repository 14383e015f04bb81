"""Where what is kept is bounded, the core and the reference forget the same: long histories of one customer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from liuke.act.triggers import Core, Event, Reference, parse_trigger, rule_set
from liuke.act.triggers.match import MOST_EVIDENCE
from tests.act.triggers.random_rules import VOCABULARY
from tests.act.triggers.stories import HEAD, ZONE, at
from tests.act.triggers.test_core_oracle import compared, in_order

MINUTE, DAY = 60_000_000, 86_400_000_000
CONDITIONS = {
    "many": "{count: a, at_least: 64, within: 4d}",
    "some": "{count: a, at_least: 40, within: 1d, without: {event: c, since: first_match}}",
    "sums": "{sum: a, of: x, at_least: 900, within: 3d}",
    "sums_again": "{sum: a, of: x, at_least: 700, within: 3d, without: {event: c, within: 2h}}",
    "values": "{distinct: a, of: x, at_least: 25, within: 2d}",
    "steps": "{sequence: [{event: a, where: {property: k, value: u}}, {event: b}, {event: a}], within: 12h}",
    "waits": "{sequence: [{event: a}, {event: b}], within: 6h, then_no: {event: c, within: 3h}}",
    "both": "{any: [{sequence: [{event: b}], then_no: {event: b, within: 5h}},"
    " {sum: a, of: x, at_least: 400, within: 1d}]}",
    "days": "{consecutive: a, every: day, periods: 4, measure: sum, of: x, at_least: 300}",
    "drops": "{drop: a, within: 2d, baseline: 8d, every: 2d, below: 0.9, at_least: 5}",
    "drops_sum": "{drop: a, measure: sum, of: x, within: 1d, baseline: 4d, every: 1d, below: 0.95, at_least: 10}",
}  # fmt: skip


def history(seed: int, events: int) -> list[Event]:
    """Events of one customer over some twenty days, one in four out of order."""
    rng, received, made = random.Random(seed), at("03-02 08:00"), []
    for i in range(events):
        received += rng.choice((0, 1, 5, 30, 90, 400)) * MINUTE
        late = rng.choice((0, 0, 0, rng.randrange(0, 1_600))) * MINUTE
        name = rng.choices("abc", (8, 2, 0.3))[0]
        x = rng.choice((1, 2.25, 30, 99.99, 4e9 if rng.random() < 0.02 else 7))
        properties = {"x": x + rng.randrange(40) / 100, "k": rng.choice("uv")}
        made.append(Event(f"{seed}-{i}", name, received - late, received, "C1", properties))
    return made


@pytest.mark.parametrize("re_entry", ["fresh", "again"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_long_histories_give_the_same_matches(seed: int, re_entry: str, tmp_path: Path) -> None:
    head = HEAD + f"re_entry: {re_entry}\ncooldown: 3h\nsettle: 5m\n"
    rules = [parse_trigger(f"{head}condition: {c}\n", VOCABULARY, code=code) for code, c in CONDITIONS.items()]
    together, events = rule_set(rules, VOCABULARY), history(seed, 260)
    reference, core = Reference(together, ZONE), Core.start(together, ZONE, room_gb=0.01)
    end = events[-1].received_at + 15 * DAY
    wanted = reference.feed(events) + reference.advance(end)
    found = core.feed(events[:150])
    core.tidy()
    core.save(tmp_path / "state", 150)
    core = Core.load(tmp_path / "state", together, room_gb=0.01)
    found += core.feed(events[150:])
    found += core.advance(end)
    assert in_order(found) == in_order(wanted)
    compared(core, reference)
    assert {m.rule for m in wanted} >= {"sums", "values", "waits", "drops", "both"}
    assert max(len(m.evidence) for m in wanted) == MOST_EVIDENCE
