"""All features by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import chain

from liuke.errors import OurBug, YourMistake, did_you_mean
from liuke.insight.features import (
    balances,
    digital,
    habits,
    holdings,
    intents,
    moves,
    people,
    turnover,
    voice,
    year,
)
from liuke.insight.features.definition import Definition
from liuke.insight.features.desk import Source
from liuke.insight.features.feature import Feature

_FAMILIES = (people, balances, moves, turnover, habits, year, holdings, digital, voice, intents)
SOURCES: Mapping[str, Source] = {name: made for f in _FAMILIES for name, made in getattr(f, "SOURCES", {}).items()}
"""Where cells come from; `person` and `moment` come with the living customers themselves."""


def _by_name(found: Iterable[Definition]) -> dict[str, Definition]:
    made: dict[str, Definition] = {}
    for d in found:
        if d.feature.name in made:
            raise OurBug(f"two features are called '{d.feature.name}'")
        made[d.feature.name] = d
    return made


DEFINITIONS: Mapping[str, Definition] = _by_name(chain.from_iterable(f.definitions() for f in _FAMILIES))
FEATURES: Mapping[str, Feature] = {name: d.feature for name, d in DEFINITIONS.items()}
REGISTRY_VERSION = hashlib.sha256(repr([(n, f) for n, f in FEATURES.items()]).encode()).hexdigest()[:12]
"""Changes with every declared property of any feature. Kept with models and stored features."""


def feature(name: str) -> Feature:
    """The feature of that name; YourMistake with the nearest name when there is none."""
    return definition(name).feature


def definition(name: str) -> Definition:
    """The feature of that name and how it is made; YourMistake with the nearest name when there is none."""
    if name not in DEFINITIONS:
        raise YourMistake(f"no feature is called '{name}'; {_hint(name)}", then="liuke features   # lists them all")
    return DEFINITIONS[name]


def _hint(name: str) -> str:
    near = did_you_mean(name, DEFINITIONS)
    return near if near.startswith("did") else f"there are {len(DEFINITIONS)} features"


def available(inputs: Iterable[str], *, protected: bool = True) -> tuple[str, ...]:
    """Names of the features that can be made from `inputs`, contract columns "table.column", in registry order.

    protected: whether features of protected attributes (sex, age) are among them; models ask without.
    """
    given = set(inputs)
    return tuple(
        name
        for name, f in FEATURES.items()
        if given.issuperset(f.inputs) and (protected or f.sensitivity != "protected")
    )
