"""Clusters: groups of customers alike, what sets each apart, what is at stake, and who they are within the scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.figures import is_small, money
from liuke.console.graphics import asset_curve
from liuke.console.reading import lend
from liuke.console.reading.audience import live as live_of
from liuke.console.reading.grouping import Clusters, clusters, members, sizes_of
from liuke.console.sampling import sample_of
from liuke.console.showing import locale
from liuke.errors import YourMistake
from liuke.insight.churn.explain import amount_of
from liuke.insight.clusters.board import ClusterRow, Telling
from liuke.insight.features.registry import FEATURES
from liuke.settings import Name
from liuke.state.actions import record_segment

_FIRST: Final = 4
_FULL: Final = 2.5
"""Standard deviations that fill half of a bar."""


@dataclass(frozen=True, slots=True)
class Apart:
    """One difference in words. part: of the half bar, 0..1; more: whether the cluster has more than the rest."""

    label: str
    own: str
    rest: str
    part: float
    more: bool
    standard_deviations: float


@require_GET
@guarded("see_segments")
def listing(request: HttpRequest) -> HttpResponse:
    """Every cluster with its size, what sets it apart and what is at stake; of the whole bank."""
    with lend() as reader:
        found = clusters(reader)
    rows = [_shown(row, _FIRST) for row in found.board.rows] if found.board else []
    return page(request, "console/clusters.html", "segments", {"rows": rows, "found": found, "board": found.board})


@require_GET
@guarded("see_segments")
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """One cluster: every difference, its sizes; who is in it is asked for by the page afterwards."""
    with lend() as reader:
        found = clusters(reader)
        row = _row(found, number)
        sizes = sizes_of(reader, found.board.model.version, number) if found.board else []
    small = any(is_small(n) for _day, n in sizes)
    curve = None if small else asset_curve([day for day, _n in sizes], [float(n) for _day, n in sizes], 400, 150)
    shown = _shown(row, None)
    context = shown | {"whole": shown, "board": found.board, "curve": curve, "sizes": list(reversed(sizes))}
    return page(request, "console/cluster.html", "segments", context)


@require_GET
@guarded("see_segments")
def live(request: HttpRequest, number: int) -> HttpResponse:
    """Count and masked sample of a cluster within the scope; the look is audited."""
    scope = scope_of(request)
    with lend() as reader:
        board = clusters(reader).board
        if board is None or all(r.cluster.number != number for r in board.rows):
            raise Http404
        try:
            found, mistake = live_of(reader, members(number), scope) if board.as_of else None, None
        except YourMistake as error:
            found, mistake = None, error
    shown = sample_of(found, scope)
    if shown["sample"]:
        record_segment(who_of(request), f"cluster {number}", board.model.version)
    return render(request, "console/parts/segment_live.html", {"live": found, "mistake": mistake, **shown})


def starter(name: Name) -> str:
    """A segment file for the customers of a cluster, to begin from."""
    zh, en = name.zh, name.en
    return (
        f"name: {{zh: {zh}, en: {en}}}\ndescription:\n  zh: 聚类「{zh}」的客户\n  en: Customers of the cluster {en}\n"
        f"owner: 数字运营部\nrule: {{attribute: cluster, value: {zh}}}\n"
    )


def _row(found: Clusters, number: int) -> ClusterRow:
    row = found.row(number)
    if row is None:
        raise Http404
    return row


def _shown(row: ClusterRow, first: int | None) -> dict[str, Any]:
    """A cluster as the page shows it; of one too small no figure but its name."""
    size = row.size
    hidden = size is not None and is_small(size["customers"])
    english = locale() == "en"
    name = row.cluster.name
    return {
        "number": row.cluster.number,
        "title": name.en if english else name.zh,
        "other": name.zh if english else name.en,
        "size": size,
        "hidden": hidden,
        "warned": None if size is None or hidden else size["warned"] / size["customers"],
        "apart": [] if hidden else list(_apart(row.tellings[:first])),
    }


def _apart(tellings: Iterable[Telling]) -> Iterable[Apart]:
    for t in tellings:
        feature = FEATURES.get(t.feature)
        unit = feature.unit if feature else "ratio"
        label = t.feature if feature is None else feature.en if locale() == "en" else feature.zh
        own, rest = (money(v) if unit == "currency" else amount_of(v, unit, locale()) for v in (t.mean, t.rest))
        far = t.standard_deviations
        yield Apart(label, own, rest, min(1.0, abs(far) / _FULL), far > 0, far)
