"""The story of one customer for the drawer and the 360° page: reasons, assets, holdings, timeline, words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from liuke.console import labels
from liuke.console.graphics import Curve, arc
from liuke.console.labels import Text
from liuke.console.reading.lending import Reader
from liuke.console.showing import Reason
from liuke.govern.access import Scope
from liuke.state.models import WorkOrder


@dataclass(frozen=True, slots=True)
class Item:
    at: datetime | date
    kind: str
    icon: str
    look: str
    title: Text
    detail: str = ""

    @property
    def whole_day(self) -> bool:
        return not isinstance(self.at, datetime)


@dataclass(frozen=True, slots=True)
class Holding:
    icon: str
    label: Text
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class Story:
    person: str
    phone: str
    tier_label: Text
    gauge: str
    gauge_all: str
    reasons: tuple[Reason, ...]
    curve: Curve | None
    small_curve: Curve | None
    no_curve: str
    holdings: tuple[Holding, ...]
    timeline: tuple[Item, ...]
    words: tuple[tuple[Text, str], ...]
    donts: tuple[str, ...]
    history: tuple[Item, ...]

    @property
    def recent(self) -> tuple[Item, ...]:
        return self.timeline[:6]

    @property
    def kinds(self) -> list[tuple[str, Text]]:
        return []


def order_story(scope: Scope, order: WorkOrder) -> Story:
    return _empty(order.tier, order.score)


def customer_story(reader: Reader, scope: Scope, row: Mapping[str, Any]) -> Story:
    return _empty(row["tier"], row["score"])


def _empty(tier: str, score: float) -> Story:
    return Story(
        "", "", labels.TIERS.get(tier, tier), arc(score), arc(1), (), None, None, _("没有"), (), (), (), (), ()
    )
