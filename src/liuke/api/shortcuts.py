"""One-tap shortcuts of one customer: by habit, or in the bank's own order without personalisation."""

from __future__ import annotations

from liuke.api.answers import Shortcut, Shortcuts, Words
from liuke.api.entrance import Asked
from liuke.insight.habits import Function


def shortcuts_of(question: Asked) -> Shortcuts:
    """Habits first, filled up in the bank's own order."""
    day, policy = question.day, question.day.shortcut_policy
    off = bool(question.switches.get("personalisation_off_on"))
    habits = [] if off else day.habits.of(question.customer_id)
    known = {function.code: function for function in policy.functions}
    used = {row["function"]: int(row["days"]) for row in habits if row["function"] in known}
    rest = [code for code in known if code not in used]
    return Shortcuts(
        as_of=day.as_of,
        purpose=question.purpose,
        personalised=bool(used),
        because="personalisation_off" if off else "habit" if used else "no_habit",
        shortcuts=[_shown(known[code], used.get(code)) for code in [*used, *rest][: policy.most]],
    )


def _shown(function: Function, days: int | None) -> Shortcut:
    return Shortcut(code=function.code, name=Words(zh=function.name.zh, en=function.name.en), days_used=days)
