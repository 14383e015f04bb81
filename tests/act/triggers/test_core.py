"""The core beside its meaning: bad input, snapshots, room, counters."""

from pathlib import Path

import pytest

from liuke.act.triggers import Core, Event, Match, Reference, rule_set
from liuke.act.triggers.catalogue import SHIPPED
from liuke.act.triggers.snapshot import MAGIC, VERSION, set_aside_older
from liuke.errors import TryAgain, YourMistake
from tests.act.triggers.stories import ZONE, Story, at, rule, shipped

TWO = "condition: {count: search, at_least: 2, within: 7d}\n"
LINE = '{"event_id":"e%d","name":"search","occurred_at":%d,"received_at":%d,"customer_id":"C1","properties":{}}'


NOW = f'"version": {VERSION}'.encode()


def core_of(*bodies: str) -> Core:
    rules = rule_set([rule(body, code=f"r{i}") for i, body in enumerate(bodies)], SHIPPED)
    return Core.start(rules, ZONE, room_gb=0.01)


def lines(*moments: str) -> list[bytes]:
    return [(LINE % (i, at(m), at(m))).encode() for i, m in enumerate(moments)]


def test_a_broken_line_in_the_middle_is_counted_and_the_rest_is_taken_in() -> None:
    core = core_of(TWO)
    first, second = lines("03-02 09:00", "03-02 10:00")
    broken = [b'{"event_id": "x", ', b'{"event_id":"x","name":"search","occurred_at":"soon"}', b"\xff\xfe", b"[]"]
    [match] = core.feed(b"\n".join([first, *broken, second]))
    assert match.evidence == ("e0", "e1")
    assert core.totals.malformed == 4
    assert core.totals.events == 2


def test_a_broken_event_in_a_batch_is_counted_and_the_rest_is_taken_in() -> None:
    core = core_of(TWO)
    good = '["e%d","search",%d,%d,"C1",null,"app",null,{},"plain:app"]'
    moments = [(i, at("03-02 09:00"), at("03-02 09:00")) for i in range(2)]
    rows = [good % moments[0], '["x","search","soon"]', '{"a":1}', good % moments[1]]
    [match] = core.feed(('{"events":[' + ",".join(rows) + '],"changes":[]}').encode())
    assert (match.evidence, core.totals.malformed) == (("e0", "e1"), 2)


def test_ids_of_another_type_and_overlong_ones_do_no_harm() -> None:
    core = core_of("condition: {when: search}\ncooldown: 0\n")
    moment = at("03-02 09:00")
    events = [
        Event(f"e{i}", "search", moment, moment, who) for i, who in enumerate([17, "x" * 300, "", "客" * 40, True])
    ]  # type: ignore[arg-type]
    assert [m.customer_id for m in core.feed(events)] == ["17", "客" * 40]
    assert core.totals.anonymous == 3
    long = Event("i" * 1000, "search", moment, moment, "C2")
    assert core.feed([long, long])[0].evidence == ("i" * 254,)
    assert core.totals.duplicate == 1


def test_clocks_wrong_by_years_are_not_believed() -> None:
    core = core_of(TWO)
    story = Story().then("search", "03-02 09:00").then("search", "2036-03-02 09:00", arrives="03-02 10:00")
    story.then("search", "2016-03-02 09:00", arrives="03-02 10:00").then("search", "03-02 11:00")
    [match] = core.feed(story.events)
    assert match.evidence == ("e1", "e4")
    assert (core.totals.ahead, core.totals.late, core.counters["r0"].late) == (1, 1, 1)


def test_counters_tell_what_a_rule_saw_and_made() -> None:
    core = core_of("condition: {when: search}\ncooldown: 1d\n", "condition: {when: login}\n")
    core.feed(Story().then("search", "03-02 09:00").then("search", "03-02 10:00").then("page", "03-02 10:00").events)
    counters = core.counters["r0"]
    assert (counters.seen, counters.matched, counters.cooled, counters.people) == (2, 1, 1, 1)
    assert counters.last == at("03-02 09:00")
    assert core.counters["r1"].last is None
    assert (core.totals.events, core.totals.unread, core.totals.customers) == (3, 1, 1)
    assert (core.clock, core.watermark) == (at("03-02 10:00"), at("03-01 10:00"))


