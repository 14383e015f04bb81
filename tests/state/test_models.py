"""The tables themselves: migrations are complete, and the database refuses what must not be."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from liuke.state.models import User, WorkOrder


@pytest.mark.django_db
def test_the_migrations_hold_every_change_of_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def _copy_of(order: WorkOrder, **changes: object) -> WorkOrder:
    values = {f.attname: getattr(order, f.attname) for f in WorkOrder._meta.concrete_fields if f.attname != "id"}
    return WorkOrder(**{**values, "order_id": "W9", "loop_id": "L9", **changes})


def test_a_second_open_order_for_a_customer_and_theme_cannot_be_stored(an_order: WorkOrder) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        _copy_of(an_order).save()
    _copy_of(an_order, theme="maturity").save()


@pytest.mark.parametrize(
    "changes", [{"phase": 1}, {"priority": 4}, {"warn_at": None}], ids=["ended but not closed", "P4", "no warning"]
)
def test_an_order_that_contradicts_itself_cannot_be_stored(an_order: WorkOrder, changes: dict[str, object]) -> None:
    if "warn_at" in changes:
        changes = {"warn_at": an_order.due_at + timedelta(seconds=1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        _copy_of(an_order, customer_id="C9", **changes).save()


@pytest.mark.django_db
def test_a_log_in_with_an_unknown_role_cannot_be_stored() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="x", role="root")
