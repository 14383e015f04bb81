"""What holds for every vendor: the same tests, each on its own wire."""

import gzip
import json
import time
from dataclasses import replace

import pytest
import requests

from liuke.collect.tracking.log import LogFull
from tests.collect.tracking.conftest import KEY
from tests.collect.tracking.vendors import WIRES, Said

EVERY = pytest.mark.parametrize("wire", WIRES, ids=lambda w: w.name)
SALVAGING = pytest.mark.parametrize("wire", [w for w in WIRES if w.name != "cloudevents"], ids=lambda w: w.name)
YEAR = 365 * 86_400


@EVERY
def test_an_accepted_event_is_in_the_log_with_all_it_said(wire, collector):
    now = round(time.time(), 3)
    answer = wire.post(collector, Said(name="transfer", at=now, properties={"amount": 12.5, "to": "他行", "ok": True}))
    assert answer.status_code == wire.status
    if wire.answer is not None:
        assert answer.content == wire.answer
    [event] = collector.events()
    assert (event.name, event.customer_id, event.anonymous_id) == ("transfer", "C1", None)
    assert event.properties == {"amount": 12.5, "to": "他行", "ok": True}
    assert event.occurred_at == round(now * 1_000_000)
    assert abs(event.received_at - time.time() * 1e6) < 20e6
    assert event.source == f"{wire.name}:app"
    assert event.channel == "app"
    if wire.has_ids:
        assert "m1" in event.event_id


@EVERY
def test_a_request_sent_again_is_one_event(wire, collector):
    now = time.time()
    for _ in range(3):
        assert wire.post(collector, Said("m1", at=now), Said("m2", at=now)).status_code == wire.status
    assert len(collector.events()) == 2


@EVERY
def test_a_hundred_events_keep_their_order(wire, collector):
    wire.post(collector, *(Said(f"m{i}", properties={"n": i}) for i in range(100)))
    assert [e.properties["n"] for e in collector.events()] == list(range(100))


@EVERY
def test_an_unknown_key_is_refused_in_json_and_nothing_is_kept(wire, collector):
    answer = wire.post(collector, Said(), key="nobody")
    assert answer.status_code == 401
    assert "unknown_key" in json.dumps(answer.json())
    assert collector.log.last == 0


@EVERY
def test_an_item_of_the_wrong_shape_is_quarantined_and_the_rest_kept(wire, collector):
    bad = json.dumps(wire.item(replace(Said("m2"), properties=None)) | {wire.customer: {"not": "an id"}})
    assert wire.post(collector, Said("m1"), bad, Said("m3")).status_code == wire.status
    assert len(collector.events()) == 2
    [rejected] = collector.rejected()
    assert (rejected.line, rejected.rule, rejected.column) == (2, "id", wire.customer)
    assert rejected.source == f"{wire.name}:app"
    assert '"an id"' in rejected.text
    assert rejected.message


@SALVAGING
@pytest.mark.parametrize("bad", ['{"event": "x", "broken', "{'single': 1}", '{"properties": {"a": [1, 2}, "b": 3}'])
def test_malformed_json_in_the_middle_loses_only_itself(wire, bad, collector):
    answer = wire.post(collector, Said("m1"), Said("m2"), bad, Said("m3"))
    assert answer.status_code == wire.status
    assert len(collector.events()) == 3
    [rejected] = collector.rejected()
    assert rejected.rule == "json"
    assert rejected.text.strip() == bad


@EVERY
def test_a_body_that_is_nothing_is_refused_in_json_or_quarantined(wire, collector):
    path, kwargs = wire.request("\x00\x01 this is not it", "k-app")
    answer = collector.post(path, **kwargs)
    if answer.status_code == wire.status:
        assert [r.rule for r in collector.rejected()] == ["json"]
    else:
        assert answer.status_code == 400
        assert "malformed" in json.dumps(answer.json())
    assert collector.events() == []


@EVERY
def test_the_bank_calls_events_and_properties_as_its_mapping_says(wire, collector):
    wire.post(collector, Said(name="app_search", properties={"query": "提前还款", "hits": "12", "page": 2}))
    [event] = collector.events()
    assert (event.name, event.properties) == ("search", {"keyword": "提前还款", "hits": 12, "page": 2})


