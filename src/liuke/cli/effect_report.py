"""`liuke effect --report`: the printable report as one file that needs nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from liuke.errors import Place, YourMistake, did_you_mean
from liuke.insight.amounts import Locale
from liuke.track.saved.bank_terms import PERIODS, Period
from liuke.whole_file import whole_file
from liuke.wiring.house import House
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.console.reading.saved import Seen


def period_named(text: str) -> Period:
    """The period; YourMistake for any other word."""
    found = next((period for period in PERIODS if period == text), None)
    if found is None:
        raise YourMistake(
            f"no period is called '{text}'", expected=did_you_mean(text, PERIODS), then="--period year, 90 or all"
        )
    return found


def language_named(text: str) -> Locale:
    """Of --lang; YourMistake for anything but zh and en."""
    found: dict[str, Locale] = {"zh": "zh-hans", "zh-hans": "zh-hans", "en": "en"}
    if text not in found:
        raise YourMistake(f"the report is not written in '{text}'", expected="zh or en", then="--lang zh or --lang en")
    return found[text]


def write_report(house: House, file: Path, day: date, period: Period, locale: Locale) -> None:
    """Writes the whole bank's report as of `day` to `file`, complete or not at all: HTML with styles and pictures in
    it, no address of anything else.
    """
    if not file.parent.is_dir():
        raise YourMistake("the folder does not exist", place=Place(str(file.parent)), then="make it, or name another")
    start_state(house.home)
    from django.template.loader import render_to_string
    from django.utils.translation import override

    from liuke.console.figures import smallest
    from liuke.console.reading.lending import Reader
    from liuke.console.reading.saved import Wish, seen
    from liuke.govern.access import Scope

    reader = Reader(house)
    try:
        found = seen(reader, Scope("liuke", "analyst", None), day, Wish(period), smallest())
    finally:
        reader.close()
    with override(locale):
        text = render_to_string("console/saved_report.html", _context(found, period))
    with whole_file(file) as handle:
        handle.write(text.encode())


def _context(found: Seen, period: Period) -> dict[str, object]:
    from liuke.console.saved_context import printed
    from liuke.console.saved_words import PERIOD_NAMES
    from liuke.console.templatetags.liuke import asset_text

    now = datetime.now(UTC)
    return printed(found) | {"period": PERIOD_NAMES[period], "made_at": now, "styles": asset_text("report.css")}
