"""Why a model has the state it has, as codes with their numbers, so that it can be said in either language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from liuke.insight.amounts import Locale

Ground = Mapping[str, Any]
"""Plain values for JSON: code, and the facts its sentence quotes."""
BY_HAND_ON: Final[Ground] = {"code": "activated_by_hand"}
BY_HAND_OFF: Final[Ground] = {"code": "retired_by_hand"}
_WHO: Final = {
    "last": ("全部客户", "everybody"),
    "last_not_fallen": ("余额尚未下降的客户", "the not yet fallen"),
}


def against_signals(group: str, ours: float, theirs: float) -> Ground:
    """On a group of the last snapshot: AUC of the model and of the signals."""
    return {"code": "against_signals", "group": group, "ours": round(ours, 6), "theirs": round(theirs, 6)}


def too_few(group: str, lost: int) -> Ground:
    """So few of a group were lost that it was not judged."""
    return {"code": "too_few", "group": group, "lost": lost}


def replaced(by: str) -> Ground:
    """A newer model of the same name took over."""
    return {"code": "replaced", "by": by}


_SAID: Final[Mapping[str, tuple[Callable[[Ground], str], Callable[[Ground], str]]]] = {
    "against_signals": (
        lambda g: f"{_who(g, 0)} AUC {g['ours']:.3f}，三个信号 {g['theirs']:.3f}",
        lambda g: f"{_who(g, 1)}: AUC {g['ours']:.3f} against {g['theirs']:.3f} of the signals",
    ),
    "too_few": (
        lambda g: f"{_who(g, 0)}只有 {g['lost']} 户流失，未作比较",
        lambda g: f"{_who(g, 1)}: only {g['lost']} lost, not judged",
    ),
    "replaced": (lambda g: f"由 {g['by']} 接替", lambda g: f"replaced by {g['by']}"),
    "activated_by_hand": (lambda _g: "人工启用", lambda _g: "activated by hand"),
    "retired_by_hand": (lambda _g: "人工停用", lambda _g: "retired by hand"),
}


def grounds_text(grounds: Sequence[Ground], locale: Locale = "zh-hans") -> str:
    """All grounds in one line; '' when none is known, or one is of a newer release.

    >>> grounds_text([against_signals("last", 0.867, 0.746)])
    '最近时点：全部客户 AUC 0.867，三个信号 0.746'
    """
    tongue = int(locale == "en")
    if not grounds or any(g.get("code") not in _SAID for g in grounds):
        return ""
    text = ("；", "; ")[tongue].join(_SAID[g["code"]][tongue](g) for g in grounds)
    judged = any(g["code"] in ("against_signals", "too_few") for g in grounds)
    return ("最近时点：", "last snapshot: ")[tongue] + text if judged else text


def _who(ground: Ground, tongue: int) -> str:
    group = str(ground["group"])
    return _WHO[group][tongue] if group in _WHO else group
