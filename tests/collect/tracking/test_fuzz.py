"""Whatever is sent: an answer that is no failure of ours, and a log that can always be brought into the lake."""

import gzip
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.collect.tracking.endpoint import Reply, Request
from liuke.collect.tracking.event import decode, encode
from liuke.collect.tracking.forward import event_rows, rejected_rows
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.server import ENDPOINTS
from tests.collect.tracking.conftest import KEY, MAPPED
from tests.collect.tracking.conftest import settings as collect_settings
from tests.collect.tracking.vendors import WIRES, Said

ZONE = ZoneInfo("Asia/Shanghai")
NOW = 1_795_000_000_000_000
BY_NAME = {e.vendor: e for e in ENDPOINTS}
DESK = Desk(collect_settings(), ZONE, MAPPED, "secret")
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "\x00", "null", "1e400", "C1"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
SMALL = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def taken_or_refused(endpoint, request):
    try:
        return endpoint.read(request, DESK)
    except Problem as problem:
        return endpoint.refused(request, problem)


def judged(wire, raw: bytes, path: str, headers: dict[str, str]) -> None:
    """Read as the server would, stored and brought into rows of the lake; a refusal is an answer too."""
    path, _, query = path.partition("?")
    request = Request("POST", path, query.encode(), headers, raw, NOW, 1 << 20)
    endpoint = BY_NAME[wire.name]
    to = taken_or_refused(endpoint, request)
    if isinstance(to, Reply):
        assert to.status in (400, 401, 413)
        return
    assert endpoint.accepted(request, to, 0).status in (200, 202, 400)
    taken = decode(encode(to.taken))
    assert taken == to.taken
    mark = ("b", int(datetime(2026, 11, 19, tzinfo=UTC).timestamp() * 1e6))
    assert event_rows(taken.events, mark, ZONE).num_rows == len(to.events)
    assert rejected_rows(taken.rejected, mark).num_rows == len(to.rejected)


def sent(wire, text: str) -> None:
    path, kwargs = wire.request(text, KEY)
    headers = {name.lower(): value for name, value in kwargs.get("headers", {}).items()}
    data = kwargs["data"]
    if isinstance(data, dict):
        from urllib.parse import urlencode

        data = urlencode(data).encode()
    judged(wire, data, path, headers)


@pytest.mark.parametrize("wire", WIRES, ids=lambda w: w.name)
@SMALL
@given(st.data())
def test_items_with_anything_in_any_field(wire, data):
    item = wire.item(Said(properties={"a": 1}, anonymous="d1", at=NOW / 1e6))
    for name in data.draw(st.lists(st.sampled_from(sorted({*item, "context", "identities", "sentAt"})), max_size=4)):
        item[name] = data.draw(VALUES)
    sent(wire, wire.body([json.dumps(item), json.dumps(wire.item(Said("ok")))], KEY))


@pytest.mark.parametrize("wire", WIRES, ids=lambda w: w.name)
@SMALL
@given(st.data())
def test_bodies_cut_and_stirred(wire, data):
    text = wire.body([json.dumps(wire.item(Said(f"m{i}", properties={"词": ["x", {"y": 1}]}))) for i in range(3)], KEY)
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    sent(wire, text[:first] + data.draw(st.text(max_size=4)) + text[last:])


@pytest.mark.parametrize("wire", WIRES, ids=lambda w: w.name)
@SMALL
@given(st.binary(max_size=60), st.booleans())
def test_bytes_that_are_nothing(wire, raw, compressed):
    path, kwargs = wire.request("", KEY)
    headers = {name.lower(): value for name, value in kwargs.get("headers", {}).items()}
    judged(wire, gzip.compress(raw) if compressed else raw, path, headers)


@pytest.mark.parametrize("wire", WIRES, ids=lambda w: w.name)
@pytest.mark.parametrize("depth", [40, 400, 800, 900, 950, 985, 5000])
def test_nesting_without_end(wire, depth):
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        deep = opening * depth + "1" + closing * depth
        text = json.dumps(wire.item(Said(properties={"deep": "HERE"}))).replace('"HERE"', deep)
        sent(wire, wire.body([text, json.dumps(wire.item(Said("ok")))], KEY))


@pytest.mark.parametrize("wire", WIRES, ids=lambda w: w.name)
def test_half_a_surrogate_is_nobodys_poison(wire):
    text = json.dumps(wire.item(Said(properties={"t": "HERE"}))).replace("HERE", "\\ud800")
    sent(wire, wire.body([text, json.dumps(wire.item(Said("ok")))], KEY))


def test_a_form_that_is_a_bomb_of_percent_signs_is_read_in_time():
    judged(WIRES[3], b"data_list=" + b"%2B" * 300_000, f"/sa?project={KEY}", {})


ODD_TIMES = (
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00", 1e308, -5, 10**30, "", True,
    {}, "2026-13-45", "١٢",
)  # fmt: skip


@pytest.mark.parametrize("wire", WIRES, ids=lambda w: w.name)
@pytest.mark.parametrize("at", ODD_TIMES, ids=repr)
@pytest.mark.parametrize(
    "name", ["timestamp", "originalTimestamp", "time", "occurred_at", "sentAt", "sent_at", "offset"]
)
def test_times_that_no_calendar_holds(wire, at, name):
    item = wire.item(Said())
    sent(wire, wire.body([json.dumps(item | {name: at}), json.dumps(wire.item(Said("ok")))], KEY))
    text = wire.body([json.dumps(item)], KEY)
    if text.startswith("{") and wire.name != "plain":
        sent(wire, json.dumps(json.loads(text) | {name: at}))
