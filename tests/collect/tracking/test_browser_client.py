"""神策's browser client, unmodified, in Chromium: pixel, AJAX and beacon."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.chromium import CHROMIUM, FLAGS, MISSING
from tests.collect.tracking.conftest import KEY

REPO = Path(__file__).resolve().parents[3]
SDK = REPO / "node_modules" / "sa-sdk-javascript" / "sensorsdata.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
    pytest.mark.skipif(not SDK.is_file(), reason="sa-sdk-javascript is not installed: npm ci"),
]
PAGE = """<!doctype html><title>我的银行</title><script src="/sdk.js"></script><script>
  const sensors = window['sensorsDataAnalytic201505'];
  sensors.init({ server_url: '%s/sa?project=%s', show_log: false, send_type: '%s', batch_send: %s,
                 heatmap: { clickmap: 'not_collect', scroll_notice_map: 'not_collect' } });
  sensors.track('viewed', { product: '大额存单' });
  sensors.login('C5');
  sensors.track('app_search', { query: '提前还款' });
</script>"""


WAYS = [("image", "false"), ("ajax", "false"), ("beacon", "false"), ("ajax", "true")]


@contextmanager
def site(pages: dict[str, tuple[str, bytes]]) -> Iterator[str]:
    """A web site on this machine, of another origin than the collector: browsers keep pages of the wide web from it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = pages.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


@pytest.mark.parametrize(("kind", "batch"), WAYS)
def test_a_page_with_sensors_client(kind, batch, collector):
    from playwright.sync_api import sync_playwright

    html = (PAGE % (collector.url, KEY, kind, batch)).encode()
    pages = {"/": ("text/html; charset=utf-8", html), "/sdk.js": ("text/javascript", SDK.read_bytes())}
    with site(pages) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        deadline = time.monotonic() + 15
        while len(collector.events()) < 3 and time.monotonic() < deadline:
            page.wait_for_timeout(100)
        browser.close()
    events = {e.name: e for e in collector.events()}
    assert events["viewed"].customer_id is None
    visitor = events["viewed"].anonymous_id
    assert visitor
    assert (events["search"].customer_id, events["search"].anonymous_id) == ("C5", visitor)
    assert events["search"].properties["keyword"] == "提前还款"
    assert events["search"].channel == "web"
    assert (visitor, "C5") in {(c.id_value, c.customer_id) for c in collector.changes()}
    assert collector.rejected() == []
