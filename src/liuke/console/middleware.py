"""What every answer of the console carries: the content security policy, the language, no caching of people."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import translation
from django_htmx.middleware import HtmxDetails

from liuke.console.address import without_search

Answer = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    f"{part} {sources}"
    for part, sources in {
        "default-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }.items()
)
"""Only our own files, no inline script or style: everything else the browser must refuse."""
PERMISSIONS = ", ".join(
    f"{name}=()" for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "serial", "usb")
)
"""What no page of ours ever asks the browser for."""


class ContentSecurityPolicy:
    """Adds the policy, and forbids caches to keep pages, because they show customers."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request and adds the headers."""
        response = _whole_page_for_log_in(request, self.get_response(request))
        response.headers.setdefault("Content-Security-Policy", POLICY)  # a model card brings a stricter one
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if pushed := without_search(request, response):
            response["HX-Push-Url"] = pushed
        if not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "no-store"
        return response


def _whole_page_for_log_in(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """After a session ended, htmx would put the log-in page into the drawer: it is told to leave the page instead, for
    one that leads back to the page (not to the part of it that was asked for) and says why.
    """
    to = response.headers.get("Location", "")
    if request.headers.get("HX-Request") and response.status_code == 302 and to.startswith(settings.LOGIN_URL):
        query = {**dict(parse_qsl(urlsplit(to).query)), "next": HtmxDetails(request).current_url_abs_path or ""}
        said = urlencode({name: value for name, value in query.items() if value})
        return HttpResponse(status=204, headers={"HX-Redirect": f"{settings.LOGIN_URL}{'?' if said else ''}{said}"})
    return response


class NoNullBytes:
    """Refuses addresses and forms with a null byte: no name has one, and PostgreSQL can store none."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request, or 400."""
        form = request.content_type == "application/x-www-form-urlencoded"
        parts = (request.path.encode(), request.META.get("QUERY_STRING", "").encode(), request.body if form else b"")
        if any(b"\x00" in part or b"%00" in part for part in parts):
            return HttpResponseBadRequest()
        return self.get_response(request)


class Language:
    """Chinese first: the person's own choice, then the cookie, then the bank's language; never the browser's."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request in the chosen language."""
        language = chosen_language(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def chosen_language(request: HttpRequest) -> str:
    """'zh-hans' or 'en'."""
    known = [code for code, _ in settings.LANGUAGES]
    own = request.user.language if request.user.is_authenticated else ""
    wishes = (own, request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME), settings.LANGUAGE_CODE)
    return next((wish for wish in wishes if wish in known), known[0])
