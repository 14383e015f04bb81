"""Which events a condition means: a name and tests of properties, all of which must hold."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from liuke.act.triggers.values import LARGEST, OPERATORS, Operand
from liuke.errors import Wrong, guess
from liuke.insight.rules.rows import Node

Property = Annotated[str, Field(pattern=r"^[^\s.\[\]\"']{1,100}$")]
_KNOWN = tuple(dict.fromkeys(op for ops in OPERATORS.values() for op in ops))
_BARE = ("is_null", "not_null")
_LISTS = ("in", "not_in")
MOST_LISTED = 1_000


class Test(Node):
    """`{property: keyword, op: contains, value: 提前还款}`; op is == unless stated. Missing meets only is_null."""

    property_: Property = Field(alias="property")
    op: str = Field("==", json_schema_extra={"enum": list(_KNOWN)})
    value: Any = None

    @field_validator("op")
    @classmethod
    def _known_operator(cls, value: str) -> str:
        if value not in _KNOWN:
            raise Wrong("no_operator", "unknown operator '{name}'; {hint}", name=value, **guess(value, _KNOWN))
        return value

    @model_validator(mode="after")
    def _shaped(self) -> Test:
        if self.op in _BARE:
            if self.value is not None:
                raise Wrong("no_value_wanted", "'{op}' takes no value", op=self.op)
        elif self.value is None:
            raise Wrong("value_missing", "'{op}' needs a value", op=self.op)
        elif self.op in _LISTS:
            if not isinstance(self.value, list | tuple) or not 0 < len(self.value) <= MOST_LISTED:
                raise Wrong("list_wanted", "'{op}' needs a list of values", op=self.op)
        elif isinstance(self.value, list | tuple | dict):
            template = "'{op}' compares with one value, not with a list; use 'in' for several"
            raise Wrong("one_value", template, op=self.op)
        return self

    def operand(self, kind: str) -> Operand:
        """The value made fit for a property of the kind. Raises Wrong telling what would be right."""
        known = OPERATORS[kind]  # type: ignore[index]
        if self.op not in known:
            raise Wrong("operator_unfit", "'{op}' cannot be asked of a {kind}; {kind}s know {known}",
                        op=self.op, kind=kind, known=", ".join(known))  # fmt: skip
        if self.op in _BARE:
            return None
        if self.op in _LISTS:
            return tuple(_fit(v, kind) for v in self.value)
        return _fit(self.value, kind)


def _fit(value: Any, kind: str) -> str | float:
    if kind == "flag":
        if not isinstance(value, bool):
            raise Wrong("flag_wanted", "expected true or false, not {value}", value=repr(value))
        return float(value)
    if kind == "number":
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if not numeric or not math.isfinite(value) or abs(value) > LARGEST:
            raise Wrong("number_wanted", "expected a number, not {value}", value=repr(value))
        return float(value)
    if not isinstance(value, str) or not value:
        raise Wrong("text_wanted", "expected a text, not {value}; put it in quotes", value=repr(value))
    return value


class Pattern(Node):
    """Events of one name that meet every test. Equal patterns are the same pattern."""

    event: str
    where: tuple[Test, ...] = ()


class Named(Node):
    """Base of conditions that name events: `where` holds tests, one or a list; all of them must hold."""

    where: tuple[Test, ...] = Field((), max_length=8)

    @field_validator("where", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value

    @property
    def name(self) -> str:
        """The name of the events."""
        raise NotImplementedError

    @property
    def pattern(self) -> Pattern:
        """The events meant."""
        return Pattern.model_construct(event=self.name, where=self.where)


def measured(measure: str, of: str | None) -> None:
    """Raises Wrong when a sum names no property, or a count names one."""
    if (measure == "count") != (of is None):
        raise Wrong("of_property", "`of` names the property that is summed, and only of a sum")
