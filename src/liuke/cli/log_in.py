"""Commands that act or show as somebody: the log-in named with --as, its rights and its scope."""

from __future__ import annotations

from pathlib import Path

from liuke.cli.engines import house_at_once
from liuke.errors import YourMistake
from liuke.govern.access import Scope
from liuke.wiring.house import House
from liuke.wiring.state import start_state


def house_and_scope(home: Path | None, username: str) -> tuple[House, Scope]:
    """The bank home and what the log-in may see and do. Raises YourMistake when no active log-in is called so."""
    house = house_at_once(home)
    start_state(house.home)
    from liuke.state.models import User as Account
    from liuke.state.scopes import scope_for

    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise YourMistake(f"no active log-in is called '{username}'", state="nothing was shown", then="liuke user list")
    return house, scope_for(account)
