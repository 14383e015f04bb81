"""How much lies on each desk of the branch head's staff, and how well first contacts were kept to their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Q
from django.utils import timezone

from liuke.govern.access import Scope, require
from liuke.state.models import OrderEvent, Staff, StaffLeave, WorkOrder
from liuke.state.models.orders import OrderQuerySet
from liuke.state.order_list import midnight

SLA_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Numbers:
    """open … due_today: orders now; of them those whose first contact is overdue, before the branch head, or due today.

    promised: call-backs promised for today or earlier. contacted: customers contacted today. fell_due, kept: orders
    whose first contact fell due in the last 30 days, and those of them tried or closed by then.
    """

    open: int = 0
    overdue: int = 0
    escalated: int = 0
    due_today: int = 0
    promised: int = 0
    contacted: int = 0
    fell_due: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """One desk; staff_id '' for the pools of the branches. capacity: customers per workday, where the bank gave one."""

    staff_id: str
    numbers: Numbers
    name: str = ""
    branch_id: str = ""
    capacity: int | None = None
    away_until: date | None = None
    deputy_id: str = ""

    @property
    def used(self) -> float | None:
        """Contacted today against capacity, at most 1."""
        return min(1.0, self.numbers.contacted / self.capacity) if self.capacity else None

    @property
    def sla_kept(self) -> float | None:
        """Share of first contacts in time; None where none fell due."""
        return self.numbers.kept / self.numbers.fell_due if self.numbers.fell_due else None


@dataclass(slots=True)
class _Found:
    """Numbers by staff id, '' for the pools, as the queries bring them."""

    of: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            mine = self.of.setdefault(row["staff_id"] or "", {})
            mine.update({key: n for key, n in row.items() if key != "staff_id"})

    def numbers(self, staff_id: str) -> Numbers:
        return Numbers(**self.of.get(staff_id, {}))


def team_load(scope: Scope, now: datetime) -> list[DeskLoad]:
    """Every active RM of the scope, and the pools where orders wait; the most troubled first. Needs `hand_over`."""
    require(scope, "hand_over")
    day = timezone.localdate(now)
    staff = Staff.objects.filter(role="rm", active=True)
    if scope.branches is not None:
        staff = staff.filter(branch_id__in=sorted(scope.branches))
    mine, found = WorkOrder.objects.visible_to(scope).order_by(), _Found()
    _add_open(found, mine, now)
    _add_kept(found, mine, now)
    _add_contacted(found, mine, now)
    leaves = {row.staff_id: row for row in StaffLeave.objects.filter(since__lte=day, until__gte=day)}
    desks = [_desk(row, leaves.get(row.staff_id), found.numbers(row.staff_id)) for row in staff]
    if "" in found.of:
        desks.append(DeskLoad("", found.numbers("")))
    return sorted(desks, key=lambda d: (-d.numbers.escalated, -d.numbers.overdue, -d.numbers.open, d.staff_id))


def _add_open(found: _Found, mine: OrderQuerySet, now: datetime) -> None:
    untried, tomorrow = Q(attempts=0), midnight(now) + timedelta(days=1)
    found.add(
        mine.open()
        .values("staff_id")
        .annotate(
            open=Count("id"),
            overdue=Count("id", filter=untried & Q(due_at__lt=now)),
            escalated=Count("id", filter=untried & Q(escalated_at__isnull=False)),
            due_today=Count("id", filter=untried & Q(due_at__gte=now, due_at__lt=tomorrow)),
            promised=Count("id", filter=Q(next_contact_at__lt=tomorrow)),
        )
    )


def _add_kept(found: _Found, mine: OrderQuerySet, now: datetime) -> None:
    fell_due = mine.filter(due_at__gte=now - timedelta(days=SLA_DAYS), due_at__lt=now)
    in_time = Q(first_contact_at__lte=F("due_at")) | Q(first_contact_at__isnull=True, closed_at__lte=F("due_at"))
    found.add(fell_due.values("staff_id").annotate(fell_due=Count("id"), kept=Count("id", filter=in_time)))


def _add_contacted(found: _Found, mine: OrderQuerySet, now: datetime) -> None:
    called = OrderEvent.objects.filter(kind="contact", at__gte=midnight(now)).values("order_id")
    rows = mine.filter(pk__in=called).values("staff_id")
    found.add(rows.annotate(contacted=Count("customer_id", distinct=True)))


def _desk(row: Staff, leave: StaffLeave | None, numbers: Numbers) -> DeskLoad:
    until, deputy_id = (leave.until, leave.deputy_id) if leave else (None, "")
    return DeskLoad(row.staff_id, numbers, row.name, row.branch_id, row.daily_capacity, until, deputy_id)