@EVERY
def test_an_app_cannot_pass_off_its_events_as_facts_of_the_core_systems(wire, collector):
    wire.post(collector, Said("m1", name="transaction", properties={"amount": 1}), Said("m2", name="transfer"))
    assert [event.name for event in collector.events()] == ["transfer"]
    [rejected] = collector.rejected()
    assert (rejected.rule, rejected.column, rejected.value) == ("reserved", "name", "transaction")
    assert "facts: true" in rejected.message


@EVERY
def test_a_core_system_that_may_sends_its_facts_by_itself(wire, start):
    core = start(projects=[{"name": "app", "keys": [KEY], "facts": True}])
    wire.post(core, Said(name="transaction", properties={"amount": 1}))
    assert [event.name for event in core.events()] == ["transaction"]


@EVERY
def test_authentication_data_is_dropped_and_told(wire, collector):
    given = {"amount": 1, "cvv": "123", "form": {"loginPassword": "hunter2", "city": "南京"}, "l": [{"交易密码": "9"}]}
    wire.post(collector, Said(properties=given))
    [event] = collector.events()
    assert event.properties == {"amount": 1, "form.city": "南京", "l": "[{}]"}
    assert {(r.rule, r.column) for r in collector.rejected()} == {
        ("c3", "cvv"), ("c3", "form.loginPassword"), ("c3", "l.交易密码")
    }  # fmt: skip
    everything = b"".join(data for _offset, data in collector.log.read(0))
    assert b"hunter2" not in everything


@EVERY
def test_authentication_data_in_a_rejected_item_is_not_kept_either(wire, collector):
    bad = json.dumps(wire.item(Said("m1", properties={"password": "hunter2"})) | {wire.customer: [1]})
    wire.post(collector, bad)
    assert collector.rejected()
    assert b"hunter2" not in b"".join(data for _offset, data in collector.log.read(0))


@EVERY
@pytest.mark.parametrize("years", [-30, -2, 1, 50])
def test_a_clock_that_is_years_off_counts_as_now_and_says_so(wire, years, collector):
    claimed = round(time.time() + years * YEAR)
    wire.post(collector, Said(at=claimed))
    [event] = collector.events()
    assert event.occurred_at == event.received_at
    assert event.properties["$claimed_at"].startswith(time.strftime("%Y-%m-%dT%H", time.gmtime(claimed)))


@EVERY
def test_a_time_that_is_none_counts_as_now_and_says_so(wire, collector):
    wire.post(collector, Said(at="gestern"))
    [event] = collector.events()
    assert event.occurred_at == event.received_at
    assert event.properties["$claimed_at"] == "gestern"


@EVERY
def test_a_number_is_an_id_and_nobody_is_not(wire, collector):
    wire.post(collector, Said("m1", customer=10002), Said("m2", customer="null"), Said("m3", customer="x" * 300))
    assert [e.customer_id for e in collector.events()] == ["10002"]
    assert {r.rule for r in collector.rejected()} == {"no_id", "id"}


@EVERY
def test_an_event_with_ten_megabytes_of_properties_loses_only_itself(wire, start):
    collector = start(limits={"body_kb": 20_000, "unpacked_kb": 20_000})
    answer = wire.post(collector, Said("m1"), Said("m2", properties={"t": "x" * 10_000_000}), Said("m3"))
    assert answer.status_code == wire.status
    assert len(collector.events()) == 2
    [rejected] = collector.rejected()
    assert (rejected.rule, rejected.line) == ("size", 2)
    assert len(rejected.text) <= 2000


@EVERY
def test_a_body_beyond_the_limit_is_refused(wire, collector):
    noise = json.dumps(wire.item(Said(properties={"t": "x" * 5_000_000})))
    answer = wire.post(collector, noise)
    assert answer.status_code == 413
    assert "too_large" in json.dumps(answer.json())


@EVERY
def test_too_many_items_are_refused(wire, collector):
    answer = wire.post(collector, *(Said(f"m{i}") for i in range(2001)))
    assert answer.status_code == 413
    assert collector.log.last == 0


@EVERY
def test_an_anonymous_event_keeps_its_visitor(wire, collector):
    wire.post(collector, Said(customer=None, anonymous="device-7"))
    [event] = collector.events()
    assert (event.customer_id, event.anonymous_id) == (None, "device-7")


