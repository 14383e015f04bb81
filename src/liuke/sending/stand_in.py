"""A core system to try with: it takes requests for limits, points and coupons, and answers, delays and fails.

What becomes of a request follows from its key alone, so that a trial can be repeated. It lives in memory: started
again it has forgotten what it carried out. It changes nothing anywhere.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from liuke.act.channels.core.channel import REQUESTS
from liuke.act.outbox.channel import Incoming, NotGenuine
from liuke.act.outbox.http_call import Answer, Ask, Call
from liuke.act.outbox.signing import check_signed, signed_headers
from liuke.collect.tracking.running import QuietServer, configured
from liuke.sending.answering import Answering, Reply, said

DECLINED: Final = {"limit": "over_policy", "points": "no_budget", "coupon": "sold_out"}
"""What a request of each kind is declined with."""
_AGAIN_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Manner:
    """Shares of requests, 0 to 1. fails: answered 503 the first time. slow: carried out, but answered only after
    `slow_seconds`. later: taken, and told by receipt after `delay_seconds`; limits always are. declines: of those told
    later, the share that is not carried out.
    """

    fails: float = 0.1
    slow: float = 0.05
    later: float = 0.5
    declines: float = 0.1
    slow_seconds: float = 15.0
    delay_seconds: float = 2.0


@dataclass(slots=True)
class Counts:
    """requests: that came, repeats among them; carried_out, declined: by now."""

    requests: int = 0
    repeats: int = 0
    failed: int = 0
    carried_out: int = 0
    declined: int = 0


@dataclass
class StandIn(Answering):
    """secret: of both directions. receipts: where they are posted to. sleep: passed in by tests."""

    secret: str
    receipts: str
    manner: Manner
    call: Call
    sleep: Callable[[float], None] = time.sleep
    counts: Counts = field(default_factory=Counts)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, bytes] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)
    _due: list[tuple[float, str, str]] = field(default_factory=list)

    def reply(self, path: str, incoming: Incoming, now: datetime) -> Reply:
        """What a request is answered."""
        try:
            check_signed(incoming, self.secret, now)
        except NotGenuine:
            return said(403, "not_genuine")
        try:
            asked = json.loads(incoming.body)
            key, request = str(asked["key"]), str(asked["request"])
        except (ValueError, KeyError, TypeError):
            return said(400, "malformed")
        if request not in REQUESTS:
            return said(422, "unknown_request")
        if incoming.headers.get("idempotency-key") != key:
            return said(400, "no_idempotency_key")
        return self._take(key, request, now)

    def _take(self, key: str, request: str, now: datetime) -> Reply:
        with self._lock:
            self.counts.requests += 1
            if key in self._known:
                self.counts.repeats += 1
                return Reply(200, self._known[key])
            if chance(key, "fails") < self.manner.fails and key not in self._failed:
                self._failed.add(key)
                self.counts.failed += 1
                return said(503, "busy")
            answer = self._known[key] = self._carry_out(key, request, now)
        if chance(key, "slow") < self.manner.slow:
            self.sleep(self.manner.slow_seconds)
        return Reply(200, answer)

    def _carry_out(self, key: str, request: str, now: datetime) -> bytes:
        later = request == "limit" or chance(key, "later") < self.manner.later
        if later:
            heapq.heappush(self._due, (now.timestamp() + self.manner.delay_seconds, key, request))
        else:
            self.counts.carried_out += 1
        return json.dumps({"id": f"CORE-{key}"[:64], "status": "pending" if later else "done"}).encode()

    def tell(self, now: datetime) -> int:
        """Posts the receipts that are due, in one request; how many. What is not taken is brought again."""
        with self._lock:
            due = [heapq.heappop(self._due) for _ in range(self._ready(now))]
        if not due:
            return 0
        body = json.dumps([self._receipt(key, request, now) for _, key, request in due]).encode()
        headers = {"Content-Type": "application/json", **signed_headers(self.secret, body, now)}
        answer = self.call(Ask("POST", self.receipts, headers, body))
        with self._lock:
            if not isinstance(answer, Answer) or answer.status != 200:
                for _, key, request in due:
                    heapq.heappush(self._due, (now.timestamp() + _AGAIN_SECONDS, key, request))
                return 0
            declined = sum(self._declines(key) for _, key, _ in due)
            self.counts.declined += declined
            self.counts.carried_out += len(due) - declined
        return len(due)

    def _ready(self, now: datetime) -> int:
        return sum(at <= now.timestamp() for at, _, _ in self._due)

    def _receipt(self, key: str, request: str, now: datetime) -> dict[str, Any]:
        declined = self._declines(key)
        kind, code = ("undelivered", DECLINED[request]) if declined else ("delivered", "")
        return {"key": key, "kind": kind, "at": now.isoformat(), "code": code}

    def _declines(self, key: str) -> bool:
        return chance(key, "declines") < self.manner.declines


def chance(key: str, what: str) -> float:
    """A number in [0, 1) that belongs to this key and question."""
    return int(hashlib.sha256(f"{what}|{key}".encode()).hexdigest()[:13], 16) / (1 << 52)


def stand_in(service: StandIn, *, port: int) -> None:
    """Listens on this machine until SIGINT or SIGTERM, and brings receipts when they are due."""
    stop = threading.Event()
    teller = threading.Thread(target=_tell_until, args=(service, stop), name="stand-in", daemon=True)
    teller.start()
    try:
        QuietServer(configured(service, host="127.0.0.1", port=port)).run()
    finally:
        stop.set()
        teller.join()


def _tell_until(service: StandIn, stop: threading.Event) -> None:
    while not stop.wait(_LOOK_SECONDS):
        service.tell(datetime.now(UTC))
