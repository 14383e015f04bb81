"""The ways that only one vendor's clients have: forms, pixels, short paths, places for keys."""

import base64
import gzip
import json
import time
from urllib.parse import quote

import pytest
import requests

from tests.collect.tracking.conftest import KEY

TRACK = {"type": "track", "event": "login", "userId": "C1", "messageId": "m1"}


def names(collector) -> list[str]:
    return [e.name for e in collector.events()]


def get(collector, path: str) -> requests.Response:
    return requests.get(collector.url + path, timeout=10)


def java_hash(text: str) -> int:
    value = 0
    for letter in text:
        value = (31 * value + ord(letter)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def pixel(record: dict, wrong: int = 0) -> str:
    data = base64.b64encode(json.dumps(record, ensure_ascii=False).encode()).decode()
    return f"/sa.gif?project={KEY}&data={quote(data)}&ext={quote(f'crc={java_hash(data) + wrong}')}"


RECORD = {"type": "track", "event": "login", "distinct_id": "C1", "login_id": "C1", "properties": {"地点": "南京"}}


def test_sensors_pixel_is_a_picture_and_its_crc_counts(collector):
    answer = get(collector, pixel(RECORD))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/gif")
    assert answer.content[:3] == b"GIF"
    assert collector.events()[0].properties == {"地点": "南京"}
    damaged = get(collector, pixel(RECORD | {"event": "other"}, wrong=1))
    assert damaged.status_code == 400
    assert "crc" in damaged.json()["error_reason"]
    assert names(collector) == ["login"]


def test_sensors_takes_base64_without_gzip_and_its_beacon_in_plain_text(collector):
    data = quote(base64.b64encode(json.dumps(RECORD).encode()).decode())
    for kind in ("application/x-www-form-urlencoded", "text/plain;charset=UTF-8"):
        answer = collector.post(f"/sa?project={KEY}", data=f"data={data}", headers={"Content-Type": kind})
        assert answer.status_code == 200
    assert names(collector) == ["login"]


def test_sensors_project_may_stand_in_the_record(collector):
    data = base64.b64encode(gzip.compress(json.dumps([RECORD | {"project": KEY}]).encode())).decode()
    assert collector.post("/sa", data={"data_list": data}).status_code == 200
    assert names(collector) == ["login"]


def test_sensors_debug_tells_what_is_wrong_and_writes_nothing_when_dry(collector):
    bad = base64.b64encode(json.dumps(RECORD | {"type": "sing"}).encode()).decode()
    answer = collector.post(f"/debug?project={KEY}", data={"data": bad}, headers={"Dry-Run": "true"})
    assert answer.status_code == 400
    assert answer.json()[0]["error_code"] == "kind"
    assert collector.log.last == 0


def test_sensors_records_sent_again_later_are_the_same_records(collector):
    for flushed in (1, 2):
        data = base64.b64encode(json.dumps(RECORD | {"_track_id": 7, "_flush_time": flushed}).encode()).decode()
        collector.post(f"/sa?project={KEY}", data={"data": data})
    assert names(collector) == ["login"]


@pytest.mark.parametrize(
    "kwargs",
    [
        {"auth": (KEY, "")},
        {"headers": {"Authorization": f"Bearer {KEY}"}},
        {"json": TRACK | {"writeKey": KEY}},
        {"params": {"writeKey": KEY}},
    ],
    ids=["basic", "bearer", "body", "query"],
)
def test_segment_takes_its_key_wherever_clients_put_it(kwargs, collector):
    assert collector.post("/v1/track", **({"json": TRACK} | kwargs)).json() == {"success": True}
    assert names(collector) == ["login"]


@pytest.mark.parametrize("path", ["/v1/t", "/v1/track"])
def test_segments_browser_sends_plain_text_to_short_paths(path, collector):
    body = json.dumps({"event": "login", "anonymousId": "v1", "writeKey": KEY, "context": {"os": {"name": "iOS"}}})
    answer = collector.post(path, data=body, headers={"Content-Type": "text/plain", "Origin": "https://www.bank.cn"})
    assert answer.json() == {"success": True}
    assert [(e.anonymous_id, e.channel) for e in collector.events()] == [("v1", "app")]


@pytest.mark.parametrize(("path", "name"), [("p", "page"), ("page", "page"), ("s", "screen"), ("g", "group")])
def test_segments_other_calls_are_events_too(path, name, collector):
    body = {"userId": "C1", "name": "home", "groupId": "g1", "properties": {"url": "/"}}
    collector.post(f"/v1/{path}", json=body, auth=(KEY, ""))
    [event] = collector.events()
    assert (event.name, event.properties["name"], event.properties["url"]) == (name, "home", "/")


def test_segments_identify_and_alias_link_and_keep_no_traits(collector):
    identify = {"userId": "C1", "anonymousId": "v1", "traits": {"name": "张三", "idCard": "320102"}}
    collector.post("/v1/i", json=identify, auth=(KEY, ""))
    collector.post("/v1/a", json={"userId": "C1", "previousId": "v0"}, auth=(KEY, ""))
    assert [(c.id_value, c.customer_id) for c in collector.changes()] == [("v1", "C1"), ("v0", "C1")]
    everything = b"".join(data for _o, data in collector.log.read(0)).decode()
    assert "张三" not in everything
    assert collector.events() == []


def test_segments_own_statistics_are_answered(collector):
    assert collector.post("/v1/m", json={"series": []}).json() == {"success": True}


def test_a_client_whose_clock_is_hours_off_has_its_times_shifted(collector):
    off = time.time() - 3 * 3600
    stamp = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(off + s)) for s in (-60, 0)]
    body = {"batch": [TRACK | {"timestamp": stamp[0]}], "sentAt": stamp[1]}
    collector.post("/v1/batch", json=body, auth=(KEY, ""))
    [event] = collector.events()
    assert abs(event.occurred_at / 1e6 - (time.time() - 60)) < 10
    assert "$claimed_at" not in event.properties


