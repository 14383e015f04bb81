"""What to mind about a reading of the board, as findings."""

from __future__ import annotations

from liuke.track.effect import ENOUGH_HOLDOUTS
from liuke.track.findings import Finding, finding
from liuke.track.saved.board import SavedBoard
from liuke.track.saved.everybody import Everybody
from liuke.track.saved.reading import Reading


def remarks(board: SavedBoard) -> tuple[Finding, ...]:
    """About the headline and what stands behind it, most serious first."""
    reading, word = board.main, board.everybody
    found = [
        _drawn(reading),
        _unmeasured(reading),
        *((_reached(word),) if word else ()),
        _small(board.last_word, board.terms.asked.horizon_days),
        _effect(board.last_word),
        finding("no_global_holdout", "mind") if board.terms.source is None and word is None else None,
        _uncompared(reading),
        _unpriced(reading),
    ]
    return tuple(f for f in found if f)


def _drawn(reading: Reading) -> Finding | None:
    if reading.ratio is None:
        return None if reading.treated.uncompared else finding("nothing_decided", "note")
    if not reading.ratio.alarm:
        return None
    planned = round(reading.treated.planned + reading.holdout.planned)
    facts = {"holdout": reading.holdout.decided, "planned": planned, "p": reading.ratio.p_value}
    return finding("sample_ratio", "stop", **facts)


def _unmeasured(reading: Reading) -> Finding | None:
    missing = reading.treated.unmeasured + reading.holdout.unmeasured
    return finding("unmeasured", "mind", unmeasured=missing) if missing else None


def _reached(word: Everybody) -> Finding | None:
    if not word.reached:
        return None
    return finding(
        "global_reached", "mind", people=word.reached, held=word.held_out, share=word.reached / word.held_out
    )


def _small(reading: Reading, horizon_days: int) -> Finding | None:
    immature = reading.treated.immature + reading.holdout.immature
    held = reading.holdout.measured
    if not held + reading.treated.measured:
        return finding("nothing_matured", "note", immature=immature, horizon=horizon_days) if immature else None
    return finding("small_sample", "mind", holdout=held, needed=ENOUGH_HOLDOUTS) if held < ENOUGH_HOLDOUTS else None


def _effect(reading: Reading) -> Finding | None:
    if reading.difference is None:
        return None
    points = reading.difference.times(100)
    harm = points.excludes_zero and points.estimate < 0
    code = "harm_found" if harm else "effect_found" if points.excludes_zero else "no_effect_seen"
    gap = abs(points.estimate) if harm else points.estimate
    return finding(code, "mind" if harm else "note", gap=gap, low=points.low, high=points.high)


def _uncompared(reading: Reading) -> Finding | None:
    people = reading.treated.uncompared
    return finding("uncompared", "note", people=people) if people else None


def _unpriced(reading: Reading) -> Finding | None:
    people = reading.treated.unpriced
    return finding("unpriced", "mind", people=people) if people else None
