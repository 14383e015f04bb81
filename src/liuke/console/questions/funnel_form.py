"""The builder of a funnel: its fields as steps, exclusions and settings, what its buttons do, the question it asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final, cast

import yaml
from pydantic import ValidationError

from liuke.console.questions import happenings
from liuke.console.questions.fields import WHOM, Fields
from liuke.console.questions.happenings import (
    Condition,
    Other,
    condition_fields,
    conditions_of,
    happening,
    moved,
    other_fields,
    others_of,
)
from liuke.console.questions.whom import unit_of
from liuke.console.reading.funnels import FunnelQuestion
from liuke.errors import Finding, YourMistake, coded
from liuke.insight.behaviour.breakdown import Breakdown, Touch
from liuke.insight.behaviour.durations import Every
from liuke.insight.funnel.spec import Funnel
from liuke.yaml_file import parse_yaml

NAMES: Final = (
    *WHOM, *happenings.NAMES, "not", "after", "before", "order", "window", "unit", "by", "touch",
    "trend", "compare",
)  # fmt: skip
ORDERS: Final = ("ordered", "strict", "any")
UNITS: Final = ("m", "h", "d")
TRENDS: Final = ("day", "week", "month")
MOST_STEPS: Final = 10
MOST_OTHERS: Final = 9
"""So many more things may count as one step."""


@dataclass(frozen=True, slots=True)
class Ban:
    """An exclusion of the form. after, before: numbers of steps; before: '' for the end of the window."""

    what: str
    after: str
    before: str


@dataclass(frozen=True, slots=True)
class FunnelForm:
    """What the builder shows. steps: `event:login` each; others: what else counts as one, in the order of the steps. It
    can always be shown, also where it cannot be asked.
    """

    steps: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    bans: tuple[Ban, ...] = ()
    others: tuple[Other, ...] = ()

    def tokens(self, number: int) -> tuple[str, ...]:
        """All that count as the step, from 1."""
        return (self.steps[number - 1], *(other.token for other in self.others if other.at == number))


def form_of(fields: Fields) -> FunnelForm:
    """The builder as the fields have it."""
    bans = zip_longest(fields.many("not"), fields.many("after"), fields.many("before"), fillvalue="")
    steps = fields.many("step")[:MOST_STEPS]
    conditions = tuple(c for c in conditions_of(fields) if 1 <= c.at <= len(steps))
    others = tuple(other for other in others_of(fields) if 1 <= other.at <= len(steps))
    return FunnelForm(steps, conditions, tuple(Ban(*ban) for ban in list(bans)[:4]), others)


def with_form(fields: Fields, form: FunnelForm) -> Fields:
    """The fields with the builder as given."""
    return fields.changed(
        step=form.steps, **condition_fields(form.conditions), **other_fields(form.others),
        after=tuple(b.after for b in form.bans), before=tuple(b.before for b in form.bans),
        **{"not": tuple(b.what for b in form.bans)},
    )  # fmt: skip


def pressed(form: FunnelForm, button: str, usual: Sequence[str]) -> FunnelForm:
    """The builder after one of its buttons: add, up-2, down-2, move-3-1 (the third step to the first place), drop-2,
    or-2, unor-1, if-2, unif-1, ban, unban-1; others do nothing.

    usual: names for a new step, the first that is not there yet.
    """
    word, number, place = parts_of(button)
    if word == "add" and len(form.steps) < MOST_STEPS:
        fresh = next((name for name in usual if name not in form.steps), usual[0] if usual else "event:")
        return replace(form, steps=(*form.steps, fresh))
    order = _order_after(word, number, place, len(form.steps))
    return _ordered(form, order) if order else _pressed_below(form, word, number, usual)


def _order_after(word: str, number: int, place: int, steps: int) -> list[int]:
    """The old numbers of the steps in their new order; none where the button does not change it."""
    order = list(range(1, steps + 1))
    place = {"up": number - 1, "down": number + 1, "move": place}.get(word, 0)
    if number in order and place in order:
        order.insert(place - 1, order.pop(number - 1))
        return order
    return [n for n in order if n != number] if word == "drop" and number in order else []


def _pressed_below(form: FunnelForm, word: str, number: int, usual: Sequence[str]) -> FunnelForm:
    """What else counts, conditions and exclusions."""
    if word in ("or", "unor"):
        return _with_other(form, number, usual) if word == "or" else replace(form, others=_without(form.others, number))
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


def parts_of(button: str) -> tuple[str, int, int]:
    """Its word and its numbers, 0 where there are none: `move-3-1`."""
    word, *texts = button.split("-")
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0 for text in texts]
    number, place = [*numbers, 0, 0][:2]
    return word, number, place


def _with_other(form: FunnelForm, number: int, usual: Sequence[str]) -> FunnelForm:
    """Something else of the same table counts as the step, too; of any of its rows there is nothing else."""
    if not 1 <= number <= len(form.steps):
        return form
    did, _colon, name = form.steps[number - 1].partition(":")
    there = form.tokens(number)
    fresh = next((token for token in usual if token.startswith(f"{did}:") and token not in there), "")
    if not name or not fresh or len(there) > MOST_OTHERS:
        return form
    more = (*form.others, Other(number, fresh))
    return replace(form, others=tuple(sorted(more, key=lambda other: other.at)))


def _ordered(form: FunnelForm, order: Sequence[int]) -> FunnelForm:
    return replace(
        form, steps=tuple(form.steps[n - 1] for n in order), conditions=moved(form.conditions, order),
        others=moved(form.others, order),
    )  # fmt: skip


def _without(rows: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return tuple(row for n, row in enumerate(rows, start=1) if n != number)


def question_of(fields: Fields) -> FunnelQuestion:
    """What the fields ask. Raises YourMistake with every mistake, its key telling the place: steps.0.where, window."""
    form = form_of(fields)
    order, trend = fields.one("order", "ordered"), fields.one("trend", "day")
    unit = fields.one("unit", "d")
    written = {
        "steps": written_steps(form),
        "order": order if order in ORDERS else "ordered",
        "window": f"{fields.one('window', '7')}{unit if unit in UNITS else 'd'}",
        "exclusions": [_ban(one) for one in form.bans if one.what],
        "unit": unit_of(fields),
    }
    funnel = parse_yaml(yaml.safe_dump(written, allow_unicode=True), Funnel, "funnel")
    by = breakdown_of(fields, touch_of(fields))
    return FunnelQuestion(funnel, by, fields.one("compare") == "1", cast(Every, trend if trend in TRENDS else "day"))


def written_steps(form: FunnelForm) -> list[dict[str, Any]]:
    """The steps as YAML has them. Raises YourMistake where things of several tables would count as one step."""
    wrong = []
    for n in range(1, len(form.steps) + 1):
        if len({token.partition(":")[0] for token in form.tokens(n)}) > 1:
            said = coded("one_table", "what counts as one step must all be of one table")
            wrong.append(Finding(said, key=f"steps.{n - 1}"))
    if wrong:
        raise YourMistake(wrong[0].said, findings=tuple(wrong), then="choose things of the same kind, or two steps")
    return [
        happening(step, [c for c in form.conditions if c.at == n], form.tokens(n)[1:])
        for n, step in enumerate(form.steps, start=1)
    ]


def _ban(one: Ban) -> dict[str, Any]:
    made: dict[str, Any] = {"not": happening(one.what), "after": _whole(one.after) or 1}
    return made | ({"before": _whole(one.before)} if _whole(one.before) else {})


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def breakdown_of(fields: Fields, touch: Touch) -> Breakdown | None:
    """As `column:channel`, `property:product`, `attribute:bank_tier`, `segment:vip`; None for none or a broken one."""
    kind, _colon, name = fields.one("by").partition(":")
    if not name or kind not in ("column", "property", "attribute", "tag", "segment"):
        return None
    try:
        return Breakdown.model_validate({kind: name, "touch": touch})
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
        elif told.said.code == "no_such_event" and (at := list(_of_name(form, named))):
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


def _of_name(form: FunnelForm, name: str) -> Iterable[int]:
    return (n for n in range(1, len(form.steps) + 1) if f"event:{name}" in form.tokens(n))
