from __future__ import annotations

import pytest

from liuke.act.arbitrate.lever_policy import Exploration, Lever, LeverPolicy, Use
from liuke.act.holdout import draw
from liuke.engine import Engine
from tests.act.arbitrate.bank import DAY, PLAIN, SALT, call, candidate, decided, fate_rows, told


def with_(policy: LeverPolicy = PLAIN, **over: object) -> LeverPolicy:
    return LeverPolicy.model_validate(policy.model_dump() | over)


def test_a_customer_gets_the_one_thing_that_brings_most(engine: Engine) -> None:
    rows = [candidate("C1", "a"), candidate("C1", "b", value_kept=300.0), call("C1", 20.0)]
    found = fate_rows(engine, decided(engine, rows))
    assert {t: r["fate"] for (_, t), r in found.items()} == {"a": "beaten", "b": "chosen", "rm_care": "beaten"}
    assert found["C1", "a"]["beaten_by"] == "b"
    assert found["C1", "b"]["eiv"] == pytest.approx(30.0)


def test_a_desk_takes_the_best_set_and_not_the_top_of_the_scores(engine: Engine) -> None:
    rows = [
        call("C1", 10.0, "visit") | {"channel": "visit"},
        call("C2", 6.0), call("C3", 5.0), call("C4", 4.0),
    ]  # fmt: skip
    assert told(engine, rows, desks={"D": 3}) == {
        "C1 visit": "capacity", "C2 rm_care": "chosen", "C3 rm_care": "chosen", "C4 rm_care": "chosen",
    }  # fmt: skip


def test_an_order_counts_by_what_it_brings_over_the_message_the_customer_gets_anyway(engine: Engine) -> None:
    rows = [call("C1", 100.0), candidate("C1", "push", value_kept=950.0), call("C2", 20.0)]
    made = decided(engine, rows, desks={"D": 1})
    found = fate_rows(engine, made)
    assert found["C1", "push"]["fate"] == "chosen"
    assert found["C2", "rm_care"]["fate"] == "chosen"
    assert found["C1", "rm_care"]["fate"] == "capacity"
    assert made.reached == pytest.approx(115.0)
    assert made.gap == pytest.approx(0.0)


def test_each_desk_has_its_own_places_and_who_has_no_desk_gets_messages_only(engine: Engine) -> None:
    rows = [call("C1", 9.0), call("C2", 8.0), call("C3", 7.0), call("C4", 99.0), candidate("C4", "push")]
    where = {"C1": "A", "C2": "A", "C3": "B", "C4": "nowhere"}
    assert told(engine, rows, desks={"A": 1, "B": 1}, desk_of=where) == {
        "C1 rm_care": "chosen", "C2 rm_care": "capacity", "C3 rm_care": "chosen", "C4 rm_care": "capacity",
        "C4 push": "chosen",
    }  # fmt: skip


def test_what_may_not_compete_says_why_and_takes_no_place(engine: Engine) -> None:
    rows = [
        call("C1", 9.0, gate="consent"), call("C2", 9.0, eligible=False), call("C3", 9.0, applicable=False),
        call("C4", 9.0) | {"propensity": None}, call("C5", 1.0), call("C6", -1.0),
    ]  # fmt: skip
    assert told(engine, rows, desks={"D": 1}) == {
        "C1 rm_care": "gated", "C2 rm_care": "not_eligible", "C3 rm_care": "not_applicable", "C4 rm_care": "unknown",
        "C5 rm_care": "chosen", "C6 rm_care": "not_worth",
    }  # fmt: skip


def test_a_duty_is_done_beside_whatever_is_chosen_and_for_whoever_is_held_out(engine: Engine) -> None:
    rows = [
        candidate("C1", "notice", theme="fraud", message_class="service", value_kept=0.0), candidate("C1", "a"),
        call("C1", 5.0),
    ]  # fmt: skip
    everybody = with_(global_holdout={"experiment": "global", "share": 0.5})
    held = next(f"C{i}" for i in range(99) if draw(f"C{i}", "global", SALT) < 0.5)
    free = next(f"C{i}" for i in range(99) if draw(f"C{i}", "global", SALT) >= 0.5)
    mine = [row | {"customer_id": c} for row in rows for c in (held, free)]
    assert told(engine, mine, policy=everybody) == {
        f"{held} notice": "chosen", f"{held} a": "held_out", f"{held} rm_care": "held_out",
        f"{free} notice": "chosen", f"{free} a": "chosen", f"{free} rm_care": "beaten",
    }  # fmt: skip


