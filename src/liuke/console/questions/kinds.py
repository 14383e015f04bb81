"""The kinds of questions: the names of their fields, and what makes one that can be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text
from liuke.console.questions import funnel_form, paths_page, retention_form, rhythm_page
from liuke.console.questions.fields import Fields


@dataclass(frozen=True, slots=True)
class Asking:
    """names: of its fields. check: raises YourMistake for fields that ask nothing. about: what it is for, in words."""

    names: tuple[str, ...]
    check: Callable[[Fields], Any]
    about: Text


KINDS: Final[dict[str, Asking]] = {
    "funnel": Asking(funnel_form.NAMES, funnel_form.question_of, _("客户一步步走到哪里、停在哪里、用了多久")),
    "retention": Asking(retention_form.NAMES, retention_form.question_of, _("客户是否回来、资产是否留住、何时流失")),
    "paths": Asking(paths_page.NAMES, paths_page.question_of, _("一次会话里先做什么、再做什么、在哪里离开")),
    "distribution": Asking(rhythm_page.NAMES, rhythm_page.question_of, _("做得多不多、哪天哪时做、有多少人常来")),
}
"""By the kind's name (state.models.analysis.KINDS)."""
