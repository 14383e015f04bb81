"""Addresses of the API, below /api/v1/."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from liuke.api.application_operations import router as applications
from liuke.api.entrance import KeyAuth
from liuke.api.metrics import router as metrics
from liuke.api.operations import router
from liuke.api.problem import Problem
from liuke.errors import LiukeError

_log = logging.getLogger("liuke.api")


class PlainJson(Parser):
    """JSON whose texts every database can store: no null bytes, no halves of characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body; ValueError for what is none, which becomes `invalid`."""
        found = super().parse_body(request)
        if b"\x00" in json.dumps(found, ensure_ascii=False).replace("\\u0000", "\x00").encode():
            raise ValueError("a null byte")
        return found


api = NinjaAPI(
    title="留客 Liuke",
    version="1",
    description="客户摘要、下一步动作、快捷入口、申请进度。Profile summary, next best action, shortcuts, progress of "
    "applications. Errors: RFC 9457.",
    auth=KeyAuth(),
    parser=PlainJson(),
    docs_url=None,
    openapi_url=None,  # below, behind a key
    urls_namespace="api",
)
api.add_router("customers", router)
api.add_router("applications", applications)
api.add_router("metrics", metrics)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return error.response()


@api.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return Problem("no_key").response()


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    told = [{"field": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors]
    return Problem("invalid", more={"errors": told}).response()


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return Problem("too_large").response()


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON, nests too deeply, or holds what no database stores."""
    return Problem("invalid", more={"errors": [{"field": "body", "what": "not readable as JSON"}]}).response()


@api.exception_handler(LiukeError)
def _try_again(request: HttpRequest, error: LiukeError) -> HttpResponse:
    _log.warning("not answered: %s", type(error).__name__)
    return Problem("try_again", retry_after=1).response()


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("broken: %s", type(error).__name__, exc_info=error)
    return Problem("broken").response()


@api.get("/openapi.json", include_in_schema=False)
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for anyone with a key."""
    return JsonResponse(api.get_openapi_schema(), json_dumps_params={"ensure_ascii": False})


@login_not_required
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """No page of the console for a mistyped address."""
    return Problem("unknown").response()


def _without_log_in(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Keys instead of sessions: LoginRequiredMiddleware would send a machine to the log-in page."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            login_not_required(pattern.callback)
    return patterns


app_name = "api"
urlpatterns = [*_without_log_in(api.urls[0]), path("<path:rest>", nothing)]
