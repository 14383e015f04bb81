"""Segments: the catalogue, one segment live in the person's scope, who moved and why, drafts, exports."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, trouble, who_of
from liuke.console.changing import waiting_texts
from liuke.console.figures import is_small
from liuke.console.graphics import asset_curve
from liuke.console.reading import lend
from liuke.console.reading.audience import (
    Catalogue,
    catalogue,
    changed,
    days_of,
    rule_data_of,
    segment_board,
)
from liuke.console.reading.audience import draft as draft_of
from liuke.console.reading.audience import live as live_of
from liuke.console.reading.grouping import clusters
from liuke.console.rule_words import rule_tree
from liuke.console.sampling import hides, sample_of
from liuke.console.showing import locale, rights
from liuke.console.views.clusters import starter
from liuke.errors import YourMistake
from liuke.insight.content_hash import content_hash
from liuke.insight.rules.vocabulary import ATTRIBUTES
from liuke.insight.segments.catalogue import Segment
from liuke.insight.segments.export import ExportRequest, TooFew, TooMany, export_segment
from liuke.insight.tags.catalogue import Tag
from liuke.state.actions import record_segment
from liuke.state.actions.change_segment_text import SEGMENT_TEXTS
from liuke.state.actions.long_export import GROWTH, ask_long_export, let_go, spend
from liuke.state.actions.whole_bank import has_rights
from liuke.state.audit import append

LONGEST_RULE: Final = 20_000
"""Characters of a rule that is tried out: some ten times the longest of ours."""
_STARTER: Final = """name: {zh: 我的客群, en: My segment}
description:
  zh: 资产20万以上且30天没有主动交易
  en: Assets of 200,000 or more, 30 days without an own transaction
owner: 数字运营部
rule:
  all:
    - {feature: aum, op: ">=", value: 200000}
    - did: transaction
      within: 30
      where: {column: initiator, value: customer}
      op: "=="
      value: 0
"""


@require_GET
@guarded("see_segments")
def listing(request: HttpRequest) -> HttpResponse:
    """Every segment with its last size and change, of the whole bank."""
    with lend() as reader:
        known = catalogue(reader)
        rows = segment_board(reader, known)
    shown = [{"row": row, "title": row.segment.title(locale())} | _other_name(row.segment) for row in rows]
    context = {"rows": shown, "mistake": known.mistake, "uses": labels.USES}
    context |= waiting_texts(SEGMENT_TEXTS, scope_of(request))
    return page(request, "console/segments.html", "segments", context)


@require_GET
@guarded("see_segments")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One segment: its rule in words, its sizes; what is live is asked for by the page afterwards."""
    with lend() as reader:
        known = catalogue(reader)
        segment = _named(known, code)
        [row] = [r for r in segment_board(reader, known) if r.segment.code == code]
        days = days_of(reader, segment)
    context: dict[str, Any] = {
        "segment": segment,
        "row": row,
        "title": segment.title(locale()),
        **_other_name(segment),
        "tree": rule_tree(segment.rule, known.tags, known.segments, known.codes),
        "uses": labels.USES,
        "curve": _curve(row.sizes),
        "sizes": list(reversed(row.sizes)),
        "days": days,
        "since": days[-2] if len(days) > 1 else None,
        "can_export": "export" in rights(scope_of(request)),
        "edits": has_rights(scope_of(request), "edit_rules"),
    }
    return page(request, "console/segment.html", "segments", context)


@require_GET
@guarded("see_segments")
def live(request: HttpRequest, code: str) -> HttpResponse:
    """Count and masked sample of a segment now, within the scope; the look is audited."""
    with lend() as reader:
        segment = _named(catalogue(reader), code)
        try:
            found, mistake = live_of(reader, segment.rule, scope_of(request)), None
        except YourMistake as error:
            found, mistake = None, error
    shown = sample_of(found, scope_of(request))
    if shown["sample"]:
        record_segment(who_of(request), code, segment.version)
    return render(request, "console/parts/segment_live.html", {"live": found, "mistake": mistake, **shown})


@require_GET
@guarded("see_segments")
def changes(request: HttpRequest, code: str) -> HttpResponse:
    """Who entered and left between two days of snapshots, within the scope, and which condition turned."""
    with lend() as reader:
        known = catalogue(reader)
        segment = _named(known, code)
        days = days_of(reader, segment)
        asked = _day(request.GET.get("since", ""))
        if len(days) < 2 or asked not in days[:-1]:
            raise Http404
        try:
            found, mistake = changed(reader, segment, (asked, days[-1]), scope_of(request)), None
        except YourMistake as error:
            found, mistake = None, error
    withheld = bool(found and hides(found.entered + found.left, scope_of(request)))
    if found and found.people and not withheld:
        record_segment(who_of(request), code, segment.version)
    named = [(reason, _titles(known, reason.names)) for reason in found.reasons] if found else []
    context = {
        "change": found,
        "reasons": named,
        "mistake": mistake,
        "directions": labels.DIRECTIONS,
        "withheld": withheld,
        "unexplained": [_attribute(name) for name in found.unexplained] if found else [],
    }
    return render(request, "console/parts/segment_changes.html", context)


