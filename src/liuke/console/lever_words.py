"""What would change a customer's score, in words, as the person may read it.

For staff only: nothing of it goes into what is said or sent to a customer (act/words knows no score).
"""

from __future__ import annotations

from dataclasses import dataclass

from liuke.console.figures import share
from liuke.console.showing import locale, rights
from liuke.govern.access import Scope
from liuke.govern.masking import show_value
from liuke.insight.churn.explain import amount_of
from liuke.insight.churn.levers import Lever, lever_text
from liuke.insight.profile import ModelRisk


@dataclass(frozen=True, slots=True)
class Change:
    """One influence. before, after: probabilities, 0..1, and as text."""

    title: str
    text: str
    before: float
    after: float
    fall: str


def changes(risk: ModelRisk | None, scope: Scope) -> tuple[Change, ...]:
    """The levers of a score, the largest fall first; amounts as bands where the role reads no exact ones."""
    return tuple(_change(lever, scope) for lever in risk.levers) if risk else ()


def _change(lever: Lever, scope: Scope) -> Change:
    unit = lever.feature.unit

    def said(value: float | None) -> str:
        if value is not None and unit.startswith("currency") and "amounts_detail" not in rights(scope):
            return str(show_value(round(value, 2), "money", scope.reads["amounts"], locale()))
        return amount_of(value, unit, locale())

    return Change(
        lever.influence.title(locale()),
        lever_text(lever, locale(), said),
        lever.before,
        lever.after,
        f"{share(lever.before, 0)} → {share(lever.after, 0)}",
    )
