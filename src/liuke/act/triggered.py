"""What becomes of a match: gates, then the hold-out draw, then a decision.

match ─ shadow rule? ─ customer known? ─ rule within its share? ─ of age? ─ gates ─ a desk? ─ global hold-out? ─ draw
      ─→ treated | holdout
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, get_args

from liuke.act.decide import years_before
from liuke.act.gates.one_customer import Finding
from liuke.act.holdout import arm, draw
from liuke.act.loop_policy import LoopPolicy
from liuke.act.withheld import NOBODY, Withheld
from liuke.tables import GATES

Fate = Literal["treated", "holdout", "withheld", "shadow", "unknown", "over_share", "minor", "gated", "no_desk"]
FATES: tuple[Fate, ...] = get_args(Fate)
"""What may become of a match, decisions first."""


_STOPPED: dict[str, Fate] = {"under_14": "minor", "under_age": "minor", "unknown_customer": "unknown"}
"""Rules of the gates that have a fate of their own here."""


class Addressee(Protocol):
    """What the gates and the decision read of a customer, as of the last daily run."""

    @property
    def as_of(self) -> date:
        """The data day of the facts."""

    @property
    def birth_date(self) -> date | None:
        """None where the bank does not know it."""

    @property
    def branch_id(self) -> str | None:
        """Home branch."""

    @property
    def staff_id(self) -> str | None:
        """Owner RM."""

    @property
    def aum(self) -> Decimal:
        """Assets, bank currency."""

    @property
    def score(self) -> float:
        """Warning score 0..1."""


@dataclass(frozen=True, slots=True)
class Matched:
    """One match as a decision needs it. key: names it for ever; theme, tier: what order comes of it, and how urgent.

    over_share: the rule has matched more of the bank's customers than its file allows.
    """

    key: str
    rule: str
    customer_id: str
    theme: str
    tier: str
    shadow: bool = False
    over_share: bool = False


def experiment_of(rule: str) -> str:
    """The experiment in which the rule's effect is measured: a rule has a draw of its own."""
    return f"trigger_{rule}"


def loop_id_of(matched: Matched) -> str:
    """'L' and the first 16 hex digits of the match's key."""
    return "L" + matched.key[:16]


def gate(
    matched: Matched, person: Addressee | None, policy: LoopPolicy, day: date, stop: Finding | None = None
) -> Fate | None:
    """The first gate that stops the match on the bank's `day`; None when all are passed. stop: what the gates of
    act/gates say about a care call to the customer now.
    """
    if matched.shadow:
        return "shadow"
    if person is None:
        return "unknown"
    born = person.birth_date
    told = _STOPPED.get(stop.rule or "", "gated") if stop else "gated"
    tests: tuple[tuple[bool, Fate], ...] = (
        (matched.over_share, "over_share"),
        (born is not None and born > years_before(day, policy.minimum_age_years), "minor"),
        (stop is not None, told),
        (person.staff_id is None and person.branch_id is None, "no_desk"),
    )
    return next((fate for stops, fate in tests if stops), None)


def decide_match(
    matched: Matched,
    person: Addressee | None,
    policy: LoopPolicy,
    day: date,
    decided_at: datetime,
    stop: Finding | None = None,
    withheld: Withheld = NOBODY,
) -> tuple[Fate, dict[str, Any] | None]:
    """The match's fate, and its DECISION row (every column of the table) when it was decided.

    day: the bank's day of `decided_at` (aware UTC). The draw is stable per customer and rule, so a customer who is
    held out stays so each time the rule matches. stop: see `gate`. withheld: the global hold-out; whom it holds has no
    part in the rule's own experiment.
    """
    stopped = gate(matched, person, policy, day, stop)
    if stopped or person is None:
        return stopped or "unknown", None
    if withheld.draw_of(matched.customer_id, matched.theme) is not None:
        return "withheld", None
    experiment = experiment_of(matched.rule)
    value = draw(matched.customer_id, experiment, policy.salt)
    fate = arm(value, policy.holdout_share)
    return fate, {
        "loop_id": loop_id_of(matched),
        "as_of": day,
        "decided_at": decided_at,
        "customer_id": matched.customer_id,
        "experiment": experiment,
        "arm": fate,
        "draw": value,
        "holdout_share": policy.holdout_share,
        "treatment": matched.theme if fate == "treated" else None,
        "candidates": _candidates(matched, held_out=fate == "holdout"),
        "tier": matched.tier,
        "score": person.score,
        "aum": person.aum,
        "branch_id": person.branch_id,
        "staff_id": person.staff_id,
        "policy_version": policy.version,
    }


def _candidates(matched: Matched, *, held_out: bool) -> str:
    named = ("shadow", "unknown", "over_share", "minor", *GATES, "no_desk")
    gates = [{"gate": name, "result": "passed"} for name in named]
    care = {"treatment": matched.theme, "fate": "held_out" if held_out else "chosen", "gates": gates}
    nothing: dict[str, object] = {"treatment": "none", "fate": "chosen" if held_out else "not_chosen", "gates": []}
    return json.dumps([care, nothing], ensure_ascii=False, separators=(",", ":"))
