"""The bank's offers as its files have them, read again when a file changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from liuke.act.campaigns.catalogue import treatment_of
from liuke.act.offers.bank_offers import BankOffers, read_bank_offers
from liuke.act.offers.catalogue import Offer
from liuke.act.triggered import experiment_of
from liuke.console.reading.campaigns import shelf
from liuke.console.reading.fates import fate_days
from liuke.console.reading.lending import Reader, house
from liuke.console.reading.rule_bench import rule_names
from liuke.console.reading.stamps import Stamps, stamps
from liuke.console.showing import locale

_READ: Final = ("offers", "segments", "tags", "policies")
"""Folders that say what an offer is and whom it is for."""
_MATCHED: Final = experiment_of("")
"""Begins the treatments of trigger rules."""


def bank_offers() -> BankOffers:
    """Offers and rules. Raises YourMistake, with file and line, while one of the files cannot be read."""
    home = house().home
    return _read(home, stamps(home, _READ))


def treatment_names(offers: BankOffers, treatments: Iterable[str]) -> Mapping[str, str]:
    """What people call what may be done, by treatment, as far as it is known still. treatments: of the fates."""
    named = {code: offer.title(locale()) for code, offer in offers.offers.items()}
    strange = set(treatments) - named.keys() - {"rm_care"}
    if strange:  # campaigns' arms: their files are read only for those who have some
        named |= {
            treatment_of(campaign.code, arm.code): f"{campaign.title(locale())} · {arm.code}"
            for campaign in shelf().campaigns.values()
            for arm in campaign.arms
        }
    if any(code.startswith(_MATCHED) for code in strange):
        rules = {experiment_of(code): _("触发：{name}").format(name=name) for code, name in rule_names().items()}
        named |= rules
    return {"rm_care": _("客户经理关怀")} | named


def product_of(reader: Reader, offer: Offer) -> dict[str, Any] | None:
    """The row of PRODUCT that the offer is about, as known on the last day with fates; None without one."""
    days = fate_days(reader)
    if offer.spec.product_id is None or not days:
        return None
    rows = reader.tables(days[0]).product
    return next(iter(reader.engine.arrow(rows.filter(rows.product_id == offer.spec.product_id)).to_pylist()), None)


@lru_cache(maxsize=4)
def _read(home: Path, _changed: Stamps) -> BankOffers:
    return read_bank_offers(home)
