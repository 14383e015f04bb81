"""The next best action of one customer, and the last daily decision explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from liuke.act.arbitrate.anew import Anew, Closed, Identity, anew, identity, morning
from liuke.act.arbitrate.explain import Wording, explained, in_order
from liuke.act.gates.sentences import sentence
from liuke.api.answers import Action, Decision, Fate, NextBestAction, Words
from liuke.api.day import Day
from liuke.api.entrance import Asked
from liuke.api.gates_now import askable
from liuke.govern.masking import mask_text
from liuke.govern.money_band import Locale, money_band
from liuke.state.since import contacts_since

Row = Mapping[str, Any]
_CARE: Final = Words(zh="客户经理关怀", en="Call by the relationship manager")
_LOCALES: Final[tuple[Locale, ...]] = ("zh-hans", "en")


def next_best_action_of(question: Asked) -> NextBestAction:
    """The answer. What is marketing is told for that purpose only, and not to whom personalisation is off."""
    day, switches = question.day, question.switches
    impersonal = bool(switches.get("personalisation_off_on"))
    found = _decided(question, automated_off=bool(switches.get("automated_off_on")), impersonal=impersonal)
    rows = [row for row in found.rows if tellable(row, question.purpose)]
    done = [row for row in rows if row["fate"] == "chosen"]
    action = next((row for row in done if row["theme"] not in day.levers.duties), None)
    automated = all(row["fate"] != "human_review" for row in found.rows) and not switches.get("automated_off_on")
    return NextBestAction(
        as_of=day.as_of,
        purpose=question.purpose,
        because=_because(found.rows, action, day, impersonal=impersonal, automated=automated),
        action=_action(action, day) if action else None,
        duties=[_action(row, day) for row in done if row["theme"] in day.levers.duties],
        automated=automated,
        personalised=not impersonal,
        decided="morning" if found.stands else "now",
        fates=_fates(found.rows, question.purpose, day),
    )


def decision_of(question: Asked) -> Decision:
    """What the morning stored about every candidate."""
    rows = [morning(row) for row in question.day.candidates.of(question.customer_id)]
    return Decision(
        as_of=question.day.as_of,
        purpose=question.purpose,
        decided_at=rows[0]["decided_at"] if rows else None,
        policy_version=rows[0]["policy_version"] if rows else None,
        automated=all(row["fate"] != "human_review" for row in rows),
        fates=_fates(rows, question.purpose, question.day),
    )


def tellable(row: Row, purpose: str) -> bool:
    """Whether a candidate may be told: marketing for its purpose only."""
    return row["message_class"] != "marketing" or purpose == "marketing"


def _decided(question: Asked, *, automated_off: bool, impersonal: bool) -> Anew:
    day = question.day
    whole = day.candidates.of(question.customer_id)
    # Who was held out this morning stays so, also when the offer was changed or withdrawn since.
    rows = [row for row in whole if row["meant"] or row["was_fate"] == "held_out"]
    closed = dict(_closed(question, rows))
    if impersonal:
        off = Closed("consent", "personalisation_off", str(question.switches["personalisation_off_on"]))
        closed |= {identity(row): off for row in rows if row["message_class"] == "marketing"}
    return anew(rows, day.market, day.levers, day.salt, closed, automated_off=automated_off)


def _closed(question: Asked, rows: Sequence[Row]) -> dict[Identity, Closed]:
    """What has been closed since the morning. Gates are asked again only where there is something new to ask about."""
    day, who = question.day, question.customer_id
    if not askable(rows):
        return {}
    fresh = contacts_since(who, day.known_by, day.sending)
    return day.gates.closed(rows, fresh, question.who.at) if fresh or who in day.changed else {}


def _because(rows: Sequence[Row], action: Row | None, day: Day, *, impersonal: bool, automated: bool) -> str:
    if action is not None:
        return "chosen"
    if not automated:
        return "human_review"
    fates = {row["fate"] for row in rows if row["theme"] not in day.levers.duties}
    if "held_out" in fates:
        return "held_out"
    if "chosen" in fates:
        return "other_purpose"
    return "personalisation_off" if impersonal else "nothing_better"


def _name(row: Row, day: Day) -> Words:
    offer = day.offers.get(row["offer_id"] or row["treatment"])
    if offer is not None:
        return Words(zh=offer.spec.name.zh, en=offer.spec.name.en)
    return _CARE if row["treatment"] == "rm_care" else Words(zh=row["treatment"], en=row["treatment"])


def _action(row: Row, day: Day) -> Action:
    kept = {name: row[name] for name in ("treatment", "channel", "theme", "message_class", "offer_id")}
    return Action(**kept, name=_name(row, day))


class _Banded(Wording):
    """Sentences with bands in place of amounts, which would tell a customer's assets."""

    def money(self, value: float | None) -> str:
        return "—" if value is None else money_band(value, self.locale)


def _fates(rows: Sequence[Row], purpose: str, day: Day) -> list[Fate]:
    """In the order in which they are explained; of all of them those that may be told."""
    names = {row["treatment"]: _name(row, day) for row in rows}
    ordered = in_order(rows, day.levers)
    zh, en = (_texts(ordered, names, day, locale) for locale in _LOCALES)
    return [
        Fate(
            **{name: row[name] for name in ("treatment", "channel", "fate", "gate", "rule")},
            name=names[row["treatment"]],
            text=Words(zh=zh[place], en=en[place]),
        )
        for place, row in enumerate(ordered)
        if tellable(row, purpose)
    ]


def _texts(ordered: Sequence[Row], names: Mapping[str, Words], day: Day, locale: Locale) -> list[str]:
    called = {code: name.en if locale == "en" else name.zh for code, name in names.items()}
    return [told.text for told in explained(ordered, _Banded(called, _gate_words(locale), day.levers, locale))]


def _gate_words(locale: Locale) -> Callable[[Row], str]:
    def words(row: Row) -> str:
        fact = None if row["fact"] is None else mask_text(str(row["fact"]))
        return sentence(row["rule"], fact, row["may_change_on"], locale)

    return words
