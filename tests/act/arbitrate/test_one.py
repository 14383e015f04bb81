from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.one import Market, Place, chooser, shelf
from liuke.engine import Engine
from tests.act.arbitrate.bank import DAY, PEOPLE, PLAIN, SALT, SCHEMA, call, candidate, decided
from tests.act.arbitrate.test_arbitrate_oracle import random_bank

Rows = list[dict[str, Any]]
POLICY = LeverPolicy.model_validate(
    PLAIN.model_dump()
    | {"effort": {"phone": 1, "wecom": 2, "visit": 3}, "global_holdout": {"experiment": "g", "share": 0.2}}
)


def ask(
    engine: Engine, rows: Rows, policy: LeverPolicy, place: Place, off: tuple[str, ...] = ()
) -> Callable[[str], Rows]:
    who = sorted({row["customer_id"] for row in rows})
    people = [{"customer_id": c, "desk": "D", "automated_off": c in off} for c in who]
    candidates = engine.from_arrow(pa.Table.from_pylist(rows, schema=SCHEMA))
    kept = shelf(candidates, engine.from_arrow(pa.Table.from_pylist(people, schema=PEOPLE)), policy, DAY)
    choose, market = chooser(engine, engine.materialise(kept), policy, SALT), Market({"D": place}, {})
    return lambda customer_id: choose(customer_id, market)


def test_where_nothing_is_scarce_one_customer_is_decided_as_all_are(engine: Engine) -> None:
    rng = random.Random(5)
    rows, _, _ = random_bank(rng, 60)
    for row in rows:
        terms = {"terms_of": "p", "offer_id": row["treatment"], "benefit_amount": rng.choice([1.0, 2.0])}
        row.update({"experiment": f"x_{row['treatment']}", "holdout_share": 0.3}, **rng.choice([{}, terms]))
        row.update(rng.choice([{}, {"theme": "fraud"}, {"eligible": False}, {"propensity": None}]))
    off = tuple(f"C{n}_0" for n in range(0, 60, 4))
    everybody = engine.arrow(decided(engine, rows, POLICY, desks={"D": 9999}, off=off).fates).to_pylist()
    one = ask(engine, rows, POLICY, Place(9999, 0.0), off)
    columns = sorted(everybody[0])
    seen = set()
    for who in {row["customer_id"] for row in rows}:
        mine = sorted((r for r in everybody if r["customer_id"] == who), key=lambda r: r["treatment"])
        alone = sorted(one(who), key=lambda r: r["treatment"])
        assert [{c: r[c] for c in columns} for r in alone] == [{c: r[c] for c in columns} for r in mine]
        seen |= {r["fate"] for r in mine}
    assert seen == {
        "chosen", "held_out", "beaten", "not_worth", "human_review", "gated", "not_eligible", "unknown",
    }  # fmt: skip


def test_at_a_scarce_desk_an_order_must_bring_more_than_its_place_is_worth(engine: Engine) -> None:
    rows = [call(f"C{i}", float(i)) for i in range(1, 9)] + [candidate("C8", "push", value_kept=50.0)]
    made = decided(engine, rows, desks={"D": 3})
    [price] = made.loads["price"].to_pylist()
    assert price == pytest.approx(4.0)
    one = ask(engine, rows, PLAIN, Place(1, price))
    fates = {(c, r["treatment"]): r["fate"] for c in ("C2", "C5", "C8") for r in one(c)}
    assert fates == {
        ("C2", "rm_care"): "capacity", ("C5", "rm_care"): "chosen", ("C8", "push"): "chosen",
        ("C8", "rm_care"): "capacity",
    }  # fmt: skip
    full = ask(engine, rows, PLAIN, Place(0, price))
    assert [r["fate"] for r in full("C5")] == ["capacity"]


def test_a_customer_without_candidates_has_no_fates(engine: Engine) -> None:
    assert ask(engine, [call("C1", 1.0)], PLAIN, Place(1, 0.0))("nobody") == []
