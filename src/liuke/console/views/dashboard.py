"""The operations dashboard: tiles, treated against hold-out, the effect, the funnel, branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liuke.console.acting import guarded, page, scope_of
from liuke.console.choices import branch_names, staff_names
from liuke.console.curve_chart import curve_chart
from liuke.console.figures import count, money, points, share
from liuke.console.graphics import Curve, sparkline
from liuke.console.reading import data_date, lend
from liuke.console.reading.effect_board import SPANS, Board
from liuke.console.reading.effect_board import board as board_of
from liuke.console.reading.punctual import Punctuality, punctuality
from liuke.console.showing import locale
from liuke.stats.compare import Interval


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: value with unit, a line below it (with the reason when there is no value), and its series."""

    label: str
    value: str
    unit: str
    more: str
    spark: Curve | None = None
    look: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel; part: of the first step; kept: of the step before, None for the first."""

    label: str
    count: int
    part: float
    kept: float | None


@require_GET
@guarded("see_effect")
def board(request: HttpRequest) -> HttpResponse:
    """The page. Before the first run it says what is missing and shows no number."""
    scope, day = scope_of(request), data_date().day
    asked = request.GET.get("span", "")
    span = int(asked) if asked in {str(s) for s in SPANS} else SPANS[1]
    context: dict[str, Any] = {"span": span, "spans": [(s, s // 7) for s in SPANS], "day": day}
    if day is None:
        return page(request, "console/dashboard.html", "dashboard", context)
    with lend() as reader:
        made = board_of(reader, scope, day, span)
    orders = punctuality(scope, timezone.now(), span)
    context |= {
        "board": made,
        "effect": made.effect,
        "tiles": _tiles(made, orders),
        "findings": [(f.severity, f.text(locale())) for f in made.effect.findings],
        "steps": _steps(made),
        "figures": _figures(made),
        "curve": curve_chart(made.curve),
        "rank_names": _rank_names(made),
    }
    return page(request, "console/dashboard.html", "dashboard", context)


def _rank_names(made: Board) -> dict[str, str]:
    keys = [row.key for row in made.ranks]
    return staff_names(keys) if made.ranks_rms else branch_names(keys)


def _tiles(made: Board, orders: Punctuality) -> list[Tile]:
    effect, funnel = made.effect, made.funnel
    lift = effect.difference
    immature = _("观察期未满，暂不可知")
    reached = funnel.contacted / funnel.treated if funnel.treated else None
    treated_share = effect.treated.retained_share
    weeks = [report.treated.retained_share.estimate for _w, report in made.weeks if report.treated.retained_share]
    return [
        Tile(
            _("留存率({n} 天，干预组)").format(n=made.horizon_days),
            share(treated_share.estimate) if treated_share else "—",
            "",
            _("{points} 个百分点，较对照组").format(points=points(lift.estimate)) if lift else immature,
            sparkline(weeks),
        ),
        Tile(
            _("净挽留客户"),
            _plain(effect.saved_customers),
            _("户") if effect.saved_customers else "",
            _range(effect.saved_customers, whole=True) or immature,
        ),
        Tile(
            _("净挽留资产"),
            money(effect.saved_aum_adjusted.estimate) if effect.saved_aum_adjusted else "—",
            "",
            _range(effect.saved_aum_adjusted) or immature,
        ),
        Tile(
            _("预警客户"),
            count(made.warned.total),
            _("户"),
            _("红 {red} · 橙 {orange} · 黄 {yellow}").format(
                red=made.warned.red, orange=made.warned.orange, yellow=made.warned.yellow
            ),
            sparkline([n for _day, n in made.warned_days]),
        ),
        Tile(
            _("工单 SLA 达成率"),
            share(orders.share),
            "",
            _("{n} 张到期，{k} 张按时").format(n=count(orders.due), k=count(orders.in_time))
            if orders.due
            else _("这段时间没有到期的工单"),
            sparkline(orders.weeks),
        ),
        Tile(
            _("触达率"),
            share(reached),
            "",
            _("派单 {n} 户，触达 {k} 户").format(n=count(funnel.treated), k=count(funnel.contacted))
            if funnel.treated
            else _("这段时间没有派单"),
        ),
    ]


def _steps(made: Board) -> list[Step]:
    funnel = made.funnel
    named = [
        (_("预警决策"), funnel.decided),
        (_("派单"), funnel.treated),
        (_("触达"), funnel.contacted),
        (_("接通"), funnel.reached),
    ]
    first = named[0][1] or 1
    steps, before = [], None
    for label, n in named:
        steps.append(Step(label, n, n / first, n / before if before else None))
        before = n
    # Retention is known for those whose time is over, reached or not: its share is of them, not of the step above.
    kept = funnel.retained / funnel.measured if funnel.measured else None
    return [*steps, Step(_("留存"), funnel.retained, funnel.retained / first, kept)]


def _figures(made: Board) -> list[tuple[str, str, str, Interval | None]]:
    """Label, estimate, interval in words, interval for the whisker."""
    effect = made.effect
    lift = effect.difference
    rows: list[tuple[str, str, str, Interval | None]] = [
        (
            _("留存率差"),
            f"{points(lift.estimate)} pp" if lift else "—",
            f"[{points(lift.low)}, {points(lift.high)}]" if lift else "",
            lift,
        ),
        (_("挽留客户"), _plain(effect.saved_customers), _bounds(effect.saved_customers, whole=True), None),
        (
            _("挽留资产(校正后)"),
            money(effect.saved_aum_adjusted.estimate) if effect.saved_aum_adjusted else "—",
            _bounds(effect.saved_aum_adjusted),
            None,
        ),
        (
            _("挽留资产(未校正)"),
            money(effect.saved_aum.estimate) if effect.saved_aum else "—",
            _bounds(effect.saved_aum),
            None,
        ),
    ]
    return rows


def _plain(interval: Interval | None) -> str:
    return "—" if interval is None else count(round(interval.estimate))


def _bounds(interval: Interval | None, *, whole: bool = False) -> str:
    if interval is None:
        return ""
    ends = [count(round(e)) if whole else money(e) for e in (interval.low, interval.high)]
    return f"[{ends[0]}, {ends[1]}]"


def _range(interval: Interval | None, *, whole: bool = False) -> str:
    return _("95% 区间 {bounds}").format(bounds=_bounds(interval, whole=whole)) if interval else ""
