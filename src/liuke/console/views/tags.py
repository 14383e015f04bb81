"""The tag catalogue: what each tag means, who answers for it, whom it covers, where it comes from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from liuke.console import labels
from liuke.console.acting import guarded, page
from liuke.console.reading import lend
from liuke.console.reading.audience import catalogue, tag_board
from liuke.console.rule_words import rule_tree
from liuke.console.showing import locale


@require_GET
@guarded("see_segments")
def listing(request: HttpRequest) -> HttpResponse:
    """Tags by group, with the coverage of the last run; `group` and `q` narrow them."""
    with lend() as reader:
        known = catalogue(reader)
        rows = tag_board(reader, known)
    english = locale() == "en"
    groups = list(dict.fromkeys(row.tag.group.en if english else row.tag.group.zh for row in rows))
    chosen, text = request.GET.get("group", ""), request.GET.get("q", "").strip()[:64].lower()
    shown = []
    for row in rows:
        tag = row.tag
        group = tag.group.en if english else tag.group.zh
        if chosen in groups and group != chosen:
            continue
        if text and not any(text in words.lower() for words in (tag.code, tag.name.zh, tag.name.en, tag.owner)):
            continue
        shown.append(
            {
                "row": row,
                "tag": tag,
                "group": group,
                "title": tag.title(locale()),
                "other": tag.name.zh if english else tag.name.en,
                "description": tag.description.en if english else tag.description.zh,
                "tree": rule_tree(tag.rule, known.tags, known.segments, known.codes),
            }
        )
    context = {
        "rows": shown, "groups": groups, "chosen": chosen, "text": request.GET.get("q", "")[:64], "total": len(rows),
        "mistake": known.mistake, "uses": labels.USES,
    }  # fmt: skip
    return page(request, "console/tags.html", "segments", context)
