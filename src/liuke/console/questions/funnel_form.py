"""The builder of a funnel: its fields as steps, exclusions and settings, what its buttons do, the question it asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final, cast

import yaml
from pydantic import ValidationError

from liuke.console.questions.fields import WHOM, Fields
from liuke.console.questions.happenings import (
    Condition,
    condition_fields,
    conditions_of,
    happening,
    moved,
)
from liuke.console.questions.whom import unit_of
from liuke.console.reading.funnels import FunnelQuestion
from liuke.errors import Finding, YourMistake
from liuke.insight.behaviour.breakdown import Breakdown, Touch
from liuke.insight.behaviour.durations import Every
from liuke.insight.funnel.spec import Funnel
from liuke.yaml_file import parse_yaml

NAMES: Final = (
    *WHOM, "step", "at", "what", "op", "val", "not", "after", "before", "order", "window", "unit", "by", "touch",
    "trend", "compare",
)  # fmt: skip
ORDERS: Final = ("ordered", "strict", "any")
UNITS: Final = ("m", "h", "d")
TRENDS: Final = ("day", "week", "month")
MOST_STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Ban:
    """An exclusion of the form. after, before: numbers of steps; before: '' for the end of the window."""

    what: str
    after: str
    before: str


@dataclass(frozen=True, slots=True)
class FunnelForm:
    """What the builder shows. steps: `event:login` each. It can always be shown, also where it cannot be asked."""

    steps: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    bans: tuple[Ban, ...] = ()


def form_of(fields: Fields) -> FunnelForm:
    """The builder as the fields have it."""
    bans = zip_longest(fields.many("not"), fields.many("after"), fields.many("before"), fillvalue="")
    steps = fields.many("step")[:MOST_STEPS]
    conditions = tuple(c for c in conditions_of(fields) if 1 <= c.at <= len(steps))
    return FunnelForm(steps, conditions, tuple(Ban(*ban) for ban in list(bans)[:4]))


def with_form(fields: Fields, form: FunnelForm) -> Fields:
    """The fields with the builder as given."""
    return fields.changed(
        step=form.steps, **condition_fields(form.conditions),
        after=tuple(b.after for b in form.bans), before=tuple(b.before for b in form.bans),
        **{"not": tuple(b.what for b in form.bans)},
    )  # fmt: skip


def pressed(form: FunnelForm, button: str, usual: Sequence[str]) -> FunnelForm:
    """The builder after one of its buttons: add, up-2, down-2, drop-2, if-2, unif-1, ban, unban-1; others do nothing.

    usual: names for a new step, the first that is not there yet.
    """
    word, _dash, text = button.partition("-")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    order = list(range(1, len(form.steps) + 1))
    if word == "add" and len(order) < MOST_STEPS:
        fresh = next((name for name in usual if name not in form.steps), usual[0] if usual else "event:")
        return replace(form, steps=(*form.steps, fresh))
    if word in ("up", "down") and number in order:
        other = number - 1 if word == "up" else number + 1
        if other in order:
            order[number - 1], order[other - 1] = other, number
        return _ordered(form, order)
    if word == "drop" and number in order and len(order) > 1:
        return _ordered(form, [n for n in order if n != number])
    return _pressed_below(form, word, number, usual)


def _pressed_below(form: FunnelForm, word: str, number: int, usual: Sequence[str]) -> FunnelForm:
    """Conditions and exclusions."""
    if word == "if" and 1 <= number <= len(form.steps):
        more = (*form.conditions, Condition(number, "", "==", ""))
        return replace(form, conditions=tuple(sorted(more, key=lambda c: c.at)))
    if word == "unif" and 1 <= number <= len(form.conditions):
        return replace(form, conditions=_without(form.conditions, number))
    if word == "ban" and len(form.steps) > 1:
        return replace(form, bans=(*form.bans, Ban(usual[0] if usual else "event:", "1", "")))
    if word == "unban" and 1 <= number <= len(form.bans):
        return replace(form, bans=_without(form.bans, number))
    return form


def _ordered(form: FunnelForm, order: Sequence[int]) -> FunnelForm:
    return replace(form, steps=tuple(form.steps[n - 1] for n in order), conditions=moved(form.conditions, order))


def _without(rows: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return tuple(row for n, row in enumerate(rows, start=1) if n != number)


def question_of(fields: Fields) -> FunnelQuestion:
    """What the fields ask. Raises YourMistake with every mistake, its key telling the place: steps.0.where, window."""
    form = form_of(fields)
    order, trend = fields.one("order", "ordered"), fields.one("trend", "day")
    unit = fields.one("unit", "d")
    written = {
        "steps": [happening(step, [c for c in form.conditions if c.at == n]) for n, step in enumerate(form.steps, 1)],
        "order": order if order in ORDERS else "ordered",
        "window": f"{fields.one('window', '7')}{unit if unit in UNITS else 'd'}",
        "exclusions": [_ban(one) for one in form.bans if one.what],
        "unit": unit_of(fields),
    }
    funnel = parse_yaml(yaml.safe_dump(written, allow_unicode=True), Funnel, "funnel")
    by = breakdown_of(fields)
    return FunnelQuestion(funnel, by, fields.one("compare") == "1", cast(Every, trend if trend in TRENDS else "day"))


def _ban(one: Ban) -> dict[str, Any]:
    made: dict[str, Any] = {"not": happening(one.what), "after": _whole(one.after) or 1}
    return made | ({"before": _whole(one.before)} if _whole(one.before) else {})


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def breakdown_of(fields: Fields) -> Breakdown | None:
    """As `column:channel`, `property:product`, `attribute:bank_tier`, `segment:vip`; None for none or a broken one."""
    kind, _colon, name = fields.one("by").partition(":")
    if not name or kind not in ("column", "property", "attribute", "tag", "segment"):
        return None
    try:
        return Breakdown.model_validate({kind: name, "touch": touch_of(fields)})
    except ValidationError:
        return None


def touch_of(fields: Fields) -> Touch:
    """At which step the breakdown looks; the first where the funnel has no such step (any more)."""
    asked = fields.one("touch", "first")
    number = _whole(asked)
    if 1 < number <= len(form_of(fields).steps):
        return number
    return "last" if asked == "last" else "first"


@dataclass(frozen=True, slots=True)
class Placed:
    """Mistakes of a funnel where they belong. steps, bans: by number from 1; other: of the whole."""

    steps: dict[int, list[Finding]]
    bans: dict[int, list[Finding]]
    other: list[Finding]


def placed(mistake: YourMistake | None, form: FunnelForm) -> Placed:
    """Every mistake at its step or exclusion; one that names an event stands at every step of that name."""
    found = Placed({}, {}, [])
    for finding in mistake.mistakes if mistake else ():
        kind, number = _place(finding.key)
        told = replace(finding, line=None)  # of a text nobody wrote
        named = told.said.facts.get("name", "")
        if kind == "steps":
            found.steps.setdefault(number, []).append(told)
        elif kind == "exclusions":
            found.bans.setdefault(number, []).append(told)
        elif told.said.code == "no_such_event" and (at := list(_of_name(form.steps, named))):
            for n in at:
                found.steps.setdefault(n, []).append(told)
        else:
            found.other.append(told)
    return found


def _place(key: str | None) -> tuple[str, int]:
    parts = (key or "").split(".")
    if len(parts) > 1 and parts[1].isdigit():
        return parts[0], int(parts[1]) + 1
    return "", 0


def _of_name(steps: Iterable[str], name: str) -> Iterable[int]:
    return (n for n, step in enumerate(steps, start=1) if step == f"event:{name}")
