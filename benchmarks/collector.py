"""Events a second that one collector process takes over real HTTP, on disk before it answers.

EVENTS (default 300,000) in batches of BATCH (100), on CONNECTIONS (32) kept-open connections of a load generator that
is a process of its own: plain sockets that send prepared bytes and read the answer, so that it costs little. Each
event has an id of its own, five properties and some 300 bytes. Wires: Segment's batch, our NDJSON, 神策's gzip in
base64 in a form. The figure that counts is the collector process's CPU seconds: events a second on one core, whatever
else the machine did; the wall time stands beside it. The limit: the same bodies only decoded into typed structs.

Peers: none is installed here (Snowplow, PostHog and RudderStack servers need a JVM or containers).
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil

from benchmarks.machine import machine
from liuke.cli.init import Template, write_home
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.running import read_collect
from liuke.collect.tracking.segment.items import Batch

EVENTS = int(os.environ.get("EVENTS", "300000"))
BATCH = int(os.environ.get("BATCH", "100"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "32"))
WIRES = ("segment", "plain", "sensors")


def properties(n: int) -> dict[str, object]:
    return {"keyword": "提前还款", "page": "首页", "position": n % 10, "amount": n * 1.25, "logged_in": n % 3 == 0}


def segment(first: int, moment: str) -> bytes:
    items = [
        {"type": "track", "event": "app_search", "messageId": f"{n:032x}", "userId": f"C{n % 100_000:08d}",
         "timestamp": moment, "properties": properties(n), "context": {"library": {"name": "analytics-python"}}}
        for n in range(first, first + BATCH)
    ]  # fmt: skip
    return json.dumps({"batch": items, "sentAt": moment}, separators=(",", ":"), ensure_ascii=False).encode()


def plain(first: int, moment: str) -> bytes:
    items = (
        {"event_id": f"{n:032x}", "name": "app_search", "customer_id": f"C{n % 100_000:08d}", "occurred_at": moment,
         "session_id": f"s{n // 7}", "properties": properties(n)}
        for n in range(first, first + BATCH)
    )  # fmt: skip
    return "\n".join(json.dumps(i, separators=(",", ":"), ensure_ascii=False) for i in items).encode()


def sensors(first: int, _moment: str) -> bytes:
    now = int(time.time() * 1000)
    device = {"$lib": "Android", "$os": "Android"}
    items = [
        {"type": "track", "event": "app_search", "distinct_id": f"C{n % 100_000:08d}", "time": now, "_track_id": n,
         "login_id": f"C{n % 100_000:08d}", "properties": properties(n) | device, "lib": {"$lib": "Android"}}
        for n in range(first, first + BATCH)
    ]  # fmt: skip
    data = base64.b64encode(gzip.compress(json.dumps(items, ensure_ascii=False).encode(), 1)).decode()
    return urllib.parse.urlencode({"data_list": data, "gzip": "1"}).encode()


def requests_of(wire: str, key: str) -> list[bytes]:
    """Whole requests, ready to be sent."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    path = {"segment": "/v1/batch", "plain": "/v1/events", "sensors": f"/sa?project={key}"}[wire]
    auth = base64.b64encode(f"{key}:".encode()).decode()
    made = []
    for first in range(0, EVENTS, BATCH):
        body = {"segment": segment, "plain": plain, "sensors": sensors}[wire](first, moment)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {auth}\r\nContent-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def status_of(line: socket.socket) -> str:
    """Reads one whole answer."""
    answer = line.recv(65536)
    while b"\r\n\r\n" not in answer:
        answer += line.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    wanted = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    while len(body) < wanted:
        body += line.recv(65536)
    return head[9:12].decode()


def generate(wire: str, key: str, port: int) -> None:
    """The load generator: prints wall seconds and answers by status."""
    waiting, lock, statuses = iter(requests_of(wire, key)), threading.Lock(), []

    def send() -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                with lock:
                    request = next(waiting, None)
                if request is None:
                    return
                line.sendall(request)
                statuses.append(status_of(line))

    began = time.perf_counter()
    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = {s: statuses.count(s) for s in set(statuses)}
    print(json.dumps({"seconds": time.perf_counter() - began, "answers": counted}))


def measured(wire: str) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="liuke-collector-"))
    try:
        home = folder / "home"
        write_home(home, Template.BANK)
        key = read_collect(home).projects[0].keys[0]
        with listening(home) as (server, port):
            before = server.cpu_times()
            command = [sys.executable, "-m", "benchmarks.collector", "generate", wire, key, str(port)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            after = server.cpu_times()
        told = json.loads(done.stdout)
        log = IntakeLog(home / "intake")
        stored = sum(len(msgspec.json.decode(data)["events"]) for _offset, data in everything(log))
        log.close()
        cpu = (after.user + after.system) - (before.user + before.system)
        if stored != EVENTS or set(told["answers"]) != {"200"}:
            raise SystemExit(f"{wire}: {stored} of {EVENTS} events are in the log; answers {told['answers']}")
        return {
            "events": stored,
            "events_per_cpu_second": round(stored / cpu),
            "events_per_wall_second": round(stored / told["seconds"]),
            "cpu_microseconds_per_event": round(cpu / stored * 1e6, 2),
            "of_it_in_the_kernel": round((after.system - before.system) / cpu, 2),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def everything(log: IntakeLog) -> Iterator[tuple[int, bytes]]:
    after = 0
    while found := log.read(after, 200):
        yield from found
        after = found[-1][0]


class listening:  # noqa: N801 - reads as a statement
    """`liuke collect` of a home, until the block ends."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "liuke", "collect", "--home", str(home), "--port", str(self.port)]
        self.process = subprocess.Popen([*command, "--no-forward"], stderr=subprocess.DEVNULL)

    def __enter__(self) -> tuple[psutil.Process, int]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return psutil.Process(self.process.pid), self.port
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the collector did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def decoding() -> int:
    """Events a CPU second when Segment's bodies are only decoded into typed structs."""
    bodies = [r.partition(b"\r\n\r\n")[2] for r in requests_of("segment", "k")[:500]]
    decoder = msgspec.json.Decoder(Batch)
    began = time.process_time()
    count = sum(len(decoder.decode(body).batch) for body in bodies)
    return round(count / (time.process_time() - began))


def main() -> dict[str, object]:
    about = machine()
    found = {wire: measured(wire) for wire in WIRES}
    limit = decoding()
    print("| wire | events/s per core | CPU µs per event | events/s by the clock |\n|---|---|---|---|")
    for wire, told in found.items():
        cells = (told["events_per_cpu_second"], told["cpu_microseconds_per_event"], told["events_per_wall_second"])
        print(f"| {wire} | " + " | ".join(f"{cell:,}" for cell in cells) + " |")
    print(f"| only decoding Segment's bodies | {limit:,} | {1e6 / limit:.2f} | |")
    ratios = {f"{wire} per core against 50,000/s": round(told["events_per_cpu_second"] / 50_000, 2)
              for wire, told in found.items()}  # fmt: skip
    figures = {f"{wire}: {name}": value for wire, told in found.items() for name, value in told.items()}
    more = {"only decoding, events per CPU second": limit, "batch": BATCH, "connections": CONNECTIONS}
    return {"ratios": ratios, "figures": figures | more, "machine": about}


if __name__ == "__main__":
    if sys.argv[1:2] == ["generate"]:
        generate(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        print(json.dumps(main(), ensure_ascii=False))
