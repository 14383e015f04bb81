"""Pieces of HTML. Every text that comes from data passes `html.escape` here."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

from liuke.insight.churn.learning.card.facts import Text


def esc(text: object) -> str:
    """Text safe inside HTML and attributes."""
    return html.escape(str(text))


def both(zh: str, en: str) -> str:
    """The text in both languages; the page's switch shows one of them."""
    if zh == en:
        return esc(zh)
    return f'<span class="zh">{esc(zh)}</span><span class="en" lang="en">{esc(en)}</span>'


def say(text: Text) -> str:
    """`both` of a Text."""
    return both(text.zh, text.en)


def number(value: float | None, digits: int = 3) -> str:
    """A rounded figure; an em dash where there is none."""
    return "—" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def share(value: float | None, digits: int = 1) -> str:
    """A share as a percentage."""
    return "—" if value is None or math.isnan(value) else f"{100 * value:.{digits}f}%"


def people(value: int) -> str:
    """A count with thousands separators."""
    return f"{value:,}"


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of ready cells; the first column names, the others are figures."""
    head = "".join(f'<th scope="col"{"" if k == 0 else " class=num"}>{h}</th>' for k, h in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{cell}</th>' if k == 0 else f'<td class="num">{cell}</td>' for k, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def section(title: Text, lead: Text | None, body: str, *, wide: bool = False) -> str:
    """A card with a heading, a sentence on how to read it, and its content."""
    said = f'<p class="lead">{say(lead)}</p>' if lead else ""
    return f'<section class="card{" wide" if wide else ""}"><h2>{say(title)}</h2>{said}{body}</section>'
