"""What the builder of a funnel shows: steps with their conditions, what may be chosen, where the focus goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liuke.act.triggers.catalogue import Catalogue, properties_of
from liuke.console.questions import words
from liuke.console.questions.fields import Fields
from liuke.console.questions.funnel_form import MOST_STEPS, Ban, FunnelForm, form_of, touch_of
from liuke.console.questions.happenings import BARE, Condition
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.rule_bench import bench, event_names


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """number: among all conditions of the form, from 1. bare: it takes no value."""

    number: int
    condition: Condition
    bare: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """suggestions: properties and columns that its facts have, with words."""

    number: int
    token: str
    name: str
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
    steps = [
        StepRow(n, token, words.thing(token, names), tuple(c for c in numbered if c.condition.at == n),
                tuple(suggested(token, catalogue)))
        for n, token in enumerate(form.steps, start=1)
    ]  # fmt: skip
    chosen = (*form.steps, *(ban.what for ban in form.bans))
    return {
        "steps": steps,
        "things": words.things(seen, names, chosen),
        "operators": words.OPERATORS,
        "bys": groupings(form.steps, catalogue),
        "focus": focus_after(button, len(form.steps)),
        "url": url,
    }


def suggested(token: str, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Properties and columns that conditions on such facts may name, with words."""
    did, _colon, name = token.partition(":")
    found = words.column_words(did)
    if did == "event":
        own = properties_of(catalogue, name) if name in catalogue else {}
        found += [(n, words.property_words(n)) for n in own if n not in dict(found)]
    return [(n, said) for n, said in found if n != "properties"]


def groupings(steps: Sequence[str], catalogue: Catalogue) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a funnel may be broken down by: of the first step's facts, and of customers."""
    did, _colon, _name = steps[0].partition(":") if steps else ("event", "", "")
    columns = {f"column:{n}": said for n, said in words.column_words(did)}
    own: dict[str, str] = {}
    for token in steps:
        found = words.column_words(token.partition(":")[0])
        own |= {f"property:{n}": s for n, s in suggested(token, catalogue) if n not in dict(found)}
    people = [(f"attribute:{n}", words.attribute_words(n)) for n in words.ATTRIBUTES_OFFERED]
    facts = [*columns.items(), *own.items()] if did == "event" else list(columns.items())
    return [(words.of_step(), facts), (words.of_customer(), people)]


def focus_after(button: str, steps: int) -> str:
    """The id that gets the focus after a button: the step where it went, or what is new."""
    word, _dash, text = button.partition("-")
    number = int(text) if text.isdigit() else 0
    up, down = number - 1, number + 1
    places = {
        "add": f"step-{steps}",
        "up": f"up-{up}" if up > 1 else "step-1",  # the first one cannot go further up
        "down": f"down-{down}" if down < steps else f"step-{steps}",
        "drop": f"step-{max(1, min(number, steps))}", "if": f"if-{number}", "unif": "", "ban": "ban", "unban": "ban",
    }  # fmt: skip
    return places.get(word, "")
