"""Facts in a rule as written in YAML: which rows count, what is measured over them; each node checks itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from liuke.errors import Wrong, guess
from liuke.insight.rules.attribute import Kind
from liuke.insight.rules.operand import Operand, operand
from liuke.insight.rules.vocabulary import FACTS, OPERATORS, FactTable
from liuke.yaml_file import Document

_OPERATORS = tuple(dict.fromkeys(op for ops in OPERATORS.values() for op in ops))
PROPERTY: Final = r"[^\"'\\\s\[\]*?]{1,100}"
PropertyName = Annotated[str, Field(pattern=f"^{PROPERTY}$")]
"""What a property of an event may be called."""


class Node(Document):
    """Base of all nodes. Unknown keys are told with the nearest key of this kind of node."""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            known = [f.alias or name for name, f in cls.model_fields.items()]
            for key in value:
                if key not in known:
                    raise Wrong("unknown_key", "unknown key '{name}'; {hint}", name=key, **guess(str(key), known))
        return value

    @property
    def key(self) -> str:
        """Canonical text: equal exactly when the content is equal."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)

    @property
    def children(self) -> tuple[Any, ...]:
        """The nodes directly below."""
        return ()


class Comparison(Node):
    """Base of comparisons: `op` (default ==) with `value`."""

    op: str = Field("==", json_schema_extra={"enum": list(_OPERATORS)})
    value: Any = None

    @field_validator("op")
    @classmethod
    def _known_operator(cls, value: str) -> str:
        if value not in _OPERATORS:
            raise Wrong("no_operator", "unknown operator '{name}'; {hint}", name=value, **guess(value, _OPERATORS))
        return value


class ColumnTest(Comparison):
    """A condition on a row's column, `{column: direction, value: out}`; the fact around it knows the types."""

    column: str


class PropertyTest(Comparison):
    """A condition on an event's JSON property, `{property: page, value: loan}`.

    Compared as a number when the value is one, else as text. Only top-level properties; numbers and booleans
    are seen as their text (true, 12.5).
    """

    property_: PropertyName = Field(alias="property")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if isinstance(self.value, dict):
            raise Wrong("constants_only", "a property compares with constants only")
        _ = self.operand
        return self

    @property
    def kind(self) -> Kind:
        """Number when every value is one, else text."""
        given = self.value if isinstance(self.value, list | tuple) else [self.value]
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in given)
        return "number" if numbers and self.value is not None else "text"

    @property
    def operand(self) -> Operand:
        """The value, checked and typed."""
        as_text = str(self.value).lower() if isinstance(self.value, bool) else self.value
        return operand(as_text, self.kind, self.op)


class RowAll(Node):
    """All conditions on the row hold."""

    all: tuple[RowNode, ...] = Field(min_length=1)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return self.all


class RowAny(Node):
    """At least one condition on the row holds."""

    any: tuple[RowNode, ...] = Field(min_length=1)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return self.any


class RowNot(Node):
    """The condition on the row does not hold."""

    not_: RowNode = Field(alias="not")

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return (self.not_,)


