"""Applications as pages show them: stages with how far each is, steps over all channels in words, what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.act.progress.application import ENDED, EVENT_NAMES
from liuke.act.progress.friction import Friction, by_customer, friction, with_known
from liuke.act.progress.outlook import Mark, outlook
from liuke.act.progress.progress_policy import Journey, ProgressPolicy, Stage
from liuke.console import labels
from liuke.console.figures import is_chinese
from liuke.console.labels import Text
from liuke.console.timeline import Item
from liuke.insight.timeline import TimelineEntry
from liuke.settings import Name
from liuke.state.models import Application, ApplicationStep

STATUSES: Final[dict[str, Text]] = {
    "started": gettext_lazy("已开始"),
    "in_progress": gettext_lazy("办理中"),
    "submitted": gettext_lazy("已提交"),
    "in_review": gettext_lazy("审核中"),
    "needs_more": gettext_lazy("需补充"),
    "approved": gettext_lazy("已批准"),
    "completed": gettext_lazy("已办结"),
    "rejected": gettext_lazy("未通过"),
    "withdrawn": gettext_lazy("已撤回"),
}
LOOKS: Final[dict[str, str]] = {
    "submitted": "violet", "in_review": "violet", "needs_more": "orange", "approved": "green", "completed": "green",
    "rejected": "red", "withdrawn": "",
}  # fmt: skip
MARKS: Final[dict[Mark, Text]] = {
    "done": gettext_lazy("已完成"),
    "now": gettext_lazy("当前"),
    "ahead": gettext_lazy("未开始"),
}
_ICONS: Final = {
    "app": "device-mobile", "web": "keyboard", "wechat": "brand-wechat", "atm": "credit-card",
    "branch": "building-bank", "phone": "phone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage of the rail. label: how far it is, in words."""

    code: str
    name: str
    mark: Mark
    label: Text


@dataclass(frozen=True, slots=True)
class Shown:
    """One application. needs, channels: of what the customer has to do now; '' and none while the bank is at work."""

    row: Application
    journey: str
    status: Text
    look: str
    stage: str
    stages: tuple[StageRow, ...]
    needs: str
    channels: tuple[Text, ...]
    channel: Text

    @property
    def waits(self) -> bool:
        """Whether the bank is at work."""
        return not self.needs and self.row.status not in ENDED

    @property
    def places(self) -> str:
        """The channels as one text."""
        return listed(self.channels)


def listed(names: Iterable[Text]) -> str:
    """Names one after the other, as the language of the page puts them."""
    return _("、").join(str(name) for name in names)


def said(name: Name) -> str:
    """A name in the page's language."""
    return name.zh if is_chinese() else name.en


def shown(row: Application, policy: ProgressPolicy) -> Shown:
    """The row in words; of a journey or stage the policy no longer has, its code."""
    journey = policy.known(row.journey)
    found = outlook(journey, row.stage, row.status) if journey else None
    now = found.now if found else None
    stages = tuple(StageRow(s.code, said(s.name), mark, MARKS[mark]) for s, mark in found.stages) if found else ()
    return Shown(
        row=row,
        journey=said(journey.name) if journey else row.journey,
        status=STATUSES.get(row.status, row.status),
        look=LOOKS.get(row.status, "blue"),
        stage=stage_name(journey, row.stage),
        stages=stages,
        needs=said(now.needs) if now and now.needs else "",
        channels=tuple(labels.CHANNELS[channel] for channel in now.channels) if now else (),
        channel=labels.CHANNELS.get(row.channel, row.channel),
    )


def stage_name(journey: Journey | None, code: str) -> str:
    """The stage's name, its code where nobody named it."""
    known = journey.known(code) if journey else None
    return said(known.name) if known else code


def steps_of(row: Application) -> list[ApplicationStep]:
    """The steps in the order in which they happened; the newest 200."""
    return list(reversed(row.steps.order_by("-at", "-id")[:200]))


def told_of(steps: Iterable[ApplicationStep]) -> Friction:
    """Switches, what was typed in again, the longest wait."""
    return friction(steps)


def items(row: Application, steps: list[ApplicationStep], policy: ProgressPolicy) -> list[Item]:
    """The timeline, newest first: each step with its channel, what was typed in, and what was asked for again."""
    journey, found = policy.known(row.journey), list[Item]()
    names = field_names(journey)
    before: ApplicationStep | None = None
    for step, known in with_known(steps):
        assert isinstance(step, ApplicationStep)
        again = [names.get(name, name) for name in step.fields if name in known]
        typed = [names.get(name, name) for name in step.fields if name not in known]
        parts = [
            _("录入 {what}").format(what=listed(typed)) if typed else "",
            _("重复录入 {what}").format(what=listed(again)) if again else "",
            _break(before, step),
        ]
        title = _joined(
            labels.EVENT_NAMES.get(step.name, step.name), stage_name(journey, step.stage),
            STATUSES.get(step.status, "") if step.name == "application_status" else "",
            labels.CHANNELS.get(step.channel, step.channel),
        )  # fmt: skip
        look = "orange" if again else "green" if step.status in ("completed", "approved") else ""
        icon = _ICONS.get(step.channel, "refresh")
        found.append(Item(step.at, step.name, icon, look, title, _joined(*parts)))
        before = step if by_customer(step) else before
    return found[::-1]


def step_told(entry: TimelineEntry, policy: ProgressPolicy) -> Item:
    """A step in the timeline of a customer: what happened, which application, its stage, its channel."""
    code, _slash, stage = (entry.detail or "").partition("/")
    journey = policy.known(code)
    name = said(journey.name) if journey else code
    status = STATUSES.get(entry.result or "", "") if entry.code == "application_status" else ""
    channel = labels.CHANNELS.get(entry.channel or "", entry.channel or "")
    title = _joined(labels.EVENT_NAMES.get(entry.code or "", entry.code or ""), stage_name(journey, stage), status)
    return Item(entry.at, "event", _ICONS.get(entry.channel or "", "refresh"), "", title, _joined(name, channel))


def is_step(entry: TimelineEntry) -> bool:
    """Whether the line is a step of an application."""
    return entry.kind == "event" and (entry.code or "") in EVENT_NAMES


def _joined(*parts: Text) -> str:
    return " · ".join(str(part) for part in parts if part)


def field_names(journey: Journey | None) -> dict[str, str]:
    """What the journey's fields are called."""
    return {field.code: said(field.name) for stage in (journey.stages if journey else ()) for field in stage.fields}


def given(journey: Journey | None, steps: Iterable[ApplicationStep]) -> list[str]:
    """What the customer has given already, by name, so that nobody asks for it again."""
    names = field_names(journey)
    return [names.get(code, code) for code in dict.fromkeys(code for step in steps for code in step.fields)]


def next_stage(journey: Journey | None, row: Application) -> Stage | None:
    """The stage that a form proposes: the present one, else the first."""
    if journey is None:
        return None
    return journey.known(row.stage) or journey.stages[0]


def _break(before: ApplicationStep | None, step: ApplicationStep) -> str:
    """Where the channel changed, and after how long."""
    if before is None or before.channel == step.channel or not by_customer(step):
        return ""
    return _("换渠道，相隔 {time}").format(time=lasted(before.at, step.at))


def lasted(begin: datetime, end: datetime) -> str:
    """A time span in its largest whole units."""
    whole: timedelta = end - begin
    minutes = max(0, int(whole.total_seconds() // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return _("{d} 天 {h} 小时").format(d=days, h=hours)
    return _("{h} 小时 {m} 分钟").format(h=hours, m=minutes % 60) if hours else _("{m} 分钟").format(m=minutes)
