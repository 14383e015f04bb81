"""From the log into the lake, exactly once, whatever happens on the way."""

import json
from datetime import UTC, date, datetime

import pytest

from liuke.collect.tracking.event import IdentityChange, Rejected, Taken, TrackedEvent
from liuke.collect.tracking.forward import CONSUMER, forward, forward_all
from liuke.collect.tracking.log import IntakeLog
from liuke.lake import Lake, newest
from liuke.tables import EVENT, IDENTITY_LINK, QUARANTINE

NOW = 1_795_000_000_000_000
"""2026-11-18 11:06:40 UTC, 19:06 in Shanghai."""
LATER = datetime(2026, 11, 19, tzinfo=UTC)


def event(name: str, at: int = NOW, **more) -> TrackedEvent:
    given = {"customer_id": "C1", "anonymous_id": None, "channel": "app", "session_id": "s", "properties": {"词": "x"}}
    given |= more
    return TrackedEvent(name, "login", at, at, given["customer_id"], given["anonymous_id"], given["channel"],
                        given["session_id"], given["properties"], "plain:app")  # fmt: skip


def change(kind, value, customer, at=NOW, id_type="anonymous") -> IdentityChange:
    return IdentityChange(kind, id_type, value, customer, at, "plain:app")


@pytest.fixture
def log(tmp_path):
    made = IntakeLog(tmp_path / "intake", writing=True)
    yield made
    made.close()


def rows(lake: Lake, engine, table) -> list:
    return engine.arrow(lake.scan(engine, table)).to_pylist()


def links(lake: Lake, engine) -> dict:
    found = engine.arrow(newest(lake.scan(engine, IDENTITY_LINK), IDENTITY_LINK)).to_pylist()
    return {(r["id_value"], r["customer_id"]): r["unlinked_at"] for r in found}


def test_an_event_arrives_with_its_local_day(log, lake, engine, zone):
    late = NOW + 6 * 3_600_000_000
    log.append(Taken([event("a"), event("b", late, properties={})]), NOW)
    done = forward(log, lake, engine, zone, LATER)
    assert (done.last, done.events) == (1, 2)
    first, second = sorted(rows(lake, engine, EVENT), key=lambda r: r["event_id"])
    assert (first["event_name"], first["customer_id"], first["channel"]) == ("login", "C1", "app")
    assert json.loads(first["properties"]) == {"词": "x"}
    assert (first["business_date"], second["business_date"]) == (date(2026, 11, 18), date(2026, 11, 19))
    assert first["occurred_at"] == datetime.fromtimestamp(NOW / 1e6, UTC)
    assert first["ingested_at"] == LATER
    assert second["properties"] is None


def test_going_again_adds_nothing(log, lake, engine, zone):
    log.append(Taken([event("a")]), NOW)
    assert forward_all(log, lake, engine, zone).events == 1
    assert forward_all(log, lake, engine, zone).events == 0
    log.append(Taken([event("b")]), NOW)
    assert forward_all(log, lake, engine, zone).events == 1
    assert len(rows(lake, engine, EVENT)) == 2


@pytest.mark.parametrize("dies_at", ["quarantine", "identity_link", "event", "commit"])
def test_a_run_that_dies_anywhere_is_finished_by_the_next_without_doubles(
    dies_at, log, lake, engine, zone, monkeypatch
):
    log.append(Taken([event("a")], [change("link", "d1", "C1")], [reject()]), NOW)
    appended = Lake.append

    def dying(self, table, data, *, commit_id):
        done = appended(self, table, data, commit_id=commit_id)
        if table.name == dies_at:
            raise KeyboardInterrupt
        return done

    def never(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "append", dying)
        if dies_at == "commit":
            patch.setattr(IntakeLog, "commit", never)
        with pytest.raises(KeyboardInterrupt):
            forward(log, lake, engine, zone, LATER)
    log.append(Taken([event("b")]), NOW)  # more has come meanwhile: the old stretch must not grow
    forward_all(log, lake, engine, zone)
    assert sorted(r["event_id"] for r in rows(lake, engine, EVENT)) == ["a", "b"]
    assert len(rows(lake, engine, IDENTITY_LINK)) == 1
    assert len(rows(lake, engine, QUARANTINE)) == 1
    assert log.committed(CONSUMER) == 2


def test_a_log_made_anew_does_not_pass_for_the_old_one(tmp_path, lake, engine, zone):
    for name in ("first", "second"):
        log = IntakeLog(tmp_path / name, writing=True)
        log.append(Taken([event(name)]), NOW)
        forward_all(log, lake, engine, zone)
        log.close()
    assert len(rows(lake, engine, EVENT)) == 2


