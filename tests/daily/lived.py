"""Homes that have lived some days, made once for a module and copied by its tests."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from liuke.daily import DayReport, run_day
from liuke.wiring import House, open_house
from tests.state_rows import Rows, put, taken


@dataclass(frozen=True)
class Lived:
    """A home after some days, and what lies on its desks then; `entered` gives a test its own copy."""

    home: Path
    desks: Rows
    reports: Sequence[DayReport]

    def entered(self, folder: Path) -> House:
        """A copy of the home in `folder`, with the desks in the test's database."""
        put(self.desks)
        return open_house(shutil.copytree(self.home, folder / "lived"))

    def longer(self, folder: Path, days: Sequence[date]) -> Lived:
        """After further days. The database is left as it was."""
        with transaction.atomic():
            house = self.entered(folder)
            reports = [run_day(house, day, loop_only=True) for day in days]
            longer = Lived(house.home, taken(), [*self.reports, *reports])
            transaction.set_rollback(True)
        return longer
