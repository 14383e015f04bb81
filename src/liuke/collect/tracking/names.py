"""From a client's event and property names to the bank's, with everything decided once per name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from liuke.collect.sensitive import is_c3
from liuke.collect.tracking.events_file import MappedEvent, PropertyKind, Vendor
from liuke.collect.tracking.moments import read_moment, text_of
from liuke.tables.facts import FACT_EVENTS

_KNOWN_NAMES: Final = 20_000
"""Decisions kept; a client that makes up names without end does not fill the memory."""
_SCALARS: Final = frozenset((str, int, float, bool, type(None)))
_DEEPEST: Final = 6
REFUSED: Final = ""
"""Stands for the name of a property that may not be kept."""


class Plan:
    """How one event of one vendor is taken. Called for every event: keep it small. is_fact: see FACT_EVENTS."""

    __slots__ = ("_kinds", "_names", "_renames", "is_fact", "name")

    def __init__(self, name: str, renames: Mapping[str, str], kinds: Mapping[str, PropertyKind]) -> None:
        self.name, self._renames, self._kinds = name, renames, kinds
        self.is_fact = name in FACT_EVENTS
        self._names: dict[str, str] = {}

    def properties(self, given: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The bank's properties, flat, and what was wrong with some: (name, rule c3 or type)."""
        names, made, wrong = self._names, {}, []
        for key, value in given.items():
            name = names.get(key)
            if name is None:
                name = self._decide(key)
            if name == REFUSED:
                wrong.append((key, "c3"))
            elif value.__class__ in _SCALARS:
                if name is not key and name in given:
                    continue  # the bank's own name goes before a rename to it
                made[name] = value
            else:
                _flatten(name, value, made, wrong, 0)
        if self._kinds:
            self._typed(made, wrong)
        return made, wrong

    def _decide(self, key: str) -> str:
        name = REFUSED if is_c3(key) else self._renames.get(key, key)
        name = key if name == key else name
        if len(self._names) < _KNOWN_NAMES:
            self._names[key] = name
        return name

    def _typed(self, made: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
        for name, kind in self._kinds.items():
            value = made.get(name)
            if value is None:
                continue
            turned = _turned(value, kind)
            if turned is None:
                wrong.append((name, "type"))
            else:
                made[name] = turned


class Names:
    """Plans of one vendor."""

    def __init__(self, vendor: Vendor, events: Iterable[MappedEvent] = ()) -> None:
        self._plans: dict[str, Plan] = {}
        for event in events:
            renames = {source: name for name, mapped in event.properties.items() for source in mapped.sources}
            kinds = {name: mapped.type for name, mapped in event.properties.items() if mapped.type}
            plan = Plan(event.event, renames, kinds)
            for alias in (event.event, *event.aliases.get("any", ()), *event.aliases.get(vendor, ())):
                self._plans[alias] = plan
        self._own = Plan("", {}, {})

    def plan(self, name: str) -> Plan:
        """The plan of an event by the client's name for it; events nobody mapped keep their own."""
        plan = self._plans.get(name)
        if plan is None:
            plan = Plan(name, {}, {})
            plan._names = self._own._names
            if len(self._plans) < _KNOWN_NAMES:
                self._plans[name] = plan
        return plan


def _flatten(name: str, value: Any, made: dict[str, Any], wrong: list[tuple[str, str]], depth: int) -> None:
    """{"page": {"path": "/x"}} → {"page.path": "/x"}; lists of plain values stay, others become JSON text."""
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            if is_c3(key):
                wrong.append((f"{name}.{key}", "c3"))
            elif inner.__class__ in _SCALARS:
                made[f"{name}.{key}"] = inner
            else:
                _flatten(f"{name}.{key}", inner, made, wrong, depth + 1)
    elif isinstance(value, list) and all(item.__class__ in _SCALARS for item in value):
        made[name] = value
    else:
        made[name] = msgspec.json.encode(_without_c3(value, name, wrong)).decode()


def _without_c3(value: Any, name: str, wrong: list[tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        kept = {}
        for key, inner in value.items():
            if is_c3(key):
                wrong.append((f"{name}.{key}", "c3"))
            else:
                kept[key] = _without_c3(inner, name, wrong)
        return kept
    return [_without_c3(item, name, wrong) for item in value] if isinstance(value, list) else value


def _turned(value: Any, kind: PropertyKind) -> Any:
    """The value as that kind; None when it is none."""
    match kind:
        case "text":
            return value if isinstance(value, str) else msgspec.json.encode(value).decode()
        case "truth":
            if isinstance(value, bool):
                return value
            return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
        case "moment":
            from datetime import UTC

            found = read_moment(value, UTC)
            return None if found is None else text_of(found)
        case "number" | "integer":
            return _number(value, whole=kind == "integer")


def _number(value: Any, *, whole: bool) -> int | float | None:
    try:
        number = float(str(value).replace(",", "").strip()) if not isinstance(value, bool) else None
    except ValueError:
        return None
    if number is None or number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, int):
        return value
    if whole:
        return int(number) if number == int(number) else None
    return number


__all__ = ["REFUSED", "Names", "Plan"]