@require_http_methods(["GET", "POST"])
@guarded("see_segments")
def draft(request: HttpRequest) -> HttpResponse:
    """A rule tried out before it is saved: a page with the text, answered by count and sample or by findings."""
    stores = {"can_store": has_rights(scope_of(request), "edit_rules")}
    if request.method == "GET":
        return page(request, "console/segment_draft.html", "segments", stores | {"text": _draft_text(request)})
    text = request.POST.get("rule", "").replace("\r\n", "\n")
    if len(text) > LONGEST_RULE:
        return render(request, "console/parts/segment_findings.html", {"too_long": LONGEST_RULE}, status=422)
    with lend() as reader:
        found = draft_of(reader, catalogue(reader), text, scope_of(request))
    shown = sample_of(found, scope_of(request))
    if shown["sample"]:
        record_segment(who_of(request), "draft", content_hash(text))
    context = {"preview": found, **shown}
    if request.headers.get("HX-Request"):
        return render(request, "console/parts/segment_findings.html", context)
    return page(request, "console/segment_draft.html", "segments", context | stores | {"text": text})


@require_POST
@guarded("export")
def export(request: HttpRequest, code: str) -> HttpResponse:
    """The members in scope as a masked, watermarked CSV file; audited with the reason before it is written."""
    reason = request.POST.get("reason", "").strip()[:200]
    if len(reason) < 4:
        return trouble(request, 422, _("导出需要理由"), _("请返回，用至少四个字写明导出的用途。没有生成文件。"))
    who, alone = who_of(request), settings.BANK.masking.export_alone
    with tempfile.TemporaryDirectory(prefix="liuke-export-") as folder, lend() as reader:
        segment = _named(catalogue(reader), code)
        data = rule_data_of(reader, segment)
        if data is None:
            raise Http404
        free = let_go(who, code, segment.version)
        most = max(alone, int(free.rows * GROWTH)) if free else alone
        wish = ExportRequest(who.scope, reason, who.at, locale(), settings.BANK.small_group, most)
        try:
            made = export_segment(reader.engine, segment, data, Path(folder) / f"{code}.csv", wish, append)
        except TooFew:
            few = _("您管辖范围内的人数太少，名单会指向个人。没有生成文件；需要时请由客户经理或行长处理。")
            return trouble(request, 422, _("人数太少，不能导出"), few)
        except TooMany as error:
            ask_long_export(who, code, segment.version, error.rows, reason)
            asked = _("{n} 户，超过一人可导出的 {most} 户。已请第二人复核；批准后请在 24 小时内回来再导出一次。")
            return trouble(request, 202, _("已提交复核"), asked.format(n=error.rows, most=alone))
        if free and made.rows > alone and not spend(who, free):
            made.path.unlink()
            return trouble(request, 409, _("已经导出过"), _("批准的导出只能用一次。需要再导出请重新申请。"))
        handle = made.path.open("rb")  # stays readable after the folder is gone, and no copy stays behind
    name = f"{code}-{data.day}-{made.export_id}.csv"
    answer = FileResponse(handle, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
    return cast(HttpResponse, answer)


def _named(known: Catalogue, code: str) -> Segment:
    if code not in known.segments:
        raise Http404
    return known.segments[code]


def _titles(known: Catalogue, codes: tuple[str, ...]) -> list[str]:
    """Tags and segments on the way to a condition, in the page's language."""
    both: dict[str, Segment | Tag] = {**known.segments, **known.tags}
    return [both[code].title(locale()) if code in both else code for code in codes]


def _attribute(name: str) -> str:
    """An attribute of the rule language in words."""
    found = ATTRIBUTES.get(name)
    return name if found is None else found.en if locale() == "en" else found.zh


def _other_name(segment: Segment) -> dict[str, str]:
    """The name in the other language, and the description in the page's."""
    english = locale() == "en"
    return {
        "other": segment.name.zh if english else segment.name.en,
        "description": segment.description.en if english else segment.description.zh,
    }


def _curve(sizes: tuple[tuple[date, int], ...]) -> Any:
    if any(is_small(n) for _day, n in sizes):
        return None  # a line would tell what the table does not
    return asset_curve([day for day, _n in sizes], [float(n) for _day, n in sizes], 400, 150)


def _draft_text(request: HttpRequest) -> str:
    """The file of a segment to begin from, else a small example."""
    code, number = request.GET.get("from", ""), request.GET.get("cluster", "")
    if not code and not number.isdecimal():
        return _STARTER
    with lend() as reader:
        if not code:
            row = clusters(reader).row(int(number[:4]))
            return starter(row.cluster.name) if row else _STARTER
        segment = _named(catalogue(reader), code)
        return (reader.house.home / "segments" / f"{segment.code}.yaml").read_text(encoding="utf-8-sig")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
