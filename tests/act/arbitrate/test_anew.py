from __future__ import annotations

from datetime import date
from typing import Any

from liuke.act.arbitrate.anew import Anew, Closed, anew, identity
from liuke.act.arbitrate.one import Market
from tests.act.arbitrate.bank import PLAIN, SALT

CLOSED = Closed("frequency", "cap_1", "1/1", date(2026, 7, 2))


def row(treatment: str, eiv: float, was: str = "passed", **more: Any) -> dict[str, Any]:
    """A message on the shelf; `was`: what the morning decided."""
    made = {
        "customer_id": "C1", "treatment": treatment, "source": "offer", "source_id": treatment, "channel": "push",
        "theme": "t", "offer_id": treatment, "stop": None, "gate": None, "rule": None, "fact": None,
        "may_change_on": None, "eiv": eiv, "effort": 0, "resource": "free", "desk": "D", "automated_off": False,
        "terms_of": None, "benefit_amount": None, "experiment": None, "holdout_share": None, "was_fate": was,
        "was_gate": None, "was_eiv": eiv if was != "passed" else None, "was_beaten_by": None,
        "was_draw": 0.5 if was in ("chosen", "held_out") else None,
    }  # fmt: skip
    return made | more


def decided(*rows: dict[str, Any], closed: tuple[str, ...] = (), **more: Any) -> Anew:
    stops = {identity(r): CLOSED for r in rows if r["treatment"] in closed}
    return anew(rows, Market({}, {}), PLAIN, SALT, stops, **more)


def fates(found: Anew) -> dict[str, str]:
    return {r["treatment"]: r["fate"] for r in found.rows}


def test_what_the_morning_chose_stands_whatever_would_be_better_now() -> None:
    found = decided(row("a", 1.0, "chosen"), row("b", 9.0))
    assert (fates(found), found.stands) == ({"a": "chosen", "b": "passed"}, True)
    assert not any(name.startswith("was_") for r in found.rows for name in r)


def test_what_it_left_open_is_decided_now() -> None:
    found = decided(row("a", 1.0), row("b", 9.0))
    assert (fates(found), found.stands) == ({"b": "chosen", "a": "beaten"}, False)


def test_a_choice_that_is_closed_since_makes_room_for_the_next_best() -> None:
    found = decided(row("a", 5.0, "chosen"), row("b", 3.0), closed=("a",))
    assert (fates(found), found.stands) == ({"b": "chosen", "a": "gated"}, False)
    [stopped] = [r for r in found.rows if r["fate"] == "gated"]
    assert (stopped["gate"], stopped["rule"], stopped["may_change_on"]) == ("frequency", "cap_1", date(2026, 7, 2))


def test_who_was_held_out_gets_nothing_also_when_what_it_was_from_is_closed() -> None:
    found = decided(row("a", 5.0, "held_out"), row("b", 9.0), closed=("a",))
    assert (fates(found), found.stands) == ({"a": "held_out", "b": "passed"}, True)


def test_who_refuses_automated_decisions_now_is_left_to_people_whatever_the_morning_chose() -> None:
    found = decided(row("a", 5.0, "chosen"), row("b", 9.0), automated_off=True)
    assert (fates(found), found.stands) == ({"a": "human_review", "b": "human_review"}, False)


def test_gates_close_duties_too_and_open_nothing() -> None:
    found = decided(row("a", 5.0, stop="duty"), row("b", 9.0, stop="gated", gate="consent", rule="no_consent"))
    assert fates(found) == {"a": "chosen", "b": "gated"}
    closed = decided(row("a", 5.0, stop="duty"), row("b", 9.0, stop="gated", gate="consent", rule="no_consent"),
                     closed=("a", "b"))  # fmt: skip
    assert {r["treatment"]: (r["fate"], r["rule"]) for r in closed.rows} == {
        "a": ("gated", "cap_1"), "b": ("gated", "no_consent"),
    }  # fmt: skip
