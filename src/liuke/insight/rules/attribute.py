"""What an attribute of a customer is: its kind, where it stands, its words and the codes it may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from liuke.tables import Column

Kind = Literal["number", "text", "date", "moment", "flag"]
"""number: compared as float64. date: bank-local calendar day. moment: a timestamp, only asked whether it is there."""

_KINDS: Final[Mapping[str, Kind]] = {
    "string": "text",
    "date": "date",
    "timestamp": "moment",
    "money": "number",
    "int": "number",
    "float": "number",
    "bool": "flag",
}


def kind_of(column: Column) -> Kind:
    """The kind under which a table's column is compared."""
    return _KINDS[column.kind]


Source = Literal["people", "value", "score", "cluster"]
"""Where an attribute stands: the table of people, or what the daily run made of every customer that day
(`data.RuleData.made`): customer_value, the active model's score, customer_cluster.
"""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something about the customer on the day. inputs: the contract columns behind it, "table.column".

    column: the name in the table it stands in. values: the closed set of codes, empty for free. sensitivity:
    "protected" for sex and age, which decisions about people should not lean on unseen. words: of codes, Chinese and
    English. money: whether it is an amount.
    """

    name: str
    zh: str
    en: str
    kind: Kind
    inputs: tuple[str, ...]
    column: str
    values: tuple[str, ...] = ()
    sensitivity: Literal["C1", "C2", "protected"] = "C1"
    source: Source = "people"
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    money: bool = False