CAPTURE = {"event": "login", "distinct_id": "C1", "uuid": "u1", "properties": {"token": KEY, "a": 1, "$lib": "web"}}


def encoded(value: object, *, compressed: bool = False) -> str:
    text = json.dumps(value).encode()
    return base64.b64encode(gzip.compress(text) if compressed else text).decode()


@pytest.mark.parametrize("path", ["/e/", "/capture/", "/i/v0/e/", "/track/"])
def test_posthog_takes_a_single_capture_on_every_path(path, collector):
    assert collector.post(path, json=CAPTURE).json() == {"status": 1}
    [event] = collector.events()
    assert (event.name, event.properties, event.channel) == ("login", {"a": 1}, "web")


@pytest.mark.parametrize(
    ("query", "kwargs"),
    [
        ("?compression=base64", {"data": {"data": encoded(CAPTURE)}}),
        ("?compression=gzip-js", {"data": gzip.compress(json.dumps([CAPTURE]).encode())}),
        ("", {"data": {"data": json.dumps(CAPTURE)}}),
        ("", {"data": {"data": encoded([CAPTURE], compressed=True)}}),
        ("", {"data": json.dumps(CAPTURE), "headers": {"Content-Type": "text/plain"}}),
        ("", {"data": json.dumps({"api_key": KEY, "batch": [CAPTURE]})}),
        ("", {"data": json.dumps({"token": KEY, "data": [CAPTURE]})}),
    ],
    ids=["form base64", "gzip without a hint", "form json", "form gzip", "plain text", "batch", "data list"],
)
def test_posthog_takes_every_wrapping(query, kwargs, collector):
    assert collector.post("/e/" + query, **kwargs).json() == {"status": 1}
    assert names(collector) == ["login"]


def test_posthog_takes_a_query(collector):
    answer = get(collector, f"/e/?data={quote(encoded(CAPTURE))}&ip=1&_=1")
    assert answer.json() == {"status": 1}
    assert names(collector) == ["login"]


