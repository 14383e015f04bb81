"""What the forms of many pages have in common: the version of what was shown, and words for the record."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from liuke.console.whole_number import whole

_LONGEST: Final = 500


def version_shown(request: HttpRequest) -> int:
    """The version of the row that the page showed; 1 when the form has none."""
    return whole(request.POST.get("version"))


def words(request: HttpRequest, field: str) -> str:
    """A note or a reason as typed, cut to what is kept."""
    return request.POST.get(field, "")[:_LONGEST]
