"""Whether examples can be learned from: refusals for what makes learning impossible, findings for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np

from liuke.errors import Place, YourMistake
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import TrainSettings
from liuke.stats.ranking import auc

LEAK_AUC = 0.99
"""A feature that alone ranks this well is nearly always the outcome itself, written down under another name."""
Kind = Literal["constant", "all_null", "leak", "identifier", "unread", "protected", "sampled", "unlabelled", "undated"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one column that the reader should know.

    detail: a figure in no language ("AUC 0.9993", "12"), may be empty; `card.words.finding_text` makes the sentence.
    used: whether the model still sees the column.
    """

    kind: Kind
    column: str
    detail: str
    used: bool = False


class LeakingLabel(YourMistake):
    """Features that give the label away. columns: their names."""

    def __init__(self, leaks: list[Finding]) -> None:
        self.columns = tuple(f.column for f in leaks)
        names = ",".join(self.columns)
        super().__init__(
            f"the label leaks into {len(leaks)} feature(s): {names}",
            expected=f"no single feature with an AUC above {LEAK_AUC}",
            state="; ".join(f"{f.column} alone has {f.detail}" for f in leaks) + "; nothing was trained or written",
            then=f"leave them out (--exclude {names}), or allow them if truly known at the time (--allow-leak)",
        )


@contextmanager
def told_of(place: Place, leave_out: str | None = None) -> Iterator[None]:
    """What the learner refuses, told with the place the user knows it by.

    leave_out: how to leave out columns that leak, with {names} for theirs; None keeps the options of `--table`.
    """
    try:
        yield
    except YourMistake as error:
        error.place = error.place or place
        if leave_out is not None and isinstance(error, LeakingLabel):
            error.then = leave_out.format(names=", ".join(error.columns))
        raise


def check_label(label: np.ndarray, settings: TrainSettings) -> None:
    """Raises YourMistake unless the label is 0/1 with enough of both."""
    values = np.unique(label)
    if not np.isin(values, (0, 1)).all():
        shown = ", ".join(str(v) for v in values[:5])
        raise YourMistake(
            "the label is not binary",
            expected="only 0 and 1",
            state=f"values found: {shown} …; nothing was trained or written",
        )
    positives, n = int((label == 1).sum()), int(label.size)
    if n < settings.min_rows:
        raise YourMistake(
            f"too few examples to learn from: {n}",
            expected=f"at least {settings.min_rows}",
            state="nothing was trained or written",
            then="use more customers or more past snapshots",
        )
    for count, word in ((positives, "positive"), (n - positives, "negative")):
        if count < settings.min_positives:
            raise YourMistake(
                f"the label has no {word} examples" if count == 0 else f"too few {word} examples: {count} of {n}",
                expected=f"at least {settings.min_positives} of each class",
                state="nothing was trained or written",
                then="check what the label means, lengthen its horizon or add past snapshots",
            )


def check_examples(examples: Examples, settings: TrainSettings) -> tuple[tuple[int, ...], tuple[Finding, ...]]:
    """Positions of the features to use, and findings on the others.

    Raises YourMistake when the label is not learnable, when no feature is left, or when a feature leaks the label
    and `allow_leak` is not set.
    """
    check_label(examples.label, settings)
    kept, findings = [], []
    for position, name in enumerate(examples.names):
        finding = _column_finding(name, np.asarray(examples.features[:, position]), examples.label)
        if finding is None or (finding.kind == "leak" and settings.allow_leak):
            kept.append(position)
        if finding is not None:
            findings.append(Finding(finding.kind, name, finding.detail, used=position in kept))
    leaks = [f for f in findings if f.kind == "leak" and not f.used]
    if leaks:
        raise LeakingLabel(leaks)
    if not kept:
        raise YourMistake(
            "no feature is left to learn from",
            expected="at least one column with two different values",
            state=("; ".join(f"{f.column}: {f.kind}" for f in findings[:10]) or "no column was left to look at")
            + "; nothing was trained or written",
            then="leave out fewer columns, or bring data that differ between customers",
        )
    return tuple(kept), tuple(findings)


def _column_finding(name: str, values: np.ndarray, label: np.ndarray) -> Finding | None:
    empty = np.isnan(values)
    if empty.all():
        return Finding("all_null", name, "")
    known = values[~empty]
    if not np.isfinite(known).all():
        raise YourMistake(
            f"feature '{name}' has infinite values",
            expected="numbers or nulls",
            state="nothing was trained or written",
            then="mend them at the source, or leave the column out",
        )
    if known.min() == known.max() and not empty.any():
        return Finding("constant", name, "")
    # Nulls may leak as well: a column that is filled only once the customer has left.
    alone = max(_separates(np.where(empty, fill, values), label) for fill in (known.min() - 1, known.max() + 1))
    if alone > LEAK_AUC:
        return Finding("leak", name, f"AUC {alone:.4f}")
    return None


def _separates(values: np.ndarray, label: np.ndarray) -> float:
    found = auc(label, values)
    return 0.0 if found is None else max(found, 1 - found)