def test_a_match_has_the_same_key_whenever_the_stream_is_read_and_another_for_other_evidence() -> None:
    story = Story().then("search", "03-02 09:00").then("search", "03-02 10:00")
    other = Story().then("search", "03-02 09:30").then("search", "03-02 10:00")
    keys = [core_of(TWO).feed(s.events)[0].key for s in (story, story, other)]
    assert keys[0] == keys[1]
    assert len({keys[0], core_of("re_entry: again\n" + TWO).feed(story.events)[0].key}) == 2
    assert len(keys[0]) == 32


def test_more_matches_than_are_handed_over_at_a_time_all_come() -> None:
    core = core_of(
        "condition: {when: search}\n", "condition: {sequence: [{event: search}], then_no: {event: login, within: 1h}}\n"
    )
    moment = at("03-02 09:00")
    found = core.feed([Event(f"e{i}", "search", moment, moment, f"C{i}") for i in range(20_000)])
    waited = core.advance(moment + 3_700_000_000)
    assert [m.customer_id for m in found] == [f"C{i}" for i in range(20_000)]
    assert len({m.customer_id for m in waited}) == len(waited) == 20_000
    assert {m.by for m in waited} == {"clock"}


def test_drops_of_many_customers_and_of_one_who_does_a_lot_are_checked_as_the_reference_does(tmp_path: Path) -> None:
    drop = "{drop: login, within: 2d, baseline: 4d, every: 1d, below: 0.5, at_least: 1}"
    rules, day = rule_set([rule(f"cooldown: 3d\ncondition: {drop}\n")], SHIPPED), 86_400_000_000
    core, reference = Core.start(rules, ZONE, room_gb=0.1), Reference(rules, ZONE)
    moments = [at("03-02 09:00"), at("03-03 09:00")]
    events = [Event(f"{m}-{i}", "login", m, m, f"C{i}") for m in moments for i in range(4_200)]
    events += [Event(f"{n}", "login", moments[1] + n, moments[1] + n, "C7") for n in range(300)]
    core.feed(events)
    core.save(tmp_path / "state")
    core = Core.load(tmp_path / "state", rules, room_gb=0.1)
    found: dict[str, list[Match]] = {}
    for match in core.advance(moments[1] + 15 * day):
        found.setdefault(match.customer_id, []).append(match)
    reference.feed([e for e in events if e.customer_id in ("C0", "C7")])
    for match in reference.advance(moments[1] + 15 * day):
        assert found[match.customer_id].pop(0) == match
    assert found.pop("C0") == found.pop("C7") == []
    assert len(found) == 4_198
    assert {(m.matched_at, m.count, m.total) for [m] in found.values()} == {(at("03-06 00:00"), 0, 1.0)}


def test_a_snapshot_that_was_cut_changed_or_is_none_is_refused(tmp_path: Path) -> None:
    core, path = core_of(TWO), tmp_path / "deep" / "core.state"
    core.feed(b"\n".join(lines("03-02 09:00")))
    core.save(path, position=[1, "x"])
    whole = path.read_bytes()
    assert Core.load(path, core.rules, room_gb=0.01).position == [1, "x"]
    for spoilt in (whole[:-1], whole[:40], b"", b"something else", whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]):
        path.write_bytes(spoilt)
        with pytest.raises(YourMistake, match="damaged"):
            Core.load(path, core.rules, room_gb=0.01)
    path.write_bytes(whole.replace(NOW, b'"version": 1', 1))
    with pytest.raises(YourMistake, match="of version 1"):
        Core.load(path, core.rules, room_gb=0.01)
    assert whole.startswith(MAGIC)


