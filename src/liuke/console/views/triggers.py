"""The trigger rules 策略: what each watches for, whether it is at work, how often it matched and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from liuke.act.bank_file import RULE_FILES
from liuke.act.trigger_policy import read_trigger_policy
from liuke.act.triggered import FATES
from liuke.act.triggers.modes import MODES, mode_of
from liuke.act.triggers.rule_file import TriggerFile
from liuke.act.triggers.ruleset import Rule, read_triggers
from liuke.collect.tracking.status import Working
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of
from liuke.console.diffing import diff_lines
from liuke.console.figures import is_chinese
from liuke.console.labels import Text
from liuke.console.reading import house
from liuke.console.reading.intake import intake
from liuke.console.reading.lanes import lanes
from liuke.console.reading.rule_bench import people, versions
from liuke.console.reading.text_bench import open_texts
from liuke.console.views.rule_changes import words_of
from liuke.errors import LiukeError
from liuke.govern.access import Scope
from liuke.state.actions.change_rule import RULE_TEXTS
from liuke.state.actions.whole_bank import has_rights
from liuke.state.trigger_counts import RuleCount, recent_matches, rule_counts, rule_lag
from liuke.streaming.rules import catalogue_of

_SPANS: Final = ((_("最近 1 小时"), timedelta(hours=1)), (_("最近 24 小时"), timedelta(days=1)))
State = Literal["on", "shadow", "off", "asleep"]
_ORDER: Final[dict[State, int]] = {"on": 0, "shadow": 1, "off": 2, "asleep": 3}
_LOOKS: Final[dict[State, str]] = {"on": "green", "shadow": "blue", "off": "", "asleep": ""}


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

    @property
    def gated(self) -> int:
        """Matches of the last 30 days that a gate stopped."""
        return sum(self.count.fates.get(fate, 0) for fate in ("minor", "no_desk", "unknown"))


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as the files stand now, or the mistake for which they cannot be read."""

    rows: tuple[RuleRow, ...] = ()
    mistake: LiukeError | None = None


@require_GET
@guarded("see_effect")
def board(request: HttpRequest) -> HttpResponse:
    """Every rule of the bank, those at work first."""
    found, collected = _rules(scope_of(request)), intake()
    counts = [row.count for row in found.rows]
    context = {
        "rows": found.rows,
        "mistake": found.mistake,
        "at_work": sum(row.state == "on" for row in found.rows),
        "today": sum(count.today for count in counts),
        "month": sum(count.matches for count in counts),
        "treated": sum(count.fates.get("treated", 0) for count in counts),
        "held": sum(count.fates.get("holdout", 0) + count.fates.get("withheld", 0) for count in counts),
        **_waiting(scope_of(request)),
        "stream": collected.workers["triggers"] if collected else None,
        "lanes": lanes(collected, timezone.now()),
        "lane_states": labels.LANE_STATES,
    }
    return page(request, "console/triggers.html", "triggers", context)


@require_GET
@guarded("see_effect")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: what it says in words and as written, how it does, its newest matches in scope, its history."""
    scope, now = scope_of(request), timezone.now()
    found = _rules(scope)
    if found.mistake and RULE_FILES.path(house().home, code).is_file():
        context = {"mistake": found.mistake, "code": code, "unreadable": True}
        return page(request, "console/rule_refused.html", "triggers", context)
    row = next((row for row in found.rows if row.rule.code == code), None)
    if row is None:
        raise Http404
    text, history = RULE_FILES.read(house().home, code), versions(code)
    shown = {
        "row": row,
        "text": text,
        "matches": [(match, labels.FATES[match.fate]) for match in recent_matches(scope, code)],
        "lags": [(label, rule_lag(scope, code, now - span)) for label, span in _SPANS],
        "versions": history,
        "names": people(name for v in history for name in (v.author, v.decided_by)),
        "by_hand": bool(history) and history[0].text != text,
        "stages": labels.CHANGE_STAGES,
        "can_edit": has_rights(scope, "edit_rules"),
        "modes": [(mode, labels.TRIGGER_STATES[mode]) for mode in MODES if mode != mode_of(row.rule.spec)],
        "taken_up": _taken_up(code),
        **words_of(row.rule),
    }
    return page(request, "console/trigger.html", "triggers", shown)


@require_GET
@guarded("see_effect")
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """The difference of two versions of a rule; 0 stands for the file as it is."""
    texts = {str(v.pk): v.text for v in versions(code)} | {"0": RULE_FILES.read(house().home, code)}
    one, other = request.GET.get("one", ""), request.GET.get("other", "0")
    if one not in texts or other not in texts:
        raise Http404
    return render(request, "console/parts/diff.html", {"diff": diff_lines(texts[one], texts[other]), "told": True})


def _waiting(scope: Scope) -> dict[str, Any]:
    """Changes that wait for somebody, and who they are."""
    if not (has_rights(scope, "edit_rules") or has_rights(scope, "approve_rules")):
        return {}
    found = open_texts(RULE_TEXTS, scope.actor)
    return {
        "changes": found,
        "names": people(change.author for change in found),
        "stages": labels.CHANGE_STAGES,
        "can_edit": has_rights(scope, "edit_rules"),
        "me": scope.actor,
    }


def _stream() -> Working | None:
    """How the stream worker stands; None where nothing is collected."""
    found = intake()
    return found.workers["triggers"] if found else None


def _taken_up(code: str) -> bool | None:
    """Whether the worker has read the rule's file since it was written; None when no worker tells."""
    stream, path = _stream(), RULE_FILES.path(house().home, code)
    if stream is None or not stream.alive or stream.said.get("mistake") or "read_at" not in stream.said:
        return None  # members of a Kafka group read the files each for itself
    return int(stream.said["read_at"]) >= path.stat().st_mtime_ns // 1000


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
    mode = mode_of(spec)
    return mode if mode == "off" else "asleep" if asleep else mode


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
