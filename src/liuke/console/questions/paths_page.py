"""路径: what people do after one another within a session, where they go on and where they stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from liuke.console.figures import NOTHING, group, is_small, share, smallest
from liuke.console.questions import happenings, words
from liuke.console.questions.asking_page import QuestionPage
from liuke.console.questions.fields import WHOM, Fields, as_share, as_whole
from liuke.console.questions.files import Sheet
from liuke.console.questions.funnel_form import form_of, written_steps
from liuke.console.questions.happenings import happening
from liuke.console.questions.whom import unit_of
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.rhythms import PathsAnswer, paths_answer
from liuke.console.reading.rule_bench import event_names
from liuke.insight.paths.reading import Link, PathsReading
from liuke.insight.paths.spec import Paths
from liuke.yaml_file import parse_yaml

NAMES: Final = (*WHOM, *happenings.NAMES, "side", "long", "gap", "least", "repeats", "errors")
NONE: Final = "none"
"""The step's value where paths begin with the session."""


def question_of(fields: Fields) -> Paths:
    """What the fields ask. Raises YourMistake with every mistake."""
    form = form_of(fields)
    written: dict[str, Any] = {
        "at": "end" if fields.one("side") == "end" else "start",
        "steps": as_whole(fields.one("long", "5")),
        "gap": f"{fields.one('gap', '30')}m",
        "least": as_share(fields.one("least", "1")),
        "collapse": fields.one("repeats") != "1",
        "unit": unit_of(fields),
    }
    if form.steps and form.steps[0] != NONE:
        written["anchor"] = written_steps(form)[0]
    if fields.one("errors"):
        written["errors"] = happening(fields.one("errors"))
    return parse_yaml(yaml.safe_dump(written, allow_unicode=True), Paths, "paths")


def _usual(fields: Fields, seen: Sequence[Seen]) -> Fields:
    return Fields({**fields.values, "step": (NONE,)})


def _settings(fields: Fields) -> dict[str, Any]:
    return {
        "sides": {"start": _("从它开始"), "end": _("到它为止")},
        "side": fields.one("side", "start"),
        "long": fields.one("long", "5"),
        "gap": fields.one("gap", "30"),
        "least": fields.one("least", "1"),
        "repeats": fields.one("repeats") == "1",
        "errors": fields.one("errors"),
        "none": NONE,
    }


def _shown(found: PathsAnswer, fields: Fields) -> dict[str, Any]:
    reading = found.reading
    return {
        "tiles": _tiles(reading),
        "paths": _paths(reading),
        "links": _links(reading),
        "chart": _sankey(reading, is_to_end=fields.one("side") == "end" and fields.one("step") != NONE),
        "dwell": _dwell(found),
        "has_errors": bool(fields.one("errors")),
    }


def _dwell(found: PathsAnswer) -> list[dict[str, str]]:
    """What enough people did, by the number of people at its fullest place: stays are counted by event only."""
    most: dict[str | None, int] = {}
    for place in found.reading.places:
        most[place.name] = max(most.get(place.name, 0), place.people)
    return [
        {"name": _name(one.name), "events": f"{one.events:,}", "median": words.lasting(one.median),
         "p90": words.lasting(one.p90), "failed": share(one.failed / one.events),
         "retried": share(one.retried / one.events), "rage": f"{one.rage:,}"}
        for one in found.dwell
        if one.events and most.get(one.name, 0) >= smallest()
    ]  # fmt: skip


def _tiles(found: PathsReading) -> list[tuple[str, str, str]]:
    hidden = is_small(found.people)
    per = NOTHING if hidden or not found.people else f"{found.times / found.people:.1f}"
    return [
        (_("走过的人"), group(found.people), ""),
        (_("路径次数"), NOTHING if hidden else f"{found.times:,}", ""),
        (_("每人次数"), per, ""),
    ]


def _paths(found: PathsReading) -> list[dict[str, Any]]:
    """The most frequent ones that enough people went."""
    rows = [path for path in found.paths if not is_small(path.people)]
    whole = found.times or 1
    return [
        {"names": [_name(n) for n in path.names], "people": group(path.people), "times": f"{path.times:,}",
         "share": share(path.times / whole), "part": path.times / whole}
        for path in rows
    ]  # fmt: skip


def _links(found: PathsReading) -> list[tuple[int, str, str, str, str]]:
    """Place, from, to, people, times; those of few people are left out."""
    return [
        (abs(link.place) + 1, _name(link.name), _to(link), group(link.people), f"{link.times:,}")
        for link in found.links
        if not is_small(link.people)
    ]


def _name(name: str | None) -> str:
    return _("其他") if name is None else words.thing(f"event:{name}", event_names())


def _to(link: Link) -> str:
    ends = {"over": _("会话结束"), "goes_on": _("继续走")}
    return ends.get(link.ends) or _name(link.to)


def _sankey(found: PathsReading, *, is_to_end: bool) -> dict[str, Any]:
    """Nodes by place and name, links by times. Of paths to an anchor places count back from it."""
    longest = max((place.place for place in found.places), default=0)
    nodes: dict[str, dict[str, Any]] = {}
    links: list[dict[str, Any]] = []

    def node(place: int, name: str, kind: str = "") -> str:
        depth = longest - place if is_to_end else place
        key = f"{depth}|{name}"
        nodes.setdefault(key, {"name": key, "label": name, "depth": depth, "kind": kind})
        return key

    for link in found.links:
        if is_small(link.people) or link.ends == "goes_on":
            continue
        onward = link.place + (-1 if is_to_end else 1)
        begun = node(link.place, _name(link.name), "rest" if link.name is None else "")
        over = bool(link.ends)
        kind = "over" if over else "rest" if link.to is None else ""
        to = node(onward, _to(link), kind)
        tip = _("{a} → {b}：{n} 人，{t} 次").format(a=_name(link.name), b=_to(link), n=group(link.people),
                                              t=f"{link.times:,}")  # fmt: skip
        links.append({"source": begun, "target": to, "value": link.times, "tip": tip, "over": over})
    return {
        "kind": "sankey",
        "nodes": list(nodes.values()),
        "links": links,
        "description": _("会话内各步去向的桑基图，线宽为次数；数值见下方表格。"),
    }


def _sheets(found: PathsAnswer, fields: Fields) -> list[Sheet]:
    paths = tuple((" → ".join(p["names"]), p["people"], p["times"], p["share"]) for p in _paths(found.reading))
    stays = (_("行为"), _("次数"), _("中位停留"), _("九成停留"), _("失败率"), _("重试率"), _("连点"))
    return [
        Sheet(_("常见路径"), (_("路径"), _("人数"), _("次数"), _("占全部路径")), paths),
        Sheet(_("每步去向"), (_("第几步"), _("从"), _("到"), _("人数"), _("次数")), tuple(_links(found.reading))),
        Sheet(_("停留与卡点"), stays, tuple(tuple(row.values()) for row in _dwell(found))),
    ]


PAGE: Final = QuestionPage("paths", NAMES, _usual, _settings, question_of, paths_answer, _shown, _sheets)
