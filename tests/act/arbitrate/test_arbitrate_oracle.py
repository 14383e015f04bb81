"""Arbitration in the engine against trying every set, on hundreds of small desks at once."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import product
from typing import Any

import pytest

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.engine import Engine
from tests.act.arbitrate.bank import PLAIN, candidate, decided

EFFORT = {"phone": 1, "wecom": 2, "visit": 3}
POLICY = LeverPolicy.model_validate(PLAIN.model_dump() | {"effort": EFFORT})
Rows = list[dict[str, Any]]


def random_bank(rng: random.Random, desks: int) -> tuple[Rows, dict[str, int], dict[str, str]]:
    """Candidates with few different values, so that ties and equal efforts abound."""
    rows, places, desk_of = [], {}, {}
    for d in range(desks):
        places[f"D{d}"] = rng.randint(0, 6)
        for c in range(rng.randint(1, 5)):
            who = f"C{d}_{c}"
            desk_of[who] = f"D{d}"
            for t in range(rng.randint(1, 4)):
                rows.append(
                    candidate(
                        who,
                        f"t{t}",
                        channel=rng.choice(["phone", "wecom", "visit", "push", "sms"]),
                        propensity=1.0,
                        value_kept=rng.choice([-5.0, 0.0, 1.0, 2.0, 2.0, 3.5, 8.0]),
                        gate=rng.choice([None, None, None, None, "consent"]),
                    )
                )
    return rows, places, desk_of


def options(rows: Rows) -> list[list[tuple[int, float, str]]]:
    """Per customer: effort, worth, channel of what may be done, and doing nothing."""
    mine: dict[str, list[tuple[int, float, str]]] = defaultdict(lambda: [(0, 0.0, "")])
    for row in rows:
        if row["gate"] is None and row["value_kept"] > 0:
            mine[row["customer_id"]].append((EFFORT.get(row["channel"], 0), row["value_kept"], row["channel"]))
    return list(mine.values())


def best(rows: Rows, capacity: int) -> float:
    ways = product(*options(rows))
    return max((sum(v for _, v, _ in w) for w in ways if sum(e for e, _, _ in w) <= capacity), default=0.0)


def test_every_desk_gets_the_best_set_there_is(engine: Engine) -> None:
    rows, places, desk_of = random_bank(random.Random(11), 250)
    made = decided(engine, rows, POLICY, desks=places, desk_of=desk_of)
    found = engine.arrow(made.fates).to_pylist()
    assert len(found) == len(rows)
    by_desk: dict[str, Rows] = defaultdict(list)
    for row in rows:
        by_desk[desk_of[row["customer_id"]]].append(row)
    won: dict[str, Rows] = defaultdict(list)
    for row in found:
        if row["fate"] == "chosen":
            won[desk_of[row["customer_id"]]].append(row)
    differing = [
        desk for desk, mine in by_desk.items()
        if sum(r["eiv"] for r in won[desk]) != pytest.approx(best(mine, places[desk]))
    ]  # fmt: skip
    assert differing == []
    assert made.reached == pytest.approx(sum(r["eiv"] for mine in won.values() for r in mine))
    assert made.bound >= made.reached - 1e-6
    for desk, mine in won.items():
        assert sum(r["effort"] for r in mine) <= places[desk]
        assert len({r["customer_id"] for r in mine}) == len(mine)
    assert all(made.loads["exact"].to_pylist())


def test_every_fate_is_what_the_others_of_the_customer_say(engine: Engine) -> None:
    rows, places, desk_of = random_bank(random.Random(12), 80)
    mine: dict[str, Rows] = defaultdict(list)
    for row in engine.arrow(decided(engine, rows, POLICY, desks=places, desk_of=desk_of).fates).to_pylist():
        mine[row["customer_id"]].append(row)
    seen = set()
    for own in mine.values():
        chosen = next((r for r in own if r["fate"] == "chosen"), None)
        for row in own:
            seen.add(row["fate"])
            if row["gate"]:
                assert row["fate"] == "gated"
            elif row["eiv"] <= 0:
                assert (row["fate"], row["beaten_by"]) == ("not_worth", "none")
            elif row is not chosen:
                behind = chosen is not None and row["eiv"] <= chosen["eiv"]
                assert row["fate"] == ("beaten" if behind else "capacity")
                assert row["beaten_by"] == (chosen["treatment"] if behind and chosen else None)
                assert behind or row["effort"] > 0
    assert seen == {"chosen", "beaten", "capacity", "gated", "not_worth"}


@pytest.mark.parametrize("seed", range(6))
def test_with_budgets_the_best_there_is_lies_between_what_is_reached_and_the_bound(engine: Engine, seed: int) -> None:
    rng = random.Random(seed)
    rows, places, desk_of = random_bank(rng, 2)
    budgets = {"sms": rng.randint(0, 2), "push": rng.randint(0, 2)}
    policy = LeverPolicy.model_validate(POLICY.model_dump() | {"budgets": budgets})
    made = decided(engine, rows, policy, desks=places, desk_of=desk_of)
    chosen = [r for r in engine.arrow(made.fates).to_pylist() if r["fate"] == "chosen"]
    for channel, most in budgets.items():
        assert sum(r["channel"] == channel for r in chosen) <= most
    assert sum(r["eiv"] for r in chosen) == pytest.approx(made.reached)
    assert made.reached - 1e-9 <= most_with_budgets(rows, places, desk_of, budgets) <= made.bound + 1e-9


def most_with_budgets(rows: Rows, places: dict[str, int], desk_of: dict[str, str], budgets: dict[str, int]) -> float:
    """By trying everything, customer after customer, keeping the best per use of places and budgets."""
    names = [*places, *budgets]
    limits = places | budgets
    best_for: dict[tuple[int, ...], float] = {(0,) * len(names): 0.0}
    for who in sorted({r["customer_id"] for r in rows}):
        grown: dict[tuple[int, ...], float] = {}
        [own] = options([r for r in rows if r["customer_id"] == who]) or [[(0, 0.0, "")]]
        for used, worth in best_for.items():
            for effort, value, channel in own:
                spent = list(used)
                if effort:
                    spent[names.index(desk_of[who])] += effort
                elif channel in budgets:
                    spent[names.index(channel)] += 1
                key = tuple(spent)
                if all(n <= limits[name] for n, name in zip(key, names, strict=True)):
                    grown[key] = max(grown.get(key, -1.0), worth + value)
        best_for = grown
    return max(best_for.values())