@EVERY
def test_a_user_id_that_is_no_customer_number_is_kept_as_anonymous(wire, collector):
    wire.post(collector, Said("m1", customer="C7"), Said("m2", customer="zhang.wei"), key="k-strict")
    assert [(e.customer_id, e.anonymous_id) for e in collector.events()] == [("C7", None), (None, "zhang.wei")]


@EVERY
def test_a_full_log_answers_503_with_a_time_and_nothing_is_lost_when_the_client_comes_back(
    wire, collector, monkeypatch
):
    def full(*_args, **_more):
        raise LogFull("the intake log is full", folder=collector.log.folder, then="", retry_after=7)

    with monkeypatch.context() as patch:
        patch.setattr(type(collector.log), "append_all", full)
        answer = wire.post(collector, Said())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert "busy" in json.dumps(answer.json())
    assert wire.post(collector, Said()).status_code == wire.status
    assert len(collector.events()) == 1


@EVERY
def test_a_project_that_sends_too_fast_is_asked_to_wait(wire, collector):
    answers = [wire.post(collector, *(Said(f"{n}-{i}") for i in range(5)), key="k-slow") for n in range(4)]
    slow = [a for a in answers if a.status_code == 429]
    assert slow
    assert int(slow[0].headers["Retry-After"]) >= 1
    assert "slow_down" in json.dumps(slow[0].json())


@EVERY
def test_a_web_page_may_send(wire, collector):
    path, kwargs = wire.request(wire.body([json.dumps(wire.item(Said()))], "k-app"), "k-app")
    kwargs.setdefault("headers", {})["Origin"] = "https://www.bank.cn"
    answer = collector.post(path, **kwargs)
    assert answer.status_code == wire.status
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.bank.cn"
    asked = requests.options(
        collector.url + path,
        headers={"Origin": "https://www.bank.cn", "Access-Control-Request-Headers": "x-own"},
        timeout=10,
    )
    assert (asked.status_code, asked.headers["Access-Control-Allow-Headers"]) == (204, "x-own")


def test_only_listed_origins_may_send(start):
    collector = start(origins=["https://www.bank.cn"])
    answer = requests.options(collector.url + "/v1/batch", headers={"Origin": "https://evil.example"}, timeout=10)
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("wire", [w for w in WIRES if w.name != "sensors"], ids=lambda w: w.name)
def test_gzip_is_told_by_its_bytes_whatever_the_headers_say(wire, collector):
    path, kwargs = wire.request(wire.body([json.dumps(wire.item(Said()))], "k-app"), "k-app")
    kwargs["data"] = gzip.compress(kwargs["data"])
    for lie in ("application/x-www-form-urlencoded", "text/plain"):
        headers = dict(kwargs.get("headers", {}))
        if wire.name != "cloudevents":
            headers["Content-Type"] = lie
        assert collector.post(path, **(kwargs | {"headers": headers})).status_code == wire.status
    assert len(collector.events()) == 1


@EVERY
def test_a_zip_bomb_is_stopped_on_its_way(wire, collector):
    bomb = gzip.compress(b'{"batch":[' + b" " * 200_000_000)
    assert len(bomb) < 1 << 20
    path, kwargs = wire.request("", "k-app")
    if wire.name == "sensors":
        import base64

        kwargs["data"] = {"data_list": base64.b64encode(bomb).decode()}
    else:
        kwargs["data"] = bomb
    answer = collector.post(path, **kwargs)
    assert answer.status_code == 413


def test_broken_gzip_is_malformed(collector):
    answer = collector.post("/v1/batch", data=gzip.compress(b"x" * 1000)[:-20], auth=("k-app", ""))
    assert answer.status_code == 400


def test_what_is_not_collected_here_says_so(collector):
    answer = requests.get(collector.url + "/v2/nothing", timeout=10)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_the_health_page_counts(collector):
    WIRES[0].post(collector, Said("a"), Said("b"))
    WIRES[0].post(collector, Said("a"))
    counts = requests.get(collector.url + "/health", timeout=10).json()
    assert (counts["events"], counts["repeats"], counts["refused"]) == (2, 1, 0)