class Rows(Node):
    """Rows of one fact table: those named, within the last days, that meet every condition of `where`.

    name: of events the event_name, of transactions the type, of complaints the category, of contacts the
    channel, of interactions the kind, of surveys the survey, of accounts the type; one or several. within: days,
    (D − within, D] with D the as-of day; without it, everything known.
    """

    name: tuple[str, ...] = ()
    where: tuple[RowNode, ...] = ()
    within: int | None = Field(None, ge=1, le=3660)

    @field_validator("name", "where", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | dict) else value

    @property
    def facts(self) -> FactTable:
        """The table."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _words_fit(self) -> Self:
        facts = self.facts
        if self.name and facts.name_column is None:
            raise Wrong("rows_without_name", "rows of {table} have no name; use `where`", table=facts.table.name)
        if self.name and facts.name_column:
            codes = facts.column(facts.name_column).values
            for name in self.name:
                if codes and name not in codes:
                    raise Wrong("no_such_row", "no {table} is called '{name}'; {hint}", table=facts.table.name,
                                name=name, **guess(name, codes))  # fmt: skip
        for test in row_tests(self.where):
            row_operand(test, facts)
        return self


class Without(Rows):
    """What must not have happened: within its own days, or since the first match of the fact it stands beside.

    since: first_match counts rows at or after the moment of the first row that matched.
    """

    did: str
    since: Literal["first_match"] | None = None

    @field_validator("did")
    @classmethod
    def _known(cls, value: str) -> str:
        return _known_facts(value, state=False)

    @property
    def facts(self) -> FactTable:
        """See Rows.facts."""
        return FACTS[self.did]


class Counted(Rows):
    """Base of did and has: what is measured over the rows, compared with `value` (default: at least one row).

    measure: count, sum or distinct; of: the column summed or told apart (business_date for days).
    """

    measure: Literal["count", "sum", "distinct"] = "count"
    of: str | None = None
    op: str = Field(">=", json_schema_extra={"enum": list(OPERATORS["number"])})
    value: Any = 1

    @model_validator(mode="after")
    def _measure_fits(self) -> Self:
        if (self.measure == "count") != (self.of is None):
            raise Wrong("of_column", "`of` names the column of a sum or a distinct count, and only of these")
        if self.of is not None:
            kind = _column_kind(self.of, self.facts)
            if self.measure == "sum" and kind != "number":
                raise Wrong("sum_of_numbers", "'{name}' is a {kind}; only numbers are summed", name=self.of, kind=kind)
        if self.op in ("is_null", "not_null") or isinstance(self.value, dict):
            raise Wrong("measure_is_number", "a measure is compared with numbers")
        _ = self.operand
        return self

    @property
    def operand(self) -> Operand:
        """The value, checked and typed."""
        return operand(self.value, "number", self.op)


class Did(Counted):
    """What the customer did: `{did: event, name: loan_search, within: 14, value: 3, without: {did: …}}`."""

    did: str
    without: Without | None = None

    @field_validator("did")
    @classmethod
    def _known(cls, value: str) -> str:
        return _known_facts(value, state=False)

    @property
    def facts(self) -> FactTable:
        """See Rows.facts."""
        return FACTS[self.did]


class Has(Counted):
    """What is the case on the day: open accounts, running holdings. `{has: holding, where: […]}`."""

    has: str

    @field_validator("has")
    @classmethod
    def _known(cls, value: str) -> str:
        return _known_facts(value, state=True)

    @model_validator(mode="after")
    def _no_window(self) -> Self:
        if self.within is not None:
            raise Wrong("has_no_within", "`has` speaks of the day itself and takes no `within`")
        return self

    @property
    def facts(self) -> FactTable:
        """See Rows.facts."""
        return FACTS[self.has]


def told_by(kinds: Mapping[str, type[Node]], elsewhere: Mapping[str, type[Node]] | None = None) -> Any:
    """Chooses the kind of a node by its telling key; a mistyped one goes to the nearest, whose check then names it.

    elsewhere: kinds that are read only to say that they do not belong here.
    """
    named = ", ".join(kinds)
    kinds = {**kinds, **(elsewhere or {})}

    def tell(value: Any) -> str | None:
        if isinstance(value, Node):
            return next((f"<{k}>" for k, node in kinds.items() if type(value) is node), None)
        if not isinstance(value, dict):
            return None
        near = (m for key in value for m in get_close_matches(str(key), kinds, n=1))
        return next((f"<{k}>" for k in kinds if k in value), None) or next((f"<{k}>" for k in near), None)

    return Discriminator(
        tell,
        custom_error_type="condition",
        custom_error_message="a condition says one of {keys}",
        custom_error_context={"keys": named},
    )


_KINDS_OF_ROWS: Mapping[str, type[Node]] = {
    "all": RowAll,
    "any": RowAny,
    "not": RowNot,
    "column": ColumnTest,
    "property": PropertyTest,
}


RowNode = Annotated[
    Annotated[RowAll, Tag("<all>")]
    | Annotated[RowAny, Tag("<any>")]
    | Annotated[RowNot, Tag("<not>")]
    | Annotated[ColumnTest, Tag("<column>")]
    | Annotated[PropertyTest, Tag("<property>")],
    told_by(_KINDS_OF_ROWS),
]

for _model in (RowAll, RowAny, RowNot, Rows, Without, Counted, Did, Has):
    _model.model_rebuild()


def row_tests(nodes: tuple[Any, ...]) -> Iterator[ColumnTest | PropertyTest]:
    """The comparisons among conditions on rows."""
    for node in nodes:
        if isinstance(node, ColumnTest | PropertyTest):
            yield node
        else:
            yield from row_tests(node.children)


def row_operand(test: ColumnTest | PropertyTest, facts: FactTable) -> Operand:
    """The value of a condition on rows, checked and typed. Raises ValueError."""
    if isinstance(test, PropertyTest):
        if facts.properties is None:
            raise Wrong("no_properties", "rows of {table} have no properties; use `column`", table=facts.table.name)
        return test.operand
    kind = _column_kind(test.column, facts)
    if test.op == "under" or isinstance(test.value, dict):
        raise Wrong("column_constants", "a column of a row compares with constants only")
    values = facts.column(test.column).values if test.column != "business_date" else ()
    return operand(test.value, kind, test.op, values)


def _column_kind(name: str, facts: FactTable) -> Kind:
    if name not in facts.kinds:
        raise Wrong("no_column", "{table} has no column '{name}' for rules; {hint}", table=facts.table.name,
                    name=name, **guess(name, facts.kinds))  # fmt: skip
    return facts.kinds[name]


def _known_facts(name: str, *, state: bool) -> str:
    known = [n for n, f in FACTS.items() if f.state == state]
    if name not in known:
        word = "has" if state else "did"
        if not state and name in FACTS:
            raise Wrong("state_not_deed", "`{word}` knows no '{name}' (a state: use `has`); {hint}", word=word,
                        name=name, **guess(name, known))  # fmt: skip
        raise Wrong("no_fact", "`{word}` knows no '{name}'; {hint}", word=word, name=name, **guess(name, known))
    return name