def test_whoever_is_held_out_from_everything_takes_no_place_and_the_row_proves_the_draw(engine: Engine) -> None:
    who = [f"C{i}" for i in range(40)]
    policy = with_(global_holdout={"experiment": "quiet_2026", "share": 0.3})
    found = fate_rows(
        engine, decided(engine, [call(c, 5.0, experiment="e", holdout_share=0.0) for c in who], policy=policy)
    )
    for c in who:
        row = found[c, "rm_care"]
        again = draw(c, "quiet_2026", SALT)
        if again < 0.3:
            assert (row["fate"], row["experiment"], row["holdout_share"]) == ("held_out", "quiet_2026", 0.3)
            assert row["draw"] == again
        else:
            assert row["fate"] == "chosen"
    assert {r["fate"] for r in found.values()} == {"held_out", "chosen"}
    held = sum(draw(c, "quiet_2026", SALT) < 0.3 for c in who)
    tight = told(engine, [call(c, 5.0) for c in who], policy=policy, desks={"D": 40 - held})
    assert "capacity" not in tight.values()


def test_the_hold_out_of_the_treatments_own_experiment_comes_after_the_places(engine: Engine) -> None:
    who = [f"C{i}" for i in range(30)]
    rows = [call(c, 5.0 + n, experiment="care", holdout_share=0.4) for n, c in enumerate(who)]
    rows += [candidate(c, "a", value_kept=10.0, experiment="a", holdout_share=0.5) for c in who]
    found = fate_rows(engine, decided(engine, rows, desks={"D": 20}))
    placed = {c: found[c, "rm_care"] for c in who if found[c, "rm_care"]["fate"] in {"chosen", "held_out"}}
    assert len(placed) == 20
    for c, row in placed.items():
        assert row["draw"] == draw(c, "care", SALT)
        assert row["fate"] == ("held_out" if row["draw"] < 0.4 else "chosen")
        assert found[c, "a"]["fate"] == "beaten"  # a held-out customer gets nothing instead
        assert found[c, "a"]["draw"] is None


def test_who_refuses_automated_decisions_goes_to_a_person_and_takes_no_place(engine: Engine) -> None:
    rows = [call("C1", 9.0), candidate("C1", "a"), candidate("C1", "b", gate="consent"), call("C2", 5.0)]
    assert told(engine, rows, desks={"D": 1}, off=("C1",)) == {
        "C1 rm_care": "human_review", "C1 a": "human_review", "C1 b": "gated", "C2 rm_care": "chosen",
    }  # fmt: skip


def test_ties_are_broken_by_salted_hash_whatever_the_order_of_the_rows(engine: Engine) -> None:
    rows = [candidate(f"C{i}", t) for i in range(30) for t in ("a", "b", "c")]
    first = told(engine, rows)
    assert first == told(engine, rows[::-1])
    won = [key.split()[1] for key, fate in first.items() if fate == "chosen"]
    assert len(won) == 30
    assert set(won) == {"a", "b", "c"}
    for i in range(30):
        hashes = {t: draw(f"C{i}", f"tie:{t}:offer:{t}:push", SALT) for t in ("a", "b", "c")}
        assert first[f"C{i} {min(hashes, key=hashes.__getitem__)}"] == "chosen"


def test_equal_customers_wait_in_an_order_nobody_chose(engine: Engine) -> None:
    rows = [call(f"C{i}", 5.0) for i in range(30)]
    found = told(engine, rows, desks={"D": 10})
    assert found == told(engine, rows[::-1], desks={"D": 10})
    turns = sorted((draw(f"C{i}", "turn", SALT), f"C{i} rm_care") for i in range(30))
    assert {key for key, fate in found.items() if fate == "chosen"} == {key for _, key in turns[:10]}


def test_two_sources_of_one_treatment_give_one_treatment(engine: Engine) -> None:
    rows = [call("C1", 5.0, source_id="x"), call("C1", 7.0, source_id="y")]
    by_source = {r["source_id"]: r["fate"] for r in engine.arrow(decided(engine, rows).fates).to_pylist()}
    assert by_source == {"x": "beaten", "y": "chosen"}


