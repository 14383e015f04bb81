from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from django.db import transaction
from django.utils import timezone

from liuke.act.arbitrate.anew import anew, identity
from liuke.act.arbitrate.arbitrate import arbitrate
from liuke.act.arbitrate.lever_policy import Exploration, GlobalHoldout
from liuke.act.arbitrate.one import Market, Place
from liuke.act.arbitrate.value import IDENTITY
from liuke.api.gates_now import askable
from liuke.daily.shelving import WAS
from liuke.govern.money_band import money_band
from liuke.insight.keyed_rows import KeyedRows
from liuke.state.models import AuditEntry, ChannelRefusal
from liuke.state.since import contacts_since
from liuke.tables import CANDIDATE_FATE
from liuke.wiring import open_house
from tests.api.conftest import device_with
from tests.simulated import SMALL
from tests.state_rows import Rows, put, taken

DAY = SMALL.end
LOOP = "decide_by: incremental_value\nholdout_share: 0.3\ntiers: [red]\n"
VALUED = ("chance", "lever", "effort", "resource", "eiv", "stop", "desk", "automated_off")
LEVERS = "prices: {phone: 1, visit: 3}\n"


@pytest.fixture(scope="module")
def decided_bank(loaded_home, tmp_path_factory, django_db_setup, django_db_blocker) -> tuple[Path, Rows]:
    from liuke.daily import run_day

    made = tmp_path_factory.mktemp("decided")
    home = Path(shutil.copytree(loaded_home, made / "home"))
    (home / "policies" / "loop.yaml").write_text(LOOP, encoding="utf-8")
    (home / "policies" / "levers.yaml").write_text(LEVERS, encoding="utf-8")
    with django_db_blocker.unblock(), transaction.atomic():
        run_day(open_house(home), DAY)
        rows = taken()
        transaction.set_rollback(True)
    return home, rows


@pytest.fixture
def decided(decided_bank, settings: Any, db: None, monkeypatch: Any) -> Any:
    """The keeper of that bank's day."""
    from liuke.api import resident

    settings.HOME = decided_bank[0]
    monkeypatch.setattr(resident, "LOOK_EVERY", 1e9)
    put(decided_bank[1])
    return resident.keeper()


def everybody(day) -> list[str]:
    return sorted(set(day.candidates._rows["customer_id"].to_pylist()))


def stored(home: Path) -> dict[tuple[str, ...], dict[str, Any]]:
    house = open_house(home)
    with house.engine() as engine:
        rows = engine.arrow(house.lake.scan(engine, CANDIDATE_FATE)).to_pylist()
    return {(row["customer_id"], *identity(row)): row for row in rows if row["as_of"] == DAY}


def ask(day, who: str, market: Market | None = None) -> Any:
    return anew(day.candidates.of(who), market or day.market, day.levers, day.salt, {})


def first(day, wanted) -> str:
    """The first customer whose answer is so."""
    return next(who for who in everybody(day) if wanted(ask(day, who)))