def reject() -> Rejected:
    return Rejected("plain:app", "/v1/events", 3, "customer_id", "{}", "id", "no id", '{"a":1}', NOW)


def test_what_was_rejected_is_in_the_quarantine(log, lake, engine, zone):
    log.append(Taken(rejected=[reject()]), NOW)
    forward_all(log, lake, engine, zone)
    [row] = rows(lake, engine, QUARANTINE)
    assert (row["table_name"], row["file"], row["line"], row["rule"]) == ("event", "/v1/events", 3, "id")
    assert (row["column_name"], row["value"], row["row_text"]) == ("customer_id", "{}", '{"a":1}')


def test_a_link_said_again_is_written_once_and_an_unlink_ends_it(log, lake, engine, zone):
    for at in (NOW, NOW + 1):
        log.append(Taken(changes=[change("link", "d1", "C1", at)]), NOW)
        forward_all(log, lake, engine, zone)
    assert links(lake, engine) == {("d1", "C1"): None}
    log.append(Taken(changes=[change("unlink", "d1", None, NOW + 10)]), NOW)
    forward_all(log, lake, engine, zone)
    assert links(lake, engine) == {("d1", "C1"): datetime.fromtimestamp((NOW + 10) / 1e6, UTC)}
    assert len(rows(lake, engine, IDENTITY_LINK)) == 2


def test_a_link_and_its_end_in_one_stretch(log, lake, engine, zone):
    changes = [change("link", "d1", "C1"), change("unlink", "d1", "C1", NOW + 5), change("link", "d1", "C1", NOW + 9)]
    log.append(Taken(changes=changes), NOW)
    forward_all(log, lake, engine, zone)
    kept = engine.arrow(newest(lake.scan(engine, IDENTITY_LINK), IDENTITY_LINK)).to_pylist()
    assert sorted(r["unlinked_at"] is None for r in kept) == [False, True]


def test_an_unlink_of_another_customer_changes_nothing(log, lake, engine, zone):
    log.append(Taken(changes=[change("link", "d1", "C1"), change("unlink", "d1", "C2", NOW + 5)]), NOW)
    forward_all(log, lake, engine, zone)
    assert links(lake, engine) == {("d1", "C1"): None}


def test_a_contradicting_link_counts_and_becomes_a_finding(log, lake, engine, zone):
    log.append(Taken(changes=[change("link", "d1", "C1")]), NOW)
    forward_all(log, lake, engine, zone)
    log.append(Taken(changes=[change("link", "d1", "C2", NOW + 5)]), NOW)
    forward_all(log, lake, engine, zone)
    assert set(links(lake, engine)) == {("d1", "C1"), ("d1", "C2")}
    [finding] = rows(lake, engine, QUARANTINE)
    assert (finding["table_name"], finding["rule"], finding["value"]) == ("identity_link", "conflicting_link", "d1")
    assert finding["row_text"] == "anonymous: C2 / C1"


@pytest.mark.parametrize("together", [True, False])
def test_a_device_that_goes_back_and_forth_is_linked_each_time_and_told_once(together, log, lake, engine, zone):
    changes = [change("link", "d1", who, NOW + n) for n, who in enumerate(["C1", "C1", "C2", "C1", "C2"])]
    for group in [changes] if together else [[each] for each in changes]:
        log.append(Taken(changes=group), NOW)
        forward_all(log, lake, engine, zone)
    kept = sorted((r["linked_at"], r["customer_id"]) for r in rows(lake, engine, IDENTITY_LINK))
    assert [who for _at, who in kept] == ["C1", "C2", "C1", "C2"]
    assert len(rows(lake, engine, QUARANTINE)) == 1
    log.append(Taken(changes=[change("unlink", "d1", "C1", NOW + 9)]), NOW)
    forward_all(log, lake, engine, zone)
    newest_rows = engine.arrow(newest(lake.scan(engine, IDENTITY_LINK), IDENTITY_LINK)).to_pylist()
    assert {r["customer_id"] for r in newest_rows if r["unlinked_at"] is None} == {"C2"}


def test_facts_of_the_core_systems_do_not_go_back_into_the_lake(log, lake, engine, zone):
    fact = TrackedEvent("balance:C1:2026-11-18", "balance", NOW, NOW, "C1", None, None, None, {}, "core")
    log.append(Taken(events=[event("e1")]), NOW)
    log.append_fed([Taken(events=[fact])], NOW, {"feed:x": b"1"})
    assert forward_all(log, lake, engine, zone).events == 1
    assert [row["event_id"] for row in rows(lake, engine, EVENT)] == ["e1"]
    assert log.committed(CONSUMER) == 2
