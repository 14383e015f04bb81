"""What was asked of a flat table and is not in it: columns and values, told with what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from liuke.errors import Place, YourMistake, did_you_mean

_MOST = 6


def check_columns(asked: Mapping[str, Iterable[str]], known: Sequence[str], table: Path, state: str) -> None:
    """asked: names by the option that named them. Raises YourMistake for the first that is no column."""
    for option, names in asked.items():
        for name in names:
            if name not in known:
                raise YourMistake(
                    f"{option}: the table has no column '{name}'",
                    place=Place(str(table)),
                    state=state,
                    then=did_you_mean(name, known),
                )


def no_value(
    what: str, place: Place, value: str, values: Sequence[str], expected: str, state: str | None = None
) -> YourMistake:
    """The column of `place`, which is the `what` (label, treatment, …), has other values."""
    return YourMistake(
        f"the {what} '{place.column}' has no value '{value}'",
        place=place,
        expected=expected,
        state=state,
        then=did_you_mean(value, values),
    )


def some(values: Sequence[str]) -> str:
    """The first values, for a message.

    >>> some(["a", "b"])
    'a, b'
    """
    return ", ".join(values[:_MOST]) + (" …" if len(values) > _MOST else "")
