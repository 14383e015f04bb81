"""What to mind about a reading of the board, as findings."""

from __future__ import annotations

from liuke.track.arm_findings import effect_finding, missing_finding, ratio_finding, sample_finding
from liuke.track.findings import Finding, finding
from liuke.track.saved.board import SavedBoard
from liuke.track.saved.everybody import Everybody
from liuke.track.saved.reading import Reading


def remarks(board: SavedBoard) -> tuple[Finding, ...]:
    """About the headline and what stands behind it, most serious first."""
    reading, word, headline = board.main, board.everybody, board.last_word
    found = [
        _nothing(reading),
        ratio_finding(reading.ratio, reading.holdout.decided, reading.treated.planned + reading.holdout.planned),
        missing_finding(reading.treated, reading.holdout),
        _reached(word) if word else None,
        sample_finding(headline.treated, headline.holdout, board.terms.asked.horizon_days),
        effect_finding(headline.difference),
        finding("no_global_holdout", "mind") if board.terms.source is None and word is None else None,
        _uncompared(reading),
        _unpriced(reading),
    ]
    return tuple(f for f in found if f)


def _nothing(reading: Reading) -> Finding | None:
    nobody = reading.ratio is None and not reading.treated.uncompared
    return finding("nothing_decided", "note") if nobody else None


def _reached(word: Everybody) -> Finding | None:
    if not word.reached:
        return None
    return finding(
        "global_reached", "mind", people=word.reached, held=word.held_out, share=word.reached / word.held_out
    )


def _uncompared(reading: Reading) -> Finding | None:
    people = reading.treated.uncompared
    return finding("uncompared", "note", people=people) if people else None


def _unpriced(reading: Reading) -> Finding | None:
    people = reading.treated.unpriced
    return finding("unpriced", "mind", people=people) if people else None
