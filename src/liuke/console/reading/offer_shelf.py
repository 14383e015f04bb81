"""The bank's offers as its files have them, read again when a file changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from liuke.act.offers.bank_offers import BankOffers, read_bank_offers
from liuke.console.reading.lending import house
from liuke.console.showing import locale

_READ: Final = ("offers", "segments", "tags", "policies")
"""Folders that say what an offer is and whom it is for."""


def bank_offers() -> BankOffers:
    """Offers and rules. Raises YourMistake, with file and line, while one of the files cannot be read."""
    home = house().home
    files = [path for folder in _READ for path in sorted((home / folder).glob("*.yaml"))]
    return _read(home, tuple((str(path), path.stat().st_mtime_ns) for path in files))


def treatment_names(offers: BankOffers) -> Mapping[str, str]:
    """What people call what may be done, by treatment."""
    named = {code: offer.title(locale()) for code, offer in offers.offers.items()}
    return {"rm_care": _("客户经理关怀")} | named


@lru_cache(maxsize=4)
def _read(home: Path, _changed: tuple[tuple[str, int], ...]) -> BankOffers:
    return read_bank_offers(home)