def test_posthogs_newer_endpoint_answers_for_each_event(collector):
    batch = {"created_at": "2026-11-29T00:00:00Z", "batch": [CAPTURE, {"event": "", "distinct_id": "C1", "uuid": "u2"}]}
    headers = {"Authorization": f"Bearer {KEY}"}
    for _ in range(2):
        answer = collector.post("/i/v1/analytics/events", json=batch, headers=headers).json()
        assert answer == {"results": {"u1": {"result": "ok"}, "u2": {"result": "drop", "details": "no_name"}}}
    assert names(collector) == ["login"]


def test_posthogs_identify_links_the_visitor(collector):
    identify = {"event": "$identify", "distinct_id": "C1", "properties": {"token": KEY, "$anon_distinct_id": "v1",
                                                                          "$set": {"name": "张三"}}}  # fmt: skip
    collector.post("/e/", json=identify)
    assert [(c.kind, c.id_value, c.customer_id) for c in collector.changes()] == [("link", "v1", "C1")]
    assert "张三" not in b"".join(data for _o, data in collector.log.read(0)).decode()


def test_our_own_lines_link_and_unlink(collector):
    lines = [{"customer_id": "C1", "link": {"phone": "138 0000 0000", "wechat": "o1"}},
             {"unlink": {"wechat": "o1"}}, {"link": {"wechat": "o2"}}]  # fmt: skip
    answer = collector.post(f"/v1/events?key={KEY}", data="\n".join(json.dumps(line) for line in lines)).json()
    assert (answer["changes"], [r["rule"] for r in answer["rejected"]]) == (3, ["no_id"])
    phone, linked, unlinked = collector.changes()
    assert (phone.id_type, len(phone.id_value), linked.id_type) == ("phone_hash", 32, "wechat")
    assert (unlinked.kind, unlinked.customer_id) == ("unlink", None)


def test_our_own_answer_counts_new_ones_repeats_and_rejects(collector):
    line = json.dumps({"event_id": "e1", "name": "login", "customer_id": "C1"})
    collector.post(f"/v1/events?key={KEY}", data=line)
    answer = collector.post(f"/v1/events?key={KEY}", data=f"{line}\n\n[1]\n{line.replace('e1', 'e2')}").json()
    assert (answer["accepted"], answer["repeats"]) == (1, 1)
    assert answer["rejected"][0]["line"] == 3


def test_cloudevents_without_json_keep_what_can_be_kept(collector):
    about = {"ce-id": "1", "ce-source": "s", "ce-type": "scanned", "ce-specversion": "1.0", "ce-subject": "C1"}
    collector.post(f"/cloudevents?key={KEY}", data=b"\xff\xd8\xff", headers=about | {"Content-Type": "image/jpeg"})
    collector.post(f"/cloudevents?key={KEY}", data="你好".encode(),
                   headers=about | {"ce-id": "2", "Content-Type": "text/plain"})  # fmt: skip
    assert [e.properties for e in collector.events()] == [{"bytes": 3}, {"data": "你好"}]
    assert collector.post(f"/cloudevents?key={KEY}", json={}).status_code == 400


def test_a_link_in_a_request_that_was_turned_away_is_said_again(collector):
    flood = [TRACK | {"messageId": f"f{n}", "userId": "C9"} for n in range(9)]
    last = TRACK | {"messageId": "x", "anonymousId": "d1"}
    collector.post("/v1/batch", json={"batch": flood}, auth=("k-slow", ""))
    assert collector.post("/v1/batch", json={"batch": [last]}, auth=("k-slow", "")).status_code == 429
    deadline = time.monotonic() + 20
    while collector.post("/v1/batch", json={"batch": [last]}, auth=("k-slow", "")).status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert [(c.id_value, c.customer_id) for c in collector.changes()] == [("d1", "C1")]


def test_a_customer_who_takes_over_a_device_is_linked_anew_and_once(collector):
    for number, user in enumerate(["C1", "C1", "C2", "C1"]):
        collector.post("/v1/t", json=TRACK | {"messageId": f"m{number}", "userId": user, "anonymousId": "d1"},
                       auth=(KEY, ""))  # fmt: skip
    assert [c.customer_id for c in collector.changes()] == ["C1", "C2", "C1"]
