"""The trigger rules 策略: what each watches for, whether it is at work, how often it matched and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from liuke.act.trigger_policy import read_trigger_policy
from liuke.act.triggered import FATES
from liuke.act.triggers.rule_file import TriggerFile
from liuke.act.triggers.ruleset import Rule, read_triggers
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of
from liuke.console.figures import is_chinese
from liuke.console.labels import Text
from liuke.console.reading import house
from liuke.errors import LiukeError
from liuke.govern.access import Scope
from liuke.state.trigger_counts import RuleCount, recent_matches, rule_counts
from liuke.streaming.rules import catalogue_of

State = Literal["on", "shadow", "asleep"]
_ORDER: Final[dict[State, int]] = {"on": 0, "shadow": 1, "asleep": 2}
_LOOKS: Final[dict[State, str]] = {"on": "green", "shadow": "blue", "asleep": ""}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as the page shows it. fates: what became of its matches of the last 30 days, decisions first."""

    rule: Rule
    name: str
    description: str
    state: State
    state_label: Text
    look: str
    tier_label: Text
    use: Text
    count: RuleCount
    fates: tuple[tuple[Text, int], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as the files stand now, or the mistake for which they cannot be read."""

    rows: tuple[RuleRow, ...] = ()
    mistake: LiukeError | None = None


@require_GET
@guarded("see_effect")
def board(request: HttpRequest) -> HttpResponse:
    """Every rule of the bank, those at work first."""
    found = _rules(scope_of(request))
    counts = [row.count for row in found.rows]
    context = {
        "rows": found.rows,
        "mistake": found.mistake,
        "at_work": sum(row.state == "on" for row in found.rows),
        "today": sum(count.today for count in counts),
        "month": sum(count.matches for count in counts),
        "treated": sum(count.fates.get("treated", 0) for count in counts),
        "held": sum(count.fates.get("holdout", 0) for count in counts),
    }
    return page(request, "console/triggers.html", "triggers", context)


@require_GET
@guarded("see_effect")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: its text, and its newest matches in the person's scope."""
    found = _rules(scope_of(request))
    row = next((row for row in found.rows if row.rule.code == code), None)
    if row is None:
        raise Http404
    text = (house().home / "triggers" / f"{code}.yaml").read_text(encoding="utf-8-sig")
    matches = [(match, labels.FATES[match.fate]) for match in recent_matches(scope_of(request), code)]
    return page(request, "console/trigger.html", "triggers", {"row": row, "text": text, "matches": matches})


def _rules(scope: Scope) -> Rules:
    here, now = house(), timezone.now()
    counts = rule_counts(scope, now, timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0))
    try:
        switched_on = read_trigger_policy(here.policy("triggers")).switched_on
        rules = read_triggers(here.home, catalogue_of(here.home), switched_on=switched_on)
    except LiukeError as error:
        return Rules(mistake=error)
    rows = [
        _row(rule, _state(rule.spec, code in rules.sleeping), counts.get(code, RuleCount()))
        for code, rule in rules.every.items()
    ]
    return Rules(tuple(sorted(rows, key=lambda r: (_ORDER[r.state], -r.count.matches, -r.rule.spec.priority))))


def _state(spec: TriggerFile, asleep: bool) -> State:
    return "asleep" if asleep else "shadow" if spec.shadow else "on"


def _row(rule: Rule, state: State, count: RuleCount) -> RuleRow:
    spec, tongue = rule.spec, "zh" if is_chinese() else "en"
    return RuleRow(
        rule=rule,
        name=getattr(spec.name, tongue),
        description=getattr(spec.description, tongue),
        state=state,
        state_label=labels.TRIGGER_STATES[state],
        look=_LOOKS[state],
        tier_label=labels.URGENCIES.get(spec.tier, spec.tier),
        use=labels.USES.get(spec.purpose, spec.purpose),
        count=count,
        fates=tuple((labels.FATES[fate], count.fates[fate]) for fate in FATES if count.fates.get(fate)),
    )
