"""The rules of `triggers/*.yaml`, checked against the bank's events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from liuke.act.triggers.catalogue import Catalogue, properties_of
from liuke.act.triggers.conditions import leaves, patterns
from liuke.act.triggers.patterns import Pattern
from liuke.act.triggers.rule_file import TriggerFile
from liuke.errors import Place, Said, Wrong, YourMistake, coded, guess
from liuke.yaml_file import code_of, line_of, load_yaml, parse_yaml

Keys = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule by its code, the file's name. meaning: see TriggerFile.meaning."""

    code: str
    spec: TriggerFile
    meaning: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that watch the stream, by code, and the events they may speak of.

    sleeping: rules that are off, and sensitive ones the bank has not switched on; they are read and checked, and watch
    nothing.
    """

    rules: Mapping[str, Rule]
    catalogue: Catalogue
    sleeping: Mapping[str, Rule] = field(default_factory=dict)

    @property
    def asleep(self) -> tuple[str, ...]:
        """Codes of the sleeping rules."""
        return tuple(self.sleeping)

    @property
    def every(self) -> dict[str, Rule]:
        """Rules that watch and rules that sleep."""
        return {**self.rules, **self.sleeping}


def read_triggers(home: Path, catalogue: Catalogue, *, switched_on: Collection[str] = ()) -> RuleSet:
    """Every rule of `home/triggers/*.yaml`; empty without the folder. switched_on: sensitive rules that may watch.

    Raises YourMistake naming file, line and key: an unknown event or property, a value of another kind, a file
    name that is no code.
    """
    found = [_read(path, catalogue) for path in sorted((home / "triggers").glob("*.yaml"))]
    return rule_set(found, catalogue, switched_on=switched_on)


def rule_set(rules: Collection[Rule], catalogue: Catalogue, *, switched_on: Collection[str] = ()) -> RuleSet:
    """These rules together; those that are off, and sensitive ones that are not switched on, are asleep."""
    silent = (r for r in rules if not r.spec.active or (r.spec.sensitive and r.code not in switched_on))
    sleeping = {r.code: r for r in silent}
    return RuleSet({r.code: r for r in rules if r.code not in sleeping}, catalogue, sleeping)


def awake(rule: Rule) -> Rule:
    """The same rule at work, for trying out one that is off."""
    return replace(rule, spec=rule.spec.model_copy(update={"active": True}))


def parse_trigger(text: str, catalogue: Catalogue, *, code: str = "draft") -> Rule:
    """An unsaved rule from its YAML text, checked as if it stood in `triggers/<code>.yaml`."""
    name = f"{code}.yaml"
    return _checked(code, parse_yaml(text, TriggerFile, name), catalogue, name, text)


def _read(path: Path, catalogue: Catalogue) -> Rule:
    code = code_of(path, "no_trigger_code", "a rule's")
    spec = load_yaml(path, TriggerFile)
    return _checked(code, spec, catalogue, str(path), path.read_text(encoding="utf-8-sig"))


def _checked(code: str, spec: TriggerFile, catalogue: Catalogue, file: str, text: str) -> Rule:
    for said, keys in _mistakes(spec, catalogue):
        full = ("condition", *keys)
        raise YourMistake(
            said,
            place=Place(file, line_of(text, full), ".".join(map(str, full))),
            then="mend the rule, or add the event to events/*.yaml, and run the command again",
        )
    return Rule(code, spec, spec.meaning)


def _mistakes(spec: TriggerFile, catalogue: Catalogue) -> Iterator[tuple[Said, Keys]]:
    """Every name and value that does not fit the catalogue, with its keys within the condition."""
    for leaf, keys in leaves(spec.condition):
        for pattern, place in patterns(leaf, keys):
            named_by = type(leaf).__name__.lower() if place == keys else "event"
            yield from _in_pattern(pattern, place, named_by, catalogue)
        of = getattr(leaf, "of", None)
        if of is not None and leaf.name in catalogue:  # type: ignore[union-attr]
            yield from _in_measure(leaf, of, keys, catalogue)


def _in_pattern(pattern: Pattern, keys: Keys, named_by: str, catalogue: Catalogue) -> Iterator[tuple[Said, Keys]]:
    if pattern.event not in catalogue:
        hint = guess(pattern.event, catalogue)
        yield coded("no_event", "no event is called '{name}'; {hint}", name=pattern.event, **hint), (*keys, named_by)
        return
    known = properties_of(catalogue, pattern.event)
    for i, test in enumerate(pattern.where):
        place = (*keys, "where", i)
        if test.property_ not in known:
            yield _no_property(pattern.event, test.property_, known), (*place, "property")
            continue
        said = _refused(lambda t=test: t.operand(known[t.property_]))  # type: ignore[misc]
        if said:
            yield said, (*place, "value")


def _in_measure(leaf: Any, of: str, keys: Keys, catalogue: Catalogue) -> Iterator[tuple[Said, Keys]]:
    known = properties_of(catalogue, leaf.name)
    if of not in known:
        yield _no_property(leaf.name, of, known), (*keys, "of")
    elif known[of] != "number" and not hasattr(leaf, "distinct"):
        template = "'{name}' is a {kind}; only numbers are summed"
        yield coded("sum_of_numbers", template, name=of, kind=known[of]), (*keys, "of")


def _no_property(event: str, name: str, known: Mapping[str, Any]) -> Said:
    template = "'{event}' has no property '{name}'; {hint}"
    return coded("no_property", template, event=event, name=name, **guess(name, known))


def _refused(check: Callable[[], object]) -> Said | None:
    try:
        check()
    except Wrong as wrong:
        return wrong.said
    return None
