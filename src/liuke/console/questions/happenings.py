"""Things that happen as a form names them: `event:apply_start`, perhaps others that count as well, and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final, TypeVar

from liuke.console.questions.fields import Fields
from liuke.insight.rules.vocabulary import FACTS

NAMES: Final = ("step", "orat", "or", "at", "what", "op", "val")
"""Fields of things: what each is, what else counts, on which conditions."""
OPERATORS: Final = ("==", "!=", "<", "<=", ">", ">=", "in", "not_in", "contains", "starts_with", "is_null", "not_null")
BARE: Final = ("is_null", "not_null")
_LISTS: Final = ("in", "not_in")
_ORDERED: Final = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Other:
    """Something else that counts as the step. at: its number, from 1. token: as a step's."""

    at: int
    token: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of a form. at: number of the step it belongs to, from 1. what: a property or a column."""

    at: int
    what: str
    op: str
    value: str

    @property
    def is_begun(self) -> bool:
        """Whether somebody wrote something."""
        return bool(self.what)


RowT = TypeVar("RowT", Condition, Other)


def conditions_of(fields: Fields) -> tuple[Condition, ...]:
    """Those in the fields; of an unknown operator: equal."""
    rows = zip_longest(fields.many("at"), fields.many("what"), fields.many("op"), fields.many("val"), fillvalue="")
    return tuple(
        Condition(int(at), what, op if op in OPERATORS else "==", value)
        for at, what, op, value in rows
        if _is_place(at)
    )


def others_of(fields: Fields) -> tuple[Other, ...]:
    """What else counts, in the order of the steps."""
    rows = zip_longest(fields.many("orat"), fields.many("or"), fillvalue="")
    found = [Other(int(at), token) for at, token in rows if _is_place(at) and ":" in token]
    return tuple(sorted(found, key=lambda other: other.at))


def other_fields(others: Iterable[Other]) -> dict[str, tuple[str, ...]]:
    """The other way round."""
    kept = list(others)
    return {"orat": tuple(str(o.at) for o in kept), "or": tuple(o.token for o in kept)}


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 3


def condition_fields(conditions: Iterable[Condition]) -> dict[str, tuple[str, ...]]:
    """The other way round."""
    kept = list(conditions)
    return {
        "at": tuple(str(c.at) for c in kept),
        "what": tuple(c.what for c in kept),
        "op": tuple(c.op for c in kept),
        "val": tuple(c.value for c in kept),
    }


def moved(rows: Sequence[RowT], order: Sequence[int]) -> tuple[RowT, ...]:
    """Conditions, or what else counts, after their steps were put in another order. order: the old number of each step
    that stays.
    """
    places = {old: new for new, old in enumerate(order, start=1)}
    return tuple(sorted((replace(r, at=places[r.at]) for r in rows if r.at in places), key=lambda r: r.at))


def happening(token: str, conditions: Iterable[Condition] = (), others: Iterable[str] = ()) -> dict[str, Any]:
    """As YAML has it. token: a fact table and a name, `event:login`; without a name any of its rows. others: tokens of
    the same table that count as well; the conditions hold for all of them.
    """
    did = token.partition(":")[0]
    names = list(dict.fromkeys(each.partition(":")[2] for each in (token, *others)))
    made: dict[str, Any] = {"did": did}
    if all(names):
        made["name"] = names[0] if len(names) == 1 else names
    where = [_test(did, one) for one in conditions if one.is_begun]
    return made | ({"where": where} if where else {})


def _test(did: str, one: Condition) -> dict[str, Any]:
    facts = FACTS.get(did)
    is_column = facts is not None and (one.what in facts.kinds or facts.properties is None)
    made: dict[str, Any] = {"column" if is_column else "property": one.what, "op": one.op}
    if one.op in BARE:
        return made
    numeric = bool(is_column and facts and facts.kinds.get(one.what) == "number") or one.op in _ORDERED
    parts = [p.strip() for p in one.value.replace("，", ",").replace("、", ",").split(",") if p.strip()]
    values = [_number(p) if numeric else p for p in parts]
    if one.op in _LISTS:
        return made | {"value": values}
    return made | {"value": _flag(_number(one.value) if numeric else one.value, did, one)}


def _flag(value: Any, did: str, one: Condition) -> Any:
    facts = FACTS.get(did)
    if facts and facts.kinds.get(one.what) == "flag" and value in ("true", "false"):
        return value == "true"
    return value


def _number(text: str) -> Any:
    """A number where it is one; else as written, for the check to say what is wrong."""
    try:
        found = float(text)
    except ValueError:
        return text
    return int(found) if found.is_integer() and abs(found) < 1e15 else found
