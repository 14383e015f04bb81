"""Tags and filters of the console's templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.http import HttpRequest, QueryDict
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from liuke.console import figures, mistakes, navigation, reading
from liuke.console.labels import tier_look
from liuke.console.questions.tabs import TABS
from liuke.errors import OurBug, Said, TryAgain
from liuke.insight.segments.preview import RuleFinding

register = template.Library()
_DIST = Path(__file__).parent.parent / "static" / "liuke" / "dist"

for _filter in (
    figures.money, figures.exact, figures.signed, figures.share, figures.points, figures.count, figures.day,
    figures.moment, figures.group, figures.moves, figures.is_small, figures.micros, figures.took, figures.milliseconds,
):  # fmt: skip
    register.filter(_filter.__name__, _filter)
register.filter("tier_look", tier_look)
register.filter("mistakes", mistakes.told)


@register.filter
def said(note: Said) -> str:
    """A sentence of the library in the page's language, else in English."""
    return mistakes.sentence(note) or note.text


@register.filter
def finding_mistakes(finding: RuleFinding) -> list[mistakes.Told]:
    """What a finding says: every mistake that stops a rule, or the remark itself."""
    if finding.mistakes:
        return mistakes.told_all(finding.mistakes)
    return [mistakes.Told(finding.text, finding.line, finding.key, "")]


@cache
def _manifest() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((_DIST / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TryAgain(
            "the console's scripts and styles are not built",
            state="nothing is lost; pages cannot be shown",
            then="make assets   # then start the console again",
        ) from error
    return found


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file, with the hash of its content in the name."""
    if name not in _manifest():
        raise OurBug(f"no built file is called {name}", then="run `make assets`; report it if it stays")
    return static(f"liuke/dist/{_manifest()[name]}")


def asset_text(name: str) -> str:
    """The text of a built file, to be written into a page that stands alone."""
    return (_DIST / _manifest()[name]).read_text(encoding="utf-8")


@register.simple_tag
def icon(name: str, look: str = "") -> SafeString:
    """An icon of icons.txt from the sprite; hidden from screen readers, for text stands beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', look, asset("icons.svg"), name
    )


@register.simple_tag(takes_context=True)
def side_bar(context: dict[str, Any]) -> dict[str, Any]:
    """entries: those of the person's role, and whether a phone shows them without asking. folded: whether it shows not
    all of them; here: whether the page is among those it does not show.
    """
    role, here = context["request"].user.role, context.get("here")
    main = navigation.main_of(role)
    entries = [(entry, entry.url in main) for entry in navigation.entries_for(role)]
    rest = {entry.url for entry, shown in entries if not shown}
    return {"entries": entries, "folded": bool(rest), "here": here in rest}


@register.simple_tag
def analysis_tabs() -> list[tuple[str, str, Any, str]]:
    """Kinds of questions about behaviour that have a page: url name, icon, label, kind."""
    return [(f"analysis_{kind}", icon_name, label, kind) for kind, (icon_name, label) in TABS.items()]


@register.simple_tag
def data_date() -> reading.DataDate:
    """As of which business day the bank's data stand."""
    return reading.data_date()


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The page's query string with some keys changed; None removes one."""
    request: HttpRequest = context["request"]
    query: QueryDict = request.GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else request.path


@register.simple_tag(takes_context=True)
def part_link(context: dict[str, Any], part: str, **changes: Any) -> SafeString:
    """The attributes of a link that reads one part of the page again, its `id`, with some query keys changed.

    The search text is asked for by htmx only: it stands in no address that is shown, opened anew or kept.
    """
    plain, asked = with_query(context, **changes, q=None), with_query(context, **changes)
    return format_html(
        'href="{}" hx-get="{}" hx-target="#{}" hx-select="#{}" hx-swap="outerHTML"', plain, asked, part, part
    )


@register.filter
def epoch(value: datetime | None) -> str:
    """An aware datetime as epoch milliseconds, for the countdown script."""
    return "" if value is None else str(int(value.timestamp() * 1000))


@register.filter
def surname(name: str | None) -> str:
    """The first character of a name, or ·."""
    return (name or "").strip()[:1] or "·"


@register.filter
def direction(value: Any) -> str:
    """'up', 'down' or ''."""
    return "" if not value else "up" if value > 0 else "down"


@register.filter
def arrow(value: Any) -> str:
    """▲ for more, ▼ for less: colour never says it alone."""
    return "" if not value else "▲" if value > 0 else "▼"


@register.filter
def times(value: Any, factor: float) -> str:
    """A product, as a plain number for SVG attributes."""
    return f"{float(value or 0) * float(factor):.2f}"


@register.filter
def up_to(value: int) -> range:
    """range(value)."""
    return range(value)


@register.filter
def get(holder: Any, key: Any) -> Any:
    """holder[key] of a mapping or a list, or nothing."""
    return holder.get(key) if isinstance(holder, Mapping) else holder[key]


@register.filter
def field(holder: Any, name: str) -> Any:
    """An attribute named by a variable."""
    return getattr(holder, name)


@register.filter
def add_to(value: float, more: float) -> str:
    """A sum, as a plain number for SVG attributes."""
    return f"{float(value) + float(more):.1f}"


@register.filter
def plain(value: float) -> str:
    """A number for SVG attributes, the same in every language."""
    return f"{float(value):g}"


@register.filter
def whole(value: float) -> str:
    """A rounded count with thousands separators, also below zero."""
    return figures.whole(value)


@register.filter
def fade(step: int) -> str:
    """An opacity that falls with each step of the funnel."""
    return f"{max(0.4, 1 - 0.12 * step):.2f}"
