"""Questions about what people did over time, as a rule may ask them: what every kind gives, and which kinds there are.

Order, and the time between two facts, are known to no other condition. What a funnel or a cohort is stands above the
rules, which therefore know this base only; `insight/conditions.py` says which kinds there are (`know`).
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, Any, Final

import ibis.expr.types as ir
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from liuke.engine import Engine
from liuke.errors import Wrong
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.rows import Node, Rows
from liuke.tables import Table


class Question(Node):
    """Base of the kinds. Everything is as of the end of the day of the data; nothing later enters."""

    @property
    def source(self) -> str:
        """Equal for questions that have the same answer and differ only in whom of it they mean."""
        raise NotImplementedError

    @property
    def rows(self) -> tuple[Rows, ...]:
        """The facts it looks at."""
        raise NotImplementedError

    @property
    def read(self) -> tuple[tuple[Table, str], ...]:
        """Columns of the contracts it looks at beside the facts."""
        return ()

    def answered(self, engine: Engine, data: RuleData) -> ir.Table:
        """The answer, inside the engine; to be released. Names that no fact bears are nobody's, and no mistake."""
        raise NotImplementedError

    def members(self, answer: ir.Table, data: RuleData) -> ir.Table:
        """Whom of the answer it means: customer_id, each once; lazily."""
        raise NotImplementedError

    def said(self, tongue: int) -> str:
        """In words: Chinese for 0, English for 1."""
        raise NotImplementedError


KINDS: Final[dict[str, type[Question]]] = {}
"""By the key that tells them apart."""


def know(**kinds: type[Question]) -> None:
    """From now on rules may ask these, too."""
    KINDS.update(kinds)


def _read(value: Any) -> Question:
    """Mistakes within keep their places: pydantic puts those of a model read here below the key read."""
    if isinstance(value, Question):
        return value
    keys = [str(key) for key in value] if isinstance(value, dict) else []
    near = (match for key in keys for match in get_close_matches(key, KINDS, n=1))
    word = next((key for key in keys if key in KINDS), None) or next(near, None)
    if word is None:
        raise Wrong("behaviour_kind", "a question about behaviour says one of {kinds}", kinds=", ".join(KINDS))
    return KINDS[word].model_validate(value)


class _OfAKind:
    """How pydantic reads a question: as the kind its key tells."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_read)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"oneOf": [handler(kind.__pydantic_core_schema__) for kind in KINDS.values()]}


AnyQuestion = Annotated[Question, _OfAKind]
"""A question of any kind that is known."""
