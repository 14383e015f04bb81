"""Customers whose treatment is drawn: who, what, with which chance, and that nothing else decides it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from liuke.act.arbitrate.lever_policy import Exploration, LeverPolicy
from liuke.act.arbitrate.standing import explore_name
from liuke.act.holdout import draw
from liuke.engine import Engine
from tests.act.arbitrate.bank import DAY, PLAIN, SALT, call, candidate, decided

Rows = list[dict[str, Any]]
N = 900


def explores(**over: object) -> LeverPolicy:
    return LeverPolicy.model_validate(
        PLAIN.model_dump() | {"exploration": Exploration.model_validate(over).model_dump()}
    )


def by_customer(
    engine: Engine, rows: Rows, policy: LeverPolicy, desks: dict[str, int] | None = None
) -> dict[str, Rows]:
    found: dict[str, Rows] = defaultdict(list)
    for row in engine.arrow(decided(engine, rows, policy, desks=desks).fates).to_pylist():
        found[row["customer_id"]].append(row)
    return found


@pytest.fixture(scope="module")
def half(engine: Engine) -> dict[str, Rows]:
    """Half of the customers drawn; a brings most, c is beyond the three best, d costs more than a lesson may."""
    worth = {"a": 900.0, "b": 500.0, "e": 400.0, "c": 100.0, "d": -9000.0}
    rows = [candidate(f"C{i}", t, value_kept=v) for i in range(N) for t, v in worth.items()]
    rows += [candidate(f"C{i}", "g", value_kept=999.0, gate="consent") for i in range(N)]
    return by_customer(engine, rows, explores(share=0.5, among=3))


def test_an_auditor_repeats_who_is_drawn_and_what_from_the_stored_row(half: dict[str, Rows]) -> None:
    for who, rows in half.items():
        u = draw(who, explore_name(DAY), SALT)
        assert {r["explored"] for r in rows} == {u < 0.5}
        won = next((r["treatment"] for r in rows if r["fate"] == "chosen"), "none")
        if u >= 0.5:
            assert won == "a"
            assert {r["explore_draw"] for r in rows} == {None}
            continue
        assert {r["explore_draw"] for r in rows} == {u}
        assert {r["explore_share"] for r in rows} == {0.5}
        options = sorted(r["treatment"] for r in rows if r["draw_probability"] is not None)
        assert options == ["a", "b", "e"]
        assert won == ["none", *options][int(u / 0.5 * 4)]


def test_every_option_has_its_stored_chance(half: dict[str, Rows]) -> None:
    explored = [rows for rows in half.values() if rows[0]["explored"]]
    won = Counter(next((r["treatment"] for r in rows if r["fate"] == "chosen"), "none") for rows in explored)
    assert set(won) == {"none", "a", "b", "e"}
    assert {r["draw_probability"] for rows in explored for r in rows} == {0.25, None}
    chi2 = sum((n - len(explored) / 4) ** 2 / (len(explored) / 4) for n in won.values())
    assert chi2 < 16.3  # 0.999 quantile with three degrees of freedom; the draws are fixed by the salt


def test_inverse_chances_give_the_mean_that_treating_everybody_would(half: dict[str, Rows]) -> None:
    """The outcome of a customer under a is planted; the weighted mean of those who drew it must find its mean."""
    planted = {who: draw(who, "outcome", "x") < 0.3 for who in half}
    explored = [(who, r) for who, rows in half.items() for r in rows if r["explored"] and r["treatment"] == "a"]
    weighted = sum(planted[who] / r["draw_probability"] for who, r in explored if r["fate"] == "chosen") / len(explored)
    assert weighted == pytest.approx(0.3, abs=4 * (0.3 * 0.7 / (len(explored) / 4)) ** 0.5)


def test_the_others_are_decided_as_if_nobody_were_drawn(engine: Engine, half: dict[str, Rows]) -> None:
    assert {r["fate"] for rows in half.values() if not rows[0]["explored"] for r in rows} == {
        "chosen", "beaten", "not_worth", "gated",
    }  # fmt: skip
    gated = [r for rows in half.values() for r in rows if r["treatment"] == "g"]
    assert {(r["fate"], r["draw_probability"]) for r in gated} == {("gated", None)}


def test_drawn_orders_come_first_and_their_share_falls_before_they_could_fill_the_desk(engine: Engine) -> None:
    rows = [call(f"C{i}", float(i + 1)) for i in range(N)]
    found = by_customer(engine, rows, explores(share=0.5, most_of_capacity=0.3), desks={"D": 20})
    shares = {r["explore_share"] for own in found.values() for r in own if r["explored"]}
    assert list(shares) == pytest.approx([0.3 * 20 / N])
    done = [r for own in found.values() for r in own if r["fate"] == "chosen"]
    assert len(done) == 20
    usual = [r for r in done if not r["explored"]]
    assert len(done) > len(usual)
    passed_by = [r["eiv"] for own in found.values() for r in own if r["fate"] == "capacity"]
    assert min(r["eiv"] for r in usual) > max(passed_by)


def test_a_hold_out_of_the_experiment_stays_one_when_it_is_drawn(engine: Engine) -> None:
    rows = [candidate(f"C{i}", "a", experiment="x", holdout_share=0.5) for i in range(200)]
    found = by_customer(engine, rows, explores(share=0.5))
    won = [r for own in found.values() for r in own if r["explored"] and r["fate"] in {"chosen", "held_out"}]
    assert {r["fate"] for r in won} == {"chosen", "held_out"}
    assert all((r["fate"] == "held_out") == (draw(r["customer_id"], "x", SALT) < 0.5) for r in won)
