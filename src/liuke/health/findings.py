"""What looks wrong, judged from the facts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from liuke.health.facts import HealthFacts
from liuke.health.policy import HealthPolicy
from liuke.insight.amounts import Locale

Severity = Literal["bad", "warn"]
Code = Literal[
    "no_run", "run_failed", "run_late", "feed_late", "no_events", "worker_away", "events_waiting", "messages_waiting",
    "messages_dead", "orders_late", "not_anchored", "anchors_unreadable", "disk_full",
]  # fmt: skip

_TEXTS: Final[Mapping[Code, tuple[str, str]]] = {
    "no_run": ("还没有跑过日批", "no daily run has finished yet"),
    "run_failed": ("最近一次日批失败", "the newest daily run failed"),
    "run_late": ("日批停在 {day}，已 {days} 天", "the daily run stands at {day}, {days} days ago"),
    "feed_late": ("数据迟到：{tables}", "feeds are late: {tables}"),
    "no_events": ("{minutes} 分钟没有收到事件", "no event has come for {minutes} minutes"),
    "worker_away": ("{worker} 没有运行", "{worker} is not at work"),
    "events_waiting": ("{worker} 积压 {minutes} 分钟", "{worker} is {minutes} minutes behind"),
    "messages_waiting": (
        "{n} 条消息到点未发，最早已等 {minutes} 分钟", "{n} due messages wait, the oldest {minutes} minutes",
    ),
    "messages_dead": ("一天内 {n} 条消息发送失败，占 {share}%", "{n} messages failed within a day, {share}%"),
    "orders_late": (
        "{n} 张工单首次联系超时，占在办 {share}%", "first contact is overdue for {n} orders, {share}% of the open",
    ),
    "not_anchored": ("审计日志 {days} 天没有锚定", "the audit log has not been anchored for {days} days"),
    "anchors_unreadable": ("审计锚点读不出来", "the audit log's anchors cannot be read"),
    "disk_full": ("磁盘只剩 {share}%", "{share}% of the disk is left"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One thing that looks wrong. bad: work is lost or stands still. warn: it will, or somebody should look."""

    code: Code
    severity: Severity
    numbers: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, locale: Locale) -> str:
        """In words."""
        zh, en = _TEXTS[self.code]
        return (en if locale == "en" else zh).format(**self.numbers)


def findings(facts: HealthFacts, policy: HealthPolicy) -> tuple[HealthFinding, ...]:
    """Everything that is beyond its limit at `facts.at`, the bad before the rest."""
    found = [*_runs(facts, policy), *_events(facts, policy), *_desks(facts, policy), *_ground(facts, policy)]
    return tuple(sorted(found, key=lambda one: one.severity != "bad"))


def _runs(facts: HealthFacts, policy: HealthPolicy) -> Iterator[HealthFinding]:
    if facts.run_failed:
        yield HealthFinding("run_failed", "bad")
    if facts.run_day is None:
        yield HealthFinding("no_run", "warn")
        return
    days = (facts.today - facts.run_day).days
    if days > policy.run_late_days:
        yield HealthFinding("run_late", "bad", {"day": facts.run_day.isoformat(), "days": days})
    if facts.late_feeds:
        yield HealthFinding("feed_late", "bad", {"tables": ", ".join(facts.late_feeds)})


def _events(facts: HealthFacts, policy: HealthPolicy) -> Iterator[HealthFinding]:
    for worker, behind in facts.workers.items():
        if behind is None:
            yield HealthFinding("worker_away", "bad", {"worker": worker})
        elif timedelta(seconds=behind) > policy.waiting:
            yield HealthFinding("events_waiting", "bad", {"worker": worker, "minutes": int(behind // 60)})
    if facts.events and facts.newest_event and facts.at - facts.newest_event > policy.silent:
        yield HealthFinding("no_events", "warn", {"minutes": _minutes(facts.at - facts.newest_event)})


def _desks(facts: HealthFacts, policy: HealthPolicy) -> Iterator[HealthFinding]:
    if facts.waiting_since and facts.at - facts.waiting_since > policy.waiting:
        minutes = _minutes(facts.at - facts.waiting_since)
        yield HealthFinding("messages_waiting", "bad", {"n": facts.waiting, "minutes": minutes})
    if _many(facts.dead, facts.dead + facts.sent, policy.dead_share, policy.dead_at_least):
        numbers = {"n": facts.dead, "share": _percent(facts.dead, facts.dead + facts.sent)}
        yield HealthFinding("messages_dead", "warn", numbers)
    if _many(facts.late_orders, facts.open_orders, policy.late_share, policy.late_at_least):
        numbers = {"n": facts.late_orders, "share": _percent(facts.late_orders, facts.open_orders)}
        yield HealthFinding("orders_late", "warn", numbers)


def _ground(facts: HealthFacts, policy: HealthPolicy) -> Iterator[HealthFinding]:
    if facts.disk_free < policy.free_share:
        yield HealthFinding("disk_full", "bad", {"share": int(100 * facts.disk_free)})
    if facts.anchors_unreadable:
        yield HealthFinding("anchors_unreadable", "bad")
        return
    since = facts.anchored or facts.audit_first
    if since and (facts.at - since).days > policy.anchor_late_days:
        yield HealthFinding("not_anchored", "warn", {"days": (facts.at - since).days})


def _many(part: int, whole: int, share: float, at_least: int) -> bool:
    return part >= at_least and part > share * whole


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
