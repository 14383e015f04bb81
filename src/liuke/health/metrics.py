"""Numbers for a monitoring system, in the text format of Prometheus: counts and moments, nothing of any customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from liuke.health.facts import HealthFacts
from liuke.health.findings import HealthFinding

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


def exposition(facts: HealthFacts, found: Sequence[HealthFinding]) -> bytes:
    """All metrics as one page. Moments are seconds since 1970; what has no moment or value yet is left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Facts(facts, found))
    return generate_latest(registry)


class _Facts(Collector):
    def __init__(self, facts: HealthFacts, found: Sequence[HealthFinding]) -> None:
        self._facts, self._found = facts, found

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        facts = self._facts
        for name, text, value in (
            ("run_finished_timestamp_seconds", "When the newest daily run finished", _seconds(facts.run_finished)),
            ("run_day_age_days", "Days since the newest run's data date",
             (facts.today - facts.run_day).days if facts.run_day else None),
            ("run_seconds", "How long the newest run took", facts.run_seconds if facts.run_day else None),
            ("run_failed", "Whether the newest run failed", int(facts.run_failed)),
            ("late_feeds", "Tables that the newest run found late", len(facts.late_feeds)),
            ("events_day", "Events received in the last day", facts.events),
            ("newest_event_timestamp_seconds", "When the newest event was received", _seconds(facts.newest_event)),
            ("messages_waiting", "Due messages that are not sent", facts.waiting),
            ("messages_sent_day", "Messages sent in the last day", facts.sent),
            ("messages_dead_day", "Messages given up in the last day", facts.dead),
            ("orders_open", "Work orders in work", facts.open_orders),
            ("orders_late", "Of those, first contact overdue", facts.late_orders),
            ("stream_behind_messages", "Messages that no worker has read", facts.stream_behind),
            ("audit_rows", "Rows of the audit log", facts.audit_rows),
            ("audit_anchored_timestamp_seconds", "When the audit log was last anchored", _seconds(facts.anchored)),
            ("disk_free_ratio", "Share of the bank home's disk that is free", facts.disk_free),
        ):  # fmt: skip
            if value is not None:
                yield GaugeMetricFamily(f"liuke_{name}", text, value=float(value))
        yield self._workers()
        yield self._findings()

    def _workers(self) -> Metric:
        family = GaugeMetricFamily("liuke_worker_behind_seconds", "-1 for one that is not at work", labels=["worker"])
        for worker, behind in self._facts.workers.items():
            family.add_metric([worker], -1.0 if behind is None else behind)
        return family

    def _findings(self) -> Metric:
        family = GaugeMetricFamily("liuke_finding", "1 for each thing that looks wrong", labels=["code", "severity"])
        for code, severity in sorted({(one.code, one.severity) for one in self._found}):
            family.add_metric([code, severity], 1.0)
        return family


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
