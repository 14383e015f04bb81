"""The API's own way through the server: a few threads that keep their database connections.

Django's ASGI handler gives every request a new thread, and with it a new connection to the database, and leads it
through sessions and forms; for a question that is answered from memory this is more work than the answer. Audit rows
are written together; no answer leaves before its own is on disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, Final

from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import resolve

from liuke.api.problem import Problem
from liuke.govern.audit import AuditRecord
from liuke.state.audit_together import Together, owing

_log = logging.getLogger("liuke.api")
PREFIX: Final = "/api/v1/"
THREADS: Final = 4
"""A question that must ask the gates takes some hundred times as long as others, which pass it on the other threads."""
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class ApiFront:
    """An ASGI application: reads below PREFIX are answered here, everything else by `others`."""

    def __init__(self, others: App) -> None:
        self._others = others
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="liuke-api")
        self._together = Together(_keep_connections)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            await self._others(scope, receive, send)
            return
        answer, rows = await asyncio.get_running_loop().run_in_executor(self._pool, answered, scope)
        if rows:
            answer = await self._recorded(answer, rows)
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.items()]
        headers.append((b"content-length", str(len(answer.content)).encode()))
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content})

    async def _recorded(self, answer: HttpResponse, rows: Sequence[AuditRecord]) -> HttpResponse:
        """The answer once its rows are written; without them there is no answer."""
        try:
            await self._together.written(rows)
        except Exception as error:
            _log.error("not answered, the audit row was not written: %s", type(error).__name__, exc_info=error)
            answer = Problem("broken").response()
            answer["Cache-Control"] = "no-store"
        return answer


def answered(scope: Scope) -> tuple[HttpResponse, list[AuditRecord]]:
    """The answer, made on a thread of the pool, and the audit rows without which it must not leave."""
    request = ASGIRequest(scope, BytesIO())
    try:
        with owing() as rows:
            answer = _secured(request)
    finally:
        _keep_connections()
    assert isinstance(answer, HttpResponse)
    return answer, rows


def _view(request: HttpRequest) -> HttpResponse:
    found = resolve(request.path_info)
    answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
    answer["Cache-Control"] = "no-store"
    return answer


_secured = SecurityMiddleware(_view)


def _keep_connections() -> None:
    """What Django does after a request, but for closing: SQLite stays open, a server's connection while it is good."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" or connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()
