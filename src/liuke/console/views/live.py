"""The stream of news that every open page of the console holds."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from liuke.console.acting import person, scope_of
from liuke.console.live.stream import stream
from liuke.govern.access import Scope, may
from liuke.state import sign_ins


@require_GET
async def orders(request: HttpRequest) -> HttpResponseBase:
    """News of the person's orders as server-sent events.

    A server that gives each request a thread (WSGI) would have one held by every open page; it answers 204, after
    which browsers do not come again, and pages show new orders when they are next read.
    """
    scope = await sync_to_async(_allowed)(request)
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    language = str(getattr(request, "LANGUAGE_CODE", "zh-hans"))
    key = str(request.session.session_key)

    async def in_force() -> bool:
        return await sync_to_async(_in_force)(key)

    response = StreamingHttpResponse(stream(scope, language, in_force=in_force), content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"  # nginx would hold events back
    return response


def _allowed(request: HttpRequest) -> Scope:
    if not may(person(request).role, "see_orders"):
        raise PermissionDenied
    return scope_of(request)


def _in_force(session_key: str) -> bool:
    row = sign_ins.found(session_key)
    if row is None or not row.user.is_active:
        return False
    return not sign_ins.past(row, timezone.now(), settings.BANK.sign_in.sessions)
