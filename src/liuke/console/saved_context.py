"""What the page and the printed report show of the effect board."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from liuke import __version__
from liuke.console.choices import branch_names, staff_names
from liuke.console.curve_chart import curve_chart
from liuke.console.figures import smallest
from liuke.console.printed import picture
from liuke.console.reading.saved import Seen
from liuke.console.saved_rows import (
    group_lines,
    headline,
    is_shown,
    source_lines,
    step_lines,
    steps_chart,
    total_figures,
)
from liuke.console.saved_words import DEFINITIONS
from liuke.console.showing import locale
from liuke.track.saved.remarks import remarks


def context_of(found: Seen) -> dict[str, Any]:
    """What page and report show of the board."""
    made = found.board
    shown = {row.source.experiment: row for row in made.sources}
    return {
        "seen": found,
        "board": made,
        "figures": headline(found),
        "findings": [(f.severity, f.text(locale())) for f in remarks(made)],
        "is_global": made.everybody is not None,
        "totals": total_figures(found),
        "steps": steps_chart(found),
        "step_rows": step_lines(found),
        "source_rows": source_lines(found),
        "branch_rows": group_lines(made.branches, branch_names([row.key for row in made.branches])),
        "staff_rows": group_lines(made.staff, staff_names([row.key for row in made.staff])),
        "curves": [
            (f"curve-{n}", found.name_of(shown[name].source, locale()), curve_chart(points))
            for n, (name, points) in enumerate(found.curves.items())
            if is_shown(shown[name].reading) and len({point.day for point in points}) > 1
        ],
        "small": smallest(),
        "definitions": DEFINITIONS,
    }


def printed(found: Seen) -> dict[str, Any]:
    """`context_of` with pictures for paper in place of the charts' data."""
    context = context_of(found)
    steps = context["steps"]
    curves = [
        (name, picture(curve["days"], {"ref": curve["holdout"], "main": curve["treated"]}, 330, 190))
        for _id, name, curve in context["curves"]
    ]
    return context | {
        "steps_picture": picture(steps["labels"], {"main": steps["values"]}),
        "curve_pictures": [(name, drawn) for name, drawn in curves if drawn],
        "bank": settings.BANK.name,
        "version": __version__,
    }