def test_a_snapshot_of_an_older_release_is_set_aside_and_no_other(tmp_path: Path) -> None:
    core, path = core_of(TWO), tmp_path / "core.state"
    assert set_aside_older(path) is None
    core.save(path)
    whole = path.read_bytes()
    assert set_aside_older(path) is None
    path.write_bytes(whole.replace(NOW, b'"version": 1', 1))
    kept = set_aside_older(path)
    assert kept == tmp_path / "core.state.v1"
    assert (kept.exists(), path.exists()) == (True, False)
    path.write_bytes(whole.replace(NOW, b'"version": 9', 1))
    assert set_aside_older(path) is None
    with pytest.raises(YourMistake, match="of version 9"):
        Core.load(path, core.rules, room_gb=0.01)


def test_a_crash_while_writing_leaves_the_snapshot_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core, path = core_of(TWO), tmp_path / "core.state"
    core.save(path, position=1)

    def fails(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="No space"):
        core.save(path, position=2)
    assert Core.load(path, core.rules, room_gb=0.01).position == 1


def test_a_full_state_says_so_instead_of_losing_events() -> None:
    core = Core.start(rule_set([rule(TWO)], SHIPPED), ZONE, room_gb=0.001)
    moment = at("03-02 09:00")
    with pytest.raises(TryAgain, match="no more room"):
        core.feed([Event(f"e{i}", "search", moment, moment, f"C{i}") for i in range(20_000)])


def test_a_sensitive_rule_watches_only_once_it_is_switched_on() -> None:
    rules = rule_set([shipped("medical_spending")], SHIPPED)
    event = Event("e1", "transaction", at("03-02 09:00"), at("03-02 09:00"), "C1",
                  {"direction": "out", "merchant_category": "医院", "amount": 40_000})  # fmt: skip
    core = Core.start(rules, ZONE, room_gb=0.01)
    assert core.feed([event]) == []
    core.change(rule_set([shipped("medical_spending")], SHIPPED, switched_on=["medical_spending"]))
    assert (
        len(
            core.feed(
                [
                    Event(
                        "e2",
                        *[
                            getattr(event, n)
                            for n in ("name", "occurred_at", "received_at", "customer_id", "properties")
                        ],
                    )
                ]
            )
        )
        == 1
    )


def test_ids_come_back_as_they_came_whether_uuids_or_not() -> None:
    core, moment = core_of("condition: {when: search}\ncooldown: 0\n"), at("03-02 09:00")
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    ids = [uuid, uuid.upper(), uuid.replace("-", "_"), uuid[:-1] + "g", uuid[:-1], "7", "事件" * 40]
    found = core.feed([Event(i, "search", moment, moment, "C1") for i in ids])
    assert [m.evidence for m in found] == [(i,) for i in ids]


def test_short_ids_at_neighbouring_moments_are_never_taken_for_each_other() -> None:
    core, moment = core_of("condition: {when: search}\ncooldown: 0\nre_entry: again\n"), at("03-02 09:00")
    events = [Event(chr(65 + i), "search", moment + j, moment + 64, "C1") for i in range(26) for j in range(64)]
    assert len(core.feed(events)) == 26 * 64
    assert core.totals.duplicate == 0


def test_more_room_than_the_system_lends_is_told() -> None:
    with pytest.raises(YourMistake, match="does not lend"):
        Core.start(
            rule_set([rule(TWO)], SHIPPED), ZONE, room_gb=2.0**24
        )  # beyond 2^47 bytes, what a process can address


def test_a_deadline_that_was_told_is_not_told_again_when_ids_were_cleared_out_and_a_late_event_comes() -> None:
    body = """settle: 1s
re_entry: again
cooldown: 0s
condition: {sequence: [{event: search}], within: 30m, then_no: {event: login, within: 10m}}
"""
    watch = rule_set([rule(body)], SHIPPED)
    core = Core.start(watch, ZONE, room_gb=0.01)
    story = Story()
    for _ in range(12):
        story.then("search", "03-05 10:00")
    story.then("search", "03-06 10:00").then("search", "03-05 15:00", arrives="03-06 10:30")
    found: list[Match] = []
    for event in story.events:
        core.tidy()
        found += core.feed([event])
    found += core.advance(at("03-07 10:00"))
    assert [(m.matched_at, m.evidence) for m in found] == [
        (at("03-05 10:10"), ("e12",)), (at("03-06 10:10"), ("e13",)),
    ]  # fmt: skip
