"""What the builder of a funnel shows: steps with their conditions, what may be chosen, where the focus goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from liuke.act.triggers.catalogue import Catalogue, properties_of
from liuke.console.labels import Text
from liuke.console.questions import words
from liuke.console.questions.fields import Fields
from liuke.console.questions.funnel_form import MOST_OTHERS, MOST_STEPS, Ban, FunnelForm, form_of, parts_of, touch_of
from liuke.console.questions.happenings import BARE, Condition
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.rule_bench import bench, event_names

Things = Sequence[tuple[Text, Sequence[tuple[str, str]]]]
"""What may be chosen, by fact table, as `words.things` gives it."""


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """number: among all conditions of the form, from 1. bare: it takes no value."""

    number: int
    condition: Condition
    bare: bool


@dataclass(frozen=True, slots=True)
class OtherRow:
    """Something else that counts as a step. number: among all such of the form, from 1. offered: tokens with words."""

    number: int
    token: str
    offered: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    """others: what else counts. can_or: there is room for more. suggestions: properties and columns that its facts
    have, with words.
    """

    number: int
    token: str
    name: str
    others: tuple[OtherRow, ...]
    can_or: bool
    conditions: tuple[ConditionRow, ...]
    suggestions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BanRow:
    """An exclusion; number from 1."""

    number: int
    ban: Ban


def building(fields: Fields) -> dict[str, Any]:
    """Context of the builder beside its steps."""
    form = form_of(fields)
    return {
        "bans": [BanRow(n, ban) for n, ban in enumerate(form.bans, start=1)],
        "orders": words.ORDERS,
        "order": fields.one("order", "ordered"),
        "window": fields.one("window", "7"),
        "units": words.UNITS,
        "unit": fields.one("unit", "d"),
        "trends": words.TRENDS,
        "trend": fields.one("trend", "day"),
        "touches": words.touches(len(form.steps)),
        "touch": str(touch_of(fields)),
        "by": fields.one("by"),
        "compare": fields.one("compare") == "1",
        "can_add": len(form.steps) < MOST_STEPS,
    }


def things_of(form: FunnelForm, seen: Sequence[Seen], button: str, url: str) -> dict[str, Any]:
    """Context of steps with their conditions, and of what may be chosen. url: of the page that the buttons ask.

    button: what was pressed last, so that the focus stays where the hand is.
    """
    names, catalogue = event_names(), bench().catalogue
    numbered = [ConditionRow(n, c, c.op in BARE) for n, c in enumerate(form.conditions, start=1)]
    others = [other.token for other in form.others]
    things = words.things(seen, names, (*form.steps, *others, *(ban.what for ban in form.bans)))
    steps = [
        StepRow(
            n, token, words.thing(token, names), _others(form, n, things), _can_or(form, n, things),
            tuple(c for c in numbered if c.condition.at == n), tuple(_suggested_of(form.tokens(n), catalogue)),
        )
        for n, token in enumerate(form.steps, start=1)
    ]  # fmt: skip
    return {
        "steps": steps,
        "things": things,
        "operators": words.OPERATORS,
        "bys": groupings((*form.steps, *others), catalogue),
        "focus": focus_after(button, form),
        "url": url,
    }


def _others(form: FunnelForm, number: int, things: Things) -> tuple[OtherRow, ...]:
    return tuple(
        OtherRow(n, other.token, tuple(_alike(other.token, things)))
        for n, other in enumerate(form.others, start=1)
        if other.at == number
    )


def _can_or(form: FunnelForm, number: int, things: Things) -> bool:
    token, there = form.steps[number - 1], form.tokens(number)
    is_named = bool(token.partition(":")[2])
    return is_named and len(there) <= MOST_OTHERS and len(_alike(token, things)) > len(there)


def _alike(token: str, things: Things) -> list[tuple[str, str]]:
    """What may stand beside: names of the same table."""
    did = f"{token.partition(':')[0]}:"
    return [(key, said) for _label, offered in things for key, said in offered if key.startswith(did) and key != did]


def _suggested_of(tokens: Iterable[str], catalogue: Catalogue) -> list[tuple[str, str]]:
    """Of any of them, each once."""
    return list(dict(each for token in tokens for each in suggested(token, catalogue)).items())


def suggested(token: str, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Properties and columns that conditions on such facts may name, with words."""
    did, _colon, name = token.partition(":")
    found = words.column_words(did)
    if did == "event":
        own = properties_of(catalogue, name) if name in catalogue else {}
        found += [(n, words.property_words(n)) for n in own if n not in dict(found)]
    return [(n, said) for n, said in found if n != "properties"]


def groupings(steps: Sequence[str], catalogue: Catalogue) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a funnel may be broken down by: of the facts of its steps, and of customers."""
    columns: dict[str, str] = {}
    own: dict[str, str] = {}
    for token in steps or ("event:",):
        found = words.column_words(token.partition(":")[0])
        columns |= {f"column:{n}": said for n, said in found}
        own |= {f"property:{n}": s for n, s in suggested(token, catalogue) if n not in dict(found)}
    people = [(f"attribute:{n}", words.attribute_words(n)) for n in words.ATTRIBUTES_OFFERED]
    return [(words.of_step(), [*columns.items(), *own.items()]), (words.of_customer(), people)]


def focus_after(button: str, form: FunnelForm) -> str:
    """The id that gets the focus after a button: the step where it went, or what is new. form: after it."""
    word, number, place = parts_of(button)
    steps, up, down = len(form.steps), number - 1, number + 1
    places = {
        "add": f"step-{steps}",
        "up": f"up-{up}" if up > 1 else "step-1",  # the first one cannot go further up
        "down": f"down-{down}" if down < steps else f"step-{steps}",
        "move": f"step-{place}", "drop": f"step-{max(1, min(number, steps))}",
        "or": f"other-{sum(other.at <= number for other in form.others)}", "unor": "",
        "if": f"if-{number}", "unif": "", "ban": "ban", "unban": "ban",
    }  # fmt: skip
    return places.get(word, "")