def test_what_the_morning_decided_stands_for_everybody(decided, decided_bank):
    day, told = decided.today(), stored(decided_bank[0])
    standing = 0
    for who in everybody(day):
        found = ask(day, who)
        was = {key[1:]: row for key, row in told.items() if key[0] == who}
        assert {identity(row) for row in found.rows} == set(was)
        won = {row["fate"] for row in was.values() if row["draw"] is not None} & {"chosen", "held_out"}
        assert found.stands == bool(won)
        for row in found.rows:
            morning = was[identity(row)]
            if found.stands:
                assert {name: row[name] for name in WAS} == {name: morning[name] for name in WAS}
            elif morning["effort"] is not None:
                assert row["eiv"] == morning["eiv"]
        standing += found.stands
    assert 0 < standing < len(everybody(day))


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_what_it_left_open_is_decided_as_the_batch_decides_where_nothing_is_scarce(decided, engine, share):
    """Every customer of the bank, against the arbitration of all of them at once."""
    day = decided.today()
    policy = day.levers.model_copy(
        update={"exploration": Exploration(share=0), "global_holdout": GlobalHoldout(share=share)}
    )
    rows = engine.from_arrow(day.candidates._rows)
    open_ones = rows.drop(*(f"was_{name}" for name in WAS), "meant", *VALUED)
    people = rows.select("customer_id", "desk", "automated_off").distinct()
    desks = people.filter(people.desk.notnull()).select("desk", capacity=ibis.literal(10**6)).distinct()
    made = arbitrate(engine, engine.materialise(open_ones), people, desks, policy, DAY, day.salt)
    batch = engine.arrow(made.fates.select("customer_id", *IDENTITY, "fate", "beaten_by", "draw")).to_pylist()
    expected = {(row["customer_id"], *identity(row)): (row["fate"], row["beaten_by"], row["draw"]) for row in batch}
    roomy = Market({desk: Place(10**6, 0.0) for desk in day.market.desks}, {})
    found = {}
    for who in everybody(day):
        undecided = [row | {"was_fate": "passed"} for row in day.candidates.of(who)]
        for row in anew(undecided, roomy, policy, day.salt, {}).rows:
            found[who, *identity(row)] = (row["fate"], row["beaten_by"], row["draw"])
    assert found == expected
    assert {fate for fate, _, _ in found.values()} > {"chosen", "held_out", "beaten", "not_worth", "gated"}


def told(who: str, purpose: str = "marketing", path: str = "next-best-action") -> Any:
    return device_with(branch="B0000").told(f"/customers/{who}/{path}", purpose=purpose)


def test_the_answer_names_the_action_and_explains_every_candidate_without_amounts(decided):
    day = decided.today()
    who = first(day, lambda found: not found.stands and any(won(row, "marketing") for row in found.rows))
    answer = told(who)
    assert (answer["because"], answer["decided"], answer["automated"], answer["personalised"]) == (
        "chosen", "now", True, True,
    )  # fmt: skip
    assert answer["action"]["name"]["zh"] == day.offers[answer["action"]["offer_id"]].spec.name.zh
    best, *others = answer["fates"]
    assert (best["treatment"], best["fate"]) == (answer["action"]["treatment"], "chosen")
    assert len(others) == len(day.candidates.of(who)) - 1
    value = max(row["value_kept"] for row in day.candidates.of(who))
    assert f"{value:,.2f}" not in str(answer)
    assert money_band(value) in best["text"]["zh"]
    audit = AuditEntry.objects.get(action="api_read")
    assert audit.data == {
        "ask": "next_best_action", "purpose": "marketing", "because": "chosen", "decided": "now",
        "treatment": answer["action"]["treatment"],
    }  # fmt: skip


def won(row, message_class) -> bool:
    return row["fate"] == "chosen" and row["message_class"] == message_class


def test_marketing_is_told_for_its_own_purpose_only(decided):
    day = decided.today()
    who = first(day, lambda found: any(won(row, "marketing") for row in found.rows))
    answer = told(who, "service")
    assert (answer["because"], answer["action"]) == ("other_purpose", None)
    assert {fate["treatment"] for fate in answer["fates"]} <= {
        row["treatment"] for row in day.candidates.of(who) if row["message_class"] == "service"
    }


def test_who_is_held_out_gets_nothing_whatever_is_asked(decided):
    day = decided.today()
    who = first(day, lambda found: found.stands and found.rows[0]["fate"] == "held_out")
    for purpose in ("service", "marketing"):
        answer = told(who, purpose)
        assert (answer["because"], answer["action"], answer["decided"]) == ("held_out", None, "morning")


def test_who_refuses_automated_decisions_is_left_to_people(decided, decided_bank):
    day = decided.today()
    who = first(day, lambda found: any(row["fate"] == "human_review" for row in found.rows))
    answer = told(who)
    assert (answer["because"], answer["action"], answer["automated"]) == ("human_review", None, False)


@pytest.mark.parametrize(("switch", "because"), [("automated_off_on", "human_review"),
                                                 ("personalisation_off_on", "personalisation_off")])  # fmt: skip
