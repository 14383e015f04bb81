"""Where a rule's answer comes from: contract columns, purposes and how sensitive they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from liuke.insight.features.registry import FEATURES
from liuke.insight.rules.compile import quantities
from liuke.insight.rules.references import Leaf, Resolved, leaves
from liuke.insight.rules.rows import ColumnTest, Counted, Did, Has, Rows, row_tests
from liuke.insight.rules.tree import BehaviourTest
from liuke.insight.rules.vocabulary import ATTRIBUTES

Sensitivity = Literal["C1", "C2"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """columns: contract columns "table.column", sorted. features: names, sorted. sensitivity: the highest level
    among them. protected: whether age, sex or the like enter.
    """

    columns: tuple[str, ...]
    features: tuple[str, ...]
    sensitivity: Sensitivity
    protected: bool


def lineage(rule: Resolved) -> Lineage:
    """The lineage of a rule with its names resolved."""
    columns: set[str] = set()
    features: set[str] = set()
    levels: set[str] = set()
    for leaf in leaves(rule):
        for source, name in quantities(leaf):
            found = ATTRIBUTES[name] if source == "attribute" else FEATURES[name]
            columns.update(found.inputs)
            levels.add(found.sensitivity)
            features.update({name} if source == "feature" else ())
        levels.update(_of_facts(leaf, columns))
    return Lineage(
        tuple(sorted(columns)),
        tuple(sorted(features)),
        "C2" if levels & {"C2", "protected"} else "C1",
        "protected" in levels,
    )


def _of_facts(leaf: Leaf, columns: set[str]) -> set[str]:
    parts: list[Rows] = []
    if isinstance(leaf, Did | Has):
        parts = [leaf, *([leaf.without] if isinstance(leaf, Did) and leaf.without else [])]
    elif isinstance(leaf, BehaviourTest):
        parts = list(leaf.behaviour.rows)
    levels: set[str] = set()
    for source, name in leaf.behaviour.read if isinstance(leaf, BehaviourTest) else ():
        columns.add(f"{source.name}.{name}")
        levels.add(source.column(name).level)
    for part in parts:
        facts, table = part.facts, part.facts.table
        names = {"account_id" if facts.via_account else "customer_id"}
        names.update(n for n in (facts.moment, facts.name_column if part.name else None) if n)
        for test in row_tests(part.where):
            names.add(test.column if isinstance(test, ColumnTest) else str(facts.properties))
        if isinstance(part, Counted) and part.of:
            names.add(part.of)
        columns.update(f"{table.name}.{n}" for n in names)
        columns.update({"account.customer_id"} if facts.via_account else set())
        asked = names - {"account_id", "customer_id"}
        levels.update(table.column(n).level for n in asked)
    return levels
