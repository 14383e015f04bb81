"""Whoever may use the machine's command line acts as an administrator, under the name of the machine's log-in."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from liuke.govern.access import Scope

if TYPE_CHECKING:
    from liuke.state.actions.change_order import Who


def by_hand() -> Who:
    """That administrator, now. The state is started before."""
    from django.utils import timezone

    from liuke.state.actions.change_order import Who

    return Who(Scope(f"cli:{getpass.getuser()}", "admin", frozenset()), timezone.now())
