"""The builder of a retention question: what begins, what counts as coming back, in which periods.

Start and return are the first and the second step of the form, so that conditions stand as in a funnel.
"""

from __future__ import annotations

from typing import Final, Literal

import yaml

from liuke.console.questions import happenings
from liuke.console.questions.fields import WHOM, Fields, as_share, as_whole
from liuke.console.questions.funnel_form import breakdown_of, form_of, written_steps
from liuke.console.questions.whom import unit_of
from liuke.console.reading.retentions import RetentionQuestion
from liuke.errors import YourMistake, coded
from liuke.insight.retention.spec import KeptAssets, Retention
from liuke.yaml_file import parse_yaml

NAMES: Final = (
    *WHOM, *happenings.NAMES, "measure", "share", "every", "periods", "kind", "counting", "clock",
    "lost", "by", "touch", "compare",
)  # fmt: skip
EVERY: Final = ("day", "week", "month")
_CHOICES: Final = {
    "every": ("week", EVERY),
    "kind": ("first_time", ("first_time", "recurring")),
    "counting": ("on", ("on", "on_or_after")),
    "clock": ("calendar", ("calendar", "rolling")),
    "measure": ("deed", ("deed", "assets")),
}
USUAL_PERIODS: Final = {"day": "14", "week": "8", "month": "6"}


def choice(fields: Fields, name: str) -> str:
    """What is chosen, of what there is."""
    usual, known = _CHOICES[name]
    found = fields.one(name, usual)
    return found if found in known else usual


def touch_of(fields: Fields) -> Literal["first", "last"]:
    """Whether a breakdown looks at the start or at the return."""
    return "last" if fields.one("touch") == "last" else "first"


def question_of(fields: Fields) -> RetentionQuestion:
    """What the fields ask. Raises YourMistake with every mistake, its key telling the place."""
    every = choice(fields, "every")
    periods = {
        "every": every,
        "periods": as_whole(fields.one("periods", USUAL_PERIODS[every])),
        "lost_after": as_whole(fields.one("lost", "1")),
    }
    if choice(fields, "measure") == "assets":
        written = {**periods, "share": as_share(fields.one("share", "80"))}
        kept = parse_yaml(yaml.safe_dump(written), KeptAssets, "retention")
        return RetentionQuestion(kept, breakdown_of(fields, "first"), fields.one("compare") == "1")
    things = written_steps(form_of(fields))
    if not things:
        raise YourMistake(coded("field_missing", "a start is missing"), then="choose what begins")
    written = {
        **periods,
        "start": things[0],
        **({"return": things[1]} if len(things) > 1 else {}),
        "kind": choice(fields, "kind"),
        "counting": choice(fields, "counting"),
        "clock": choice(fields, "clock"),
        "unit": unit_of(fields),
    }
    asked = parse_yaml(yaml.safe_dump(written, allow_unicode=True), Retention, "retention")
    return RetentionQuestion(asked, breakdown_of(fields, touch_of(fields)), fields.one("compare") == "1")
