"""Rules that name tags and segments, with those names replaced by their rules; circles are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from liuke.errors import Place, Said, YourMistake, coded, guess
from liuke.insight.rules.codes import Codes, unknown_codes
from liuke.insight.rules.rows import Did, Has
from liuke.insight.rules.tree import (
    AllOf,
    AnyOf,
    AttributeTest,
    BehaviourTest,
    FeatureTest,
    Intersect,
    Minus,
    NotOf,
    SegmentTest,
    TagTest,
    UnionOf,
)
from liuke.yaml_file import line_of

Kind = Literal["tag", "segment"]
Leaf = AttributeTest | FeatureTest | BehaviourTest | Did | Has


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Resolved, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple[Resolved, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """The part does not hold."""

    part: Resolved


@dataclass(frozen=True, slots=True)
class Named:
    """A tag or segment in the place where a rule named it."""

    kind: Kind
    name: str
    part: Resolved


Resolved = Every | Some | Opposite | Named | Leaf


@dataclass(frozen=True, slots=True)
class Names:
    """The rules behind names: what a rule may refer to. codes: the bank's own codes by attribute."""

    tags: Mapping[str, Any] = field(default_factory=dict)
    segments: Mapping[str, Any] = field(default_factory=dict)
    codes: Codes = field(default_factory=dict)

    def of(self, kind: Kind) -> Mapping[str, Any]:
        """The rules of that kind by name."""
        return self.tags if kind == "tag" else self.segments


@dataclass(frozen=True, slots=True)
class Reference:
    """A name used in a rule, and the keys that lead to it in the rule's YAML."""

    kind: Kind
    name: str
    keys: tuple[int | str, ...]


def references(node: Any, keys: tuple[int | str, ...] = ()) -> Iterator[Reference]:
    """Every tag and segment that the rule names, in order of writing."""
    if isinstance(node, TagTest):
        yield Reference("tag", node.tag, (*keys, "tag"))
    elif isinstance(node, SegmentTest):
        yield Reference("segment", node.segment, (*keys, "segment"))
    elif isinstance(node, UnionOf | Intersect | Minus):
        [key] = type(node).model_fields
        yield from (Reference("segment", name, (*keys, key, i)) for i, name in enumerate(getattr(node, key)))
    elif isinstance(node, NotOf):
        yield from references(node.not_, (*keys, "not"))
    elif isinstance(node, AllOf | AnyOf):
        [key] = type(node).model_fields
        for i, child in enumerate(node.children):
            yield from references(child, (*keys, key, i))


def check_names(node: Any, names: Names, place: Callable[[tuple[int | str, ...]], Place]) -> None:
    """Raises YourMistake at the place of the first name or code that nobody knows. place: of keys within the rule."""
    for found in references(node):
        if found.name not in names.of(found.kind):
            raise YourMistake(
                _nobody(found.kind, found.name, names),
                place=place(found.keys),
                then="mend the name and run the command again",
            )
    for wrong in unknown_codes(node, names.codes):
        raise YourMistake(
            coded(
                "no_bank_code",
                "no {attribute} is called '{name}'; {hint}",
                attribute=wrong.attribute,
                name=wrong.code,
                **guess(wrong.code, wrong.known),
            ),
            place=place(wrong.keys),
            then="mend the code, or add it to policies/tiers.yaml",
        )


def resolve_written(
    node: Any,
    names: Names,
    file: str,
    text: str,
    keys: tuple[int | str, ...],
    trail: tuple[tuple[Kind, str], ...] = (),
) -> Resolved:
    """`resolve` of a rule under `keys` of a YAML file, whose text this is: mistakes name file, line and key."""

    def place(below: tuple[int | str, ...]) -> Place:
        full = (*keys, *below)
        return Place(file, line_of(text, full), ".".join(map(str, full)))

    check_names(node, names, place)
    try:
        return resolve(node, names, trail)
    except YourMistake as error:
        raise YourMistake(error.said or error.what, place=error.place or place(()), then=error.then) from error


def resolve(node: Any, names: Names, trail: tuple[tuple[Kind, str], ...] = ()) -> Resolved:
    """The rule with every name replaced by its rule.

    trail: the names that led here. Raises YourMistake for a name nobody knows and for a circle, naming its path.
    """
    if isinstance(node, AllOf | Intersect):
        return Every(tuple(resolve(n, names, trail) for n in _flat(node)))
    if isinstance(node, AnyOf | UnionOf):
        return Some(tuple(resolve(n, names, trail) for n in _flat(node)))
    if isinstance(node, Minus | NotOf):
        [part] = (resolve(n, names, trail) for n in node.children)
        return part if isinstance(node, Minus) else Opposite(part)
    if isinstance(node, TagTest | SegmentTest):
        kind: Kind = "tag" if isinstance(node, TagTest) else "segment"
        return _named(kind, getattr(node, kind), names, trail)
    leaf: Leaf = node
    return leaf


def _flat(node: Any) -> tuple[Any, ...]:
    """The parts of a set operation are those of the all or any it stands for."""
    parts: tuple[Any, ...] = node.children[0].children if isinstance(node, UnionOf | Intersect) else node.children
    return parts


def _named(kind: Kind, name: str, names: Names, trail: tuple[tuple[Kind, str], ...]) -> Named:
    known = names.of(kind)
    if name not in known:
        raise YourMistake(
            _nobody(kind, name, names),
            then=f"mend the name, or write {kind}s/{name}.yaml",
        )
    step = (kind, name)
    if step in trail:
        path = " → ".join(f"{k} {n}" for k, n in (*trail[trail.index(step) :], step))
        raise YourMistake(
            coded("circle", "the rule leads back to itself: {path}", path=path),
            expected="rules that end in attributes, features and facts",
            then="take one of these references out",
        )
    return Named(kind, name, resolve(known[name], names, (*trail, step)))


def _nobody(kind: Kind, name: str, names: Names) -> Said:
    return coded(f"no_{kind}", f"no {kind} is called '{{name}}'; {{hint}}", name=name, **guess(name, names.of(kind)))


def leaves(node: Resolved) -> Iterator[Leaf]:
    """The comparisons at the ends of the tree, in order of writing; one used twice comes twice."""
    if isinstance(node, Every | Some):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Opposite | Named):
        yield from leaves(node.part)
    else:
        yield node
