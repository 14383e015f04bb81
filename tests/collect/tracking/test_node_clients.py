"""Vendors' own Node clients, unmodified, against a collector that listens."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.collect.tracking.conftest import KEY

REPO = Path(__file__).resolve().parents[3]
NODE = shutil.which("node")


def run(package: str, script: str) -> str:
    """Runs a module's text where the packages are found; skips with the reason where they are not."""
    if NODE is None:
        pytest.skip("no node on this machine")
    if not (REPO / "node_modules" / package).is_dir():
        pytest.skip(f"{package} is not installed: npm ci")
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], cwd=REPO, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_segments_node_client(collector):
    run(
        "@segment/analytics-node",
        f"""
        import {{ Analytics }} from '@segment/analytics-node';
        const a = new Analytics({{ writeKey: '{KEY}', host: '{collector.url}', flushAt: 20 }});
        a.on('error', (e) => {{ console.error(e); process.exit(1); }});
        for (let n = 0; n < 30; n++)
          a.track({{ userId: 'C1', anonymousId: 'dev1', event: 'Products Searched',
                     properties: {{ query: '提前还款', n }} }});
        a.identify({{ userId: 'C1', anonymousId: 'dev2' }});
        await a.closeAndFlush();
    """,
    )
    events = collector.events()
    assert sorted(e.properties["n"] for e in events) == list(range(30))
    assert {(e.name, e.customer_id, e.properties["keyword"]) for e in events} == {("search", "C1", "提前还款")}
    assert {c.id_value for c in collector.changes()} == {"dev1", "dev2"}


def test_rudderstacks_node_client(collector):
    run(
        "@rudderstack/rudder-sdk-node",
        f"""
        import pkg from '@rudderstack/rudder-sdk-node';
        const Client = pkg.default ?? pkg;
        const a = new Client('{KEY}', {{ dataPlaneUrl: '{collector.url}/rudderstack', flushAt: 5, flushInterval: 100,
                                         maxRetries: 1 }});
        for (let n = 0; n < 5; n++)
          await new Promise((done, fail) =>
            a.track({{ userId: 'C1', event: 'tick', properties: {{ n }} }}, (e) => e ? fail(e) : done()));
        await a.flush();
        process.exit(0);
    """,
    )
    assert sorted(e.properties["n"] for e in collector.events()) == list(range(5))


def test_posthogs_node_client(collector):
    run(
        "posthog-node",
        f"""
        import {{ PostHog }} from 'posthog-node';
        const p = new PostHog('{KEY}', {{ host: '{collector.url}', flushAt: 10 }});
        p.on('error', (e) => {{ console.error(e); process.exit(1); }});
        for (let n = 0; n < 25; n++) p.capture({{ distinctId: 'C9', event: 'tick', properties: {{ n }} }});
        p.identify({{ distinctId: 'C9', properties: {{ $anon_distinct_id: 'dev9', name: '张三' }} }});
        await p.shutdown();
    """,
    )
    assert sorted(e.properties["n"] for e in collector.events()) == list(range(25))
    assert "张三" not in b"".join(data for _o, data in collector.log.read(0)).decode()


def test_sensors_node_client(collector):
    run(
        "sa-sdk-node",
        f"""
        import pkg from 'sa-sdk-node';
        const SensorsAnalytics = pkg.default ?? pkg;
        const sa = new SensorsAnalytics();
        sa.submitTo({{ url: '{collector.url}/sa?project={KEY}', gzip: true, mode: 'track' }});
        for (let n = 0; n < 5; n++) sa.track('C2', 'tick', {{ n, $is_login_id: true }});
        sa.trackSignup('C2', 'dev2');
        sa.profileSet('C2', {{ city: '南京' }});
        await new Promise((done) => setTimeout(done, 1500));
    """,
    )
    events = collector.events()
    assert sorted(e.properties["n"] for e in events if e.name == "tick") == list(range(5))
    assert [(c.id_value, c.customer_id) for c in collector.changes()] == [("dev2", "C2")]
    assert collector.rejected() == []
