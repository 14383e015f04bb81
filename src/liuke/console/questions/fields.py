"""The fields of a question: what the form sends, what stands in the address, and what a kept view holds as YAML.

One shape for all three, so that every state of a builder can be shared, opened again and gone back to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import yaml
from django.http import QueryDict

LONGEST: Final = 200
MOST: Final = 60
"""Values under one name at most; a longer list is cut."""
WHOM: Final = ("days", "first", "last", "branch", "in", "who")
"""Names that every question has: its period, its customers, and who is counted."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Names with their values in order. Names that are not the kind's own are left out when it is read."""

    values: Mapping[str, tuple[str, ...]]

    def one(self, name: str, default: str = "") -> str:
        """The value, else the default."""
        found = self.values.get(name, ())
        return found[0] if found and found[0] else default

    def many(self, name: str) -> tuple[str, ...]:
        """All values, empty ones too."""
        return self.values.get(name, ())

    def changed(self, **values: str | tuple[str, ...] | None) -> Fields:
        """With other values; None takes one away."""
        made = dict(self.values)
        for name, value in values.items():
            made.pop(name, None)
            if value is not None:
                made[name] = (value,) if isinstance(value, str) else value
        return Fields(made)

    @property
    def query(self) -> str:
        """As the address has it; names without a value are left out."""
        return urlencode({n: v for n, v in self.values.items() if any(v)}, doseq=True)

    @property
    def text(self) -> str:
        """As a kept view has it: YAML, a list where there are several values."""
        plain: dict[str, Any] = {n: v[0] if len(v) == 1 else list(v) for n, v in self.values.items() if any(v)}
        return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=True))


def of_query(query: QueryDict, names: Iterable[str]) -> Fields:
    """The fields in an address or a form."""
    return _fields({name: query.getlist(name) for name in names if name in query})


def of_text(text: str, names: Iterable[str]) -> Fields:
    """The fields of a kept view; none where it cannot be read."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, dict):
        return Fields({})
    lists = {name: found[name] for name in names if name in found}
    return _fields({n: v if isinstance(v, list) else [v] for n, v in lists.items()})


def _fields(found: Mapping[str, Iterable[Any]]) -> Fields:
    return Fields({name: tuple(str(v).strip()[:LONGEST] for v in list(vs)[:MOST]) for name, vs in found.items()})


def as_whole(text: str) -> Any:
    """A whole number of at most three digits as such; else the text, which a check then refuses with its place."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else text


def as_share(text: str) -> Any:
    """A number of per cent as a share; else the text."""
    try:
        return float(text) / 100
    except ValueError:
        return text
