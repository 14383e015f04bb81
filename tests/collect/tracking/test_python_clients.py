"""Vendors' own Python clients, unmodified, against a collector that listens."""

import warnings

import pytest
import requests

from tests.collect.tracking.conftest import KEY


def test_segments_client_sends_plain_and_gzip_and_is_told_success(collector):
    from segment.analytics.client import Client

    for compressed in (False, True):
        client = Client(KEY, host=collector.url, gzip=compressed, sync_mode=True, max_retries=1)
        client.track("C1", "Products Searched", {"query": "提前还款"}, anonymous_id="dev1")
        client.page("C1", "", "home", {"url": "https://www.bank.cn/"})
        client.identify("C1", {"name": "张三"}, anonymous_id="dev2")
        client.alias("dev3", "C1")
    events = collector.events()
    assert [e.name for e in events] == ["search", "page", "search", "page"]
    assert events[0].properties == {"keyword": "提前还款"}
    assert {(c.id_type, c.id_value, c.customer_id) for c in collector.changes()} == {
        ("anonymous", "dev1", "C1"), ("anonymous", "dev2", "C1"), ("anonymous", "dev3", "C1")
    }  # fmt: skip
    assert "张三" not in b"".join(data for _o, data in collector.log.read(0)).decode()


def test_segments_client_batches_in_its_own_thread(collector):
    from segment.analytics.client import Client

    failed = []
    client = Client(KEY, host=collector.url, on_error=lambda error, _items: failed.append(error), upload_interval=0.1)
    for i in range(250):
        client.track("C1", "tick", {"n": i})
    client.flush()
    client.shutdown()
    assert failed == []
    assert [e.properties["n"] for e in collector.events()] == list(range(250))


def test_segments_client_reads_our_errors(collector):
    from segment.analytics.request import APIError, post

    with pytest.raises(APIError, match=r"unknown_key: the key is not known here \(401\)"):
        post("nobody", host=collector.url, batch=[])


def test_rudderstacks_client(collector):
    from rudderstack.analytics.client import Client

    client = Client(KEY, host=collector.url + "/rudderstack", sync_mode=True, max_retries=1)
    client.track("C1", "loan_applied", {"loan": {"amount": 5}})
    [event] = collector.events()
    assert (event.name, event.properties, event.source) == ("loan_applied", {"loan.amount": 5}, "rudderstack:app")


@pytest.mark.parametrize("mode", ["v0", "v1"])
@pytest.mark.parametrize("compressed", [False, True])
def test_posthogs_client_on_both_of_its_wires(mode, compressed, collector):
    from posthog import Posthog

    client = Posthog(KEY, host=collector.url, sync_mode=True, gzip=compressed, capture_mode=mode, max_retries=0)
    client.capture("app_search", distinct_id="C9", properties={"query": "销户", "cvv": "999"})
    client.capture("visited")
    client.alias("anon9", "C9")
    client.shutdown()
    known, visitor = collector.events()
    assert (known.name, known.customer_id, known.properties["keyword"]) == ("search", "C9", "销户")
    assert visitor.customer_id is None
    assert visitor.anonymous_id
    assert [(c.id_value, c.customer_id) for c in collector.changes()] == [("anon9", "C9")]
    assert [r.rule for r in collector.rejected()] == ["c3"]


def test_posthogs_client_gets_no_flags_and_no_error(collector):
    from posthog import Posthog

    client = Posthog(KEY, host=collector.url, sync_mode=True)
    assert client.get_all_flags("C9") == {}


def test_posthogs_client_reads_our_errors(collector):
    from posthog.request import APIError, batch_post

    with pytest.raises(APIError, match="the key is not known here"):
        batch_post("nobody", host=collector.url, batch=[])


def test_sensors_client_in_batches_and_one_by_one(collector):
    from sensorsanalytics import sdk

    for consumer in (sdk.BatchConsumer, sdk.DefaultConsumer):
        client = sdk.SensorsAnalytics(consumer(f"{collector.url}/sa?project={KEY}"))
        client.track("C2", "app_search", {"query": "销户"}, is_login_id=True)
        client.track("dev2", "viewed", {"page": consumer.__name__})
        client.track_signup("C2", "dev2")
        client.profile_set("C2", {"city": "南京"}, is_login_id=True)
        client.item_set("fund", "F1", {"risk": 3})
        client.close()
    events = collector.events()
    assert [(e.name, e.customer_id, e.anonymous_id) for e in events[:3]] == [
        ("search", "C2", None), ("viewed", None, "dev2"), ("$SignUp", "C2", "dev2")
    ]  # fmt: skip
    assert events[0].properties == {"keyword": "销户"}
    assert ("dev2", "C2") in {(c.id_value, c.customer_id) for c in collector.changes()}
    assert collector.rejected() == []


def test_sensors_client_binds_and_unbinds_ids(collector):
    from sensorsanalytics import sdk

    client = sdk.SensorsAnalytics(sdk.BatchConsumer(f"{collector.url}/sa?project={KEY}"))
    login = sdk.SensorsAnalyticsIdentity(sdk.SensorsAnalyticsIdentity.LOGIN_ID, "C2")
    mobile = sdk.SensorsAnalyticsIdentity(sdk.SensorsAnalyticsIdentity.MOBILE, "13800000000")
    client.bind(login, mobile)
    client.unbind(mobile)
    client.close()
    bound, unbound = collector.changes()
    assert (bound.kind, bound.id_type, bound.customer_id) == ("link", "phone_hash", "C2")
    assert (unbound.kind, unbound.id_value, unbound.customer_id) == ("unlink", bound.id_value, None)
    assert b"13800000000" not in b"".join(data for _o, data in collector.log.read(0))


def test_sensors_client_debugs_without_writing(collector, capsys):
    from sensorsanalytics import sdk

    client = sdk.SensorsAnalytics(sdk.DebugConsumer(f"{collector.url}/sa?project={KEY}", write_data=False))
    client.track("C2", "tried", {}, is_login_id=True)
    assert "valid message" in capsys.readouterr().out
    assert collector.log.last == 0
    client = sdk.SensorsAnalytics(sdk.DebugConsumer(f"{collector.url}/sa?project={KEY}", write_data=True))
    client.track("C2", "tried", {}, is_login_id=True)
    assert [e.name for e in collector.events()] == ["tried"]


def test_sensors_client_learns_of_an_unknown_project(collector):
    from sensorsanalytics import sdk

    client = sdk.SensorsAnalytics(sdk.DefaultConsumer(f"{collector.url}/sa?project=nobody"))
    with pytest.raises(sdk.SensorsAnalyticsNetworkException):
        client.track("C2", "tried", {}, is_login_id=True)


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_cloudevents_own_conversion(mode, collector):
    from cloudevents.v1.conversion import to_binary, to_structured
    from cloudevents.v1.http import CloudEvent

    about = {"type": "cn.bank.limit.changed", "source": "/core/limits", "customerid": "C3"}
    event = CloudEvent(about, {"limit": 50000, "note": "提额"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        convert = to_binary if mode == "binary" else to_structured
        headers, body = convert(event, lambda data: __import__("json").dumps(data).encode())
    for _ in range(2):
        answer = requests.post(f"{collector.url}/cloudevents?key={KEY}", data=body, headers=headers, timeout=10)
        assert answer.status_code == 202
    [kept] = collector.events()
    assert (kept.name, kept.customer_id) == ("cn.bank.limit.changed", "C3")
    assert kept.properties == {"limit": 50000, "note": "提额"}
    assert kept.event_id == f"/core/limits#{event['id']}"
