"""The API's own way through the server: a few threads that keep their database connections.

Django's ASGI handler gives every request a new thread, and with it a new connection to the database, and leads it
through sessions and forms; for a question that is answered from memory this is more work than the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, Final

from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import resolve

PREFIX: Final = "/api/v1/"
THREADS: Final = 16
"""Most of them wait for the disk: so many audit rows can go there in one commit."""
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class ApiFront:
    """An ASGI application: reads below PREFIX are answered here, everything else by `others`."""

    def __init__(self, others: App) -> None:
        self._others = others
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="liuke-api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            await self._others(scope, receive, send)
            return
        answer = await asyncio.get_running_loop().run_in_executor(self._pool, answered, scope)
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.items()]
        headers.append((b"content-length", str(len(answer.content)).encode()))
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content})


def answered(scope: Scope) -> HttpResponse:
    """The answer, on a thread of the pool."""
    request = ASGIRequest(scope, BytesIO())
    try:
        answer = _secured(request)
    finally:
        _keep_connections()
    assert isinstance(answer, HttpResponse)
    return answer


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
