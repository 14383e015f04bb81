"""The kinds of questions, by their name (state.models.analysis.KINDS)."""

from __future__ import annotations

from typing import Final

from liuke.console.questions import funnel_page, journey_page, paths_page, retention_page, rhythm_page
from liuke.console.questions.asking_page import QuestionPage

KINDS: Final[dict[str, QuestionPage]] = {
    module.PAGE.kind: module.PAGE for module in (funnel_page, retention_page, paths_page, rhythm_page, journey_page)
}
