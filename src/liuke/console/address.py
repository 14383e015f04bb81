"""The address a page leaves in the browser: never with what somebody searched for, which may be a name or phone."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse

_LISTS: Final = ("orders", "customers", "warnings", "")
"""Ids of the lists that htmx reads again; '' where it replaces the whole body (the search on top)."""
_SEARCH: Final = "q"


def without_search(request: HttpRequest, response: HttpResponse) -> str:
    """What htmx shall push to the address bar and the history for a list it read; '' for nothing.

    Nothing is pushed for other parts, and when the address stands there already.
    """
    asked = request.method == "GET" and request.headers.get("HX-Request") and response.status_code == 200
    if not asked or request.headers.get("HX-Target", "") not in _LISTS:
        return ""
    shown, kept = urlsplit(request.headers.get("HX-Current-URL", "")), _kept(request.META.get("QUERY_STRING", ""))
    if shown.path == request.path and _kept(shown.query) == kept and _SEARCH not in dict(parse_qsl(shown.query)):
        return ""
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def _kept(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in parse_qsl(query) if name != _SEARCH]