def test_evidence_replaces_the_propensity_from_the_threshold_on(engine: Engine) -> None:
    policy = with_(least_evidence=50)
    rows = [
        candidate("C1", "a", uplift=0.5, uplift_n=49, propensity=0.1),
        candidate("C2", "a", uplift=0.5, uplift_n=50, propensity=0.1),
        candidate("C3", "a", uplift=-0.5, uplift_n=50, propensity=0.1),
    ]
    found = fate_rows(engine, decided(engine, rows, policy=policy))
    assert [found[c, "a"]["eiv"] for c in ("C1", "C2", "C3")] == pytest.approx([10.0, 50.0, -50.0])
    assert found["C3", "a"]["fate"] == "not_worth"


FULL = {
    "uplift": 0.2,
    "uplift_n": 100,
    "propensity": 0.1,
    "value_kept": 100.0,
    "context": 1.5,
    "cost": 7.0,
    "fatigue": 3.0,
}


@pytest.mark.parametrize(
    ("off", "worth"),
    [
        ((), 0.2 * 100 * 1.5 * 1.2 - 7 - 3), (("uplift",), 0.1 * 100 * 1.5 * 1.2 - 7 - 3),
        (("uplift", "propensity"), 100 * 1.5 * 1.2 - 7 - 3), (("context",), 0.2 * 100 * 1.2 - 7 - 3),
        (("lever",), 0.2 * 100 * 1.5 - 7 - 3), (("cost",), 0.2 * 100 * 1.5 * 1.2 - 3),
        (("fatigue",), 0.2 * 100 * 1.5 * 1.2 - 7), (("value", "cost", "fatigue"), 0.2 * 1.5 * 1.2),
    ],
)  # fmt: skip
def test_every_factor_counts_until_it_is_switched_off(engine: Engine, off: tuple[str, ...], worth: float) -> None:
    policy = LeverPolicy(
        use=Use(**dict.fromkeys(off, False)), exploration=Exploration(share=0.0),
        levers=(Lever(factor=1.2, treatment="a", reason="r"),),
    )  # fmt: skip
    rows = [candidate("C1", "a", **FULL)]
    assert fate_rows(engine, decided(engine, rows, policy=policy))["C1", "a"]["eiv"] == pytest.approx(worth)


def test_levers_multiply_within_their_bounds_while_they_hold(engine: Engine) -> None:
    levers = (
        Lever(factor=1.5, theme="care", reason="r"), Lever(factor=1.5, treatment="a", reason="r"),
        Lever(factor=2.0, treatment="b", until=DAY.replace(day=30), reason="over"),
    )  # fmt: skip
    policy = with_(levers=[lever.model_dump() for lever in levers])
    found = fate_rows(engine, decided(engine, [candidate("C1", "a"), candidate("C1", "b")], policy=policy))
    assert found["C1", "a"]["lever"] == 2.0
    assert found["C1", "b"]["lever"] == 1.5


def test_a_channels_budget_goes_to_those_to_whom_it_matters_most(engine: Engine) -> None:
    policy = with_(budgets={"sms": 1})
    rows = [
        candidate("C1", "sms", channel="sms", value_kept=900.0), candidate("C1", "push", value_kept=800.0),
        candidate("C2", "sms", channel="sms", value_kept=500.0),
        candidate("C3", "sms", channel="sms", value_kept=400.0),
    ]  # fmt: skip
    made = decided(engine, rows, policy=policy)
    assert {f"{c} {t}": r["fate"] for (c, t), r in fate_rows(engine, made).items()} == {
        "C1 sms": "capacity", "C1 push": "chosen", "C2 sms": "chosen", "C3 sms": "capacity",
    }  # fmt: skip
    assert made.prices == {"sms": pytest.approx(40.0)}
    assert made.gap == pytest.approx(0.0)


def test_nothing_to_decide_is_no_mistake(engine: Engine) -> None:
    made = decided(engine, [call("C1", 5.0, gate="consent")])
    assert made.reached == 0
    assert made.loads.num_rows == 0
    assert made.gap == 0