def test_a_refusal_since_the_morning_is_obeyed_at_once(decided, monkeypatch, switch, because):
    day = decided.today()
    who = first(day, lambda found: not found.stands and any(won(row, "marketing") for row in found.rows))
    row = {"customer_id": who, switch: DAY + timedelta(days=1)}
    monkeypatch.setattr(decided, "_day", replace(day, switches=KeyedRows(pa.Table.from_pylist([row]), "customer_id")))
    answer = told(who)
    assert (answer["because"], answer["action"]) == (because, None)
    assert answer["automated"] == (because != "human_review")
    assert answer["personalised"] == (because != "personalisation_off")


def test_what_happened_since_the_morning_closes_gates(decided):
    """A marketing message sent today: by the cap of one a day nothing else of marketing may follow."""
    day = decided.today()
    who = first(day, lambda found: not found.stands and any(won(row, "marketing") for row in found.rows))
    before = told(who)
    assert before["because"] == "chosen"
    ChannelRefusal.objects.create(medium="push", customer_id=who, at=timezone.now(), channel="app")
    after = told(who)
    assert after["action"] is None or after["action"]["message_class"] == "service"
    closed = {fate["rule"] for fate in after["fates"] if fate["fate"] == "gated"}
    assert closed & {"channel_refused", "no_fresh_consent", "after_refusal"}


def test_of_whom_there_is_news_the_gates_are_asked_ahead_and_say_the_same(decided, monkeypatch):
    day = decided.today()
    open_ones = [who for who in everybody(day) if askable(day.candidates.of(who))][:20]
    for n, who in enumerate(open_ones):
        if n % 3:
            medium = ("push", "sms")[n % 2]
            ChannelRefusal.objects.create(medium=medium, customer_id=who, at=timezone.now(), channel="app")
    one_by_one = {}
    for who in open_ones:
        rows, fresh = day.candidates.of(who), contacts_since(who, day.known_by, day.sending)
        one_by_one[who] = day.gates.closed(rows, fresh, timezone.now())
    assert any(one_by_one.values())
    day.gates._kept.clear()
    decided._hear()
    monkeypatch.setattr(day.gates, "_gates", None)
    ahead = [who for n, who in enumerate(open_ones) if n % 3]
    for who in ahead:
        rows, fresh = day.candidates.of(who), contacts_since(who, day.known_by, day.sending)
        assert day.gates.closed(rows, fresh, timezone.now()) == one_by_one[who]


def test_the_last_decision_is_explained_as_it_was_stored(decided, decided_bank):
    day = decided.today()
    who = first(day, lambda found: found.stands)
    answer = told(who, path="decision")
    rows = [row for key, row in stored(decided_bank[0]).items() if key[0] == who]
    assert sorted((f["treatment"], f["channel"], f["fate"], f["gate"], f["rule"]) for f in answer["fates"]) == sorted(
        (r["treatment"], r["channel"], r["fate"], r["gate"], r["rule"]) for r in rows
    )
    assert answer["policy_version"] in {row["policy_version"] for row in rows}
    assert all(fate["text"]["zh"] and fate["text"]["en"] for fate in answer["fates"])


def test_without_a_candidate_there_is_nothing_to_decide(decided):
    day = decided.today()
    who = next(w for w in day.people._rows["customer_id"].to_pylist() if not day.candidates.of(w))
    answer = told(who)
    assert (answer["because"], answer["action"], answer["fates"]) == ("nothing_better", None, [])
    assert told(who, path="decision")["decided_at"] is None


def test_who_is_held_out_stays_so_when_the_offer_is_changed_during_the_day(decided, monkeypatch):
    day = decided.today()
    who = first(day, lambda found: found.stands and found.rows[0]["fate"] == "held_out")
    rows = [row | {"meant": row["was_fate"] != "held_out"} for row in day.candidates.of(who)]
    kept = KeyedRows(pa.Table.from_pylist(rows, schema=day.candidates._rows.schema), "customer_id")
    monkeypatch.setattr(decided, "_day", replace(day, candidates=kept))
    answer = told(who)
    assert (answer["because"], answer["action"]) == ("held_out", None)
