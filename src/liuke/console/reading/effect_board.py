"""The dashboard: what the loop did and what that saved, all of it measured, within the person's branches.

Reading the balances of everybody decided takes seconds in a large bank, so the answer is kept until one of
the tables or policies it is made from changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.act.loop_policy import read_loop_policy
from liuke.console.reading.keeping import kept_until_changed
from liuke.console.reading.lending import Reader
from liuke.console.reading.ranking import RankRow, rank_rows
from liuke.govern.access import Scope, scoped
from liuke.insight.known import bank_tables
from liuke.tables import CONTRACTS, CUSTOMER_SNAPSHOT, DECISION, OUTCOME, SIGNAL
from liuke.track.curve import CurvePoint, curve
from liuke.track.effect import EffectReport, effect, weekly
from liuke.track.outcomes import read_outcome_policy
from liuke.track.retention import Funnel, Warned, funnel, warned

SPANS: Final = (28, 84, 182)
"""Days of deciding the funnel may look back."""
_READ: Final = (DECISION, OUTCOME, SIGNAL, CUSTOMER_SNAPSHOT, *CONTRACTS.values())
"""Every table the board may be made from: the loop's own, and the bank's behind `insight.known.bank_tables`."""
_SPARK_DAYS: Final = 91


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the dashboard that comes from the lake, as of `day`.

    warned_days: (day, warned customers) of the last 91 days, ascending. weeks: (Monday, report) of each week
    of deciding. ranks: one row per branch, or, where the scope is a single branch (ranks_rms), per RM.
    """

    day: date
    horizon_days: int
    holdout_share: float
    effect: EffectReport
    weeks: tuple[tuple[date, EffectReport], ...]
    curve: tuple[CurvePoint, ...]
    funnel: Funnel
    warned: Warned
    warned_days: tuple[tuple[date, int], ...]
    ranks: tuple[RankRow, ...]
    ranks_rms: bool


def board(reader: Reader, scope: Scope, day: date, span_days: int) -> Board:
    """The board as of `day`; kept until a table or a policy changes."""
    return _kept(reader, scope, f"board:{day}:{span_days}", lambda: _made(reader, scope, day, span_days))


def _made(reader: Reader, scope: Scope, day: date, span_days: int) -> Board:
    lake, engine, house = reader.house.lake, reader.engine, reader.house
    as_of = house.as_of(day)
    loop, aim = read_loop_policy(house.policy("loop")), read_outcome_policy(house.policy("outcome"))
    decisions = scoped(reader.kept(DECISION), scope)
    outcomes = reader.kept(OUTCOME)
    tables = bank_tables(lake, engine, as_of, house.zone)
    contacts = tables.contact
    signals = _signals_in_scope(reader, scope, day)
    mine = decisions.filter(decisions.experiment == loop.experiment)
    named = (loop.experiment, aim.primary)
    one_branch = scope.branches is not None and len(scope.branches) <= 1
    return Board(
        day=day,
        horizon_days=aim.primary,
        holdout_share=loop.holdout_share,
        effect=effect(engine, decisions, outcomes, contacts, *named, as_of),
        weeks=weekly(engine, decisions, outcomes, *named, as_of),
        curve=curve(engine, decisions, tables, aim, loop.experiment, as_of),
        funnel=funnel(engine, mine, contacts, outcomes, day - timedelta(days=span_days - 1), day, aim.primary),
        warned=warned(engine, signals, day),
        warned_days=_warned_days(reader, signals),
        ranks=rank_rows(engine, mine, outcomes, aim.primary, as_of, "staff_id" if one_branch else "branch_id"),
        ranks_rms=one_branch,
    )


def _signals_in_scope(reader: Reader, scope: Scope, day: date) -> ir.Table:
    """The last days' warnings; signals carry no branch, so a branch's people are those decided or listed there."""
    rows = reader.house.lake.scan(reader.engine, SIGNAL)
    recent = rows.filter(rows.as_of > ibis.literal(day - timedelta(days=_SPARK_DAYS)), rows.tier != "none")
    if scope.branches is None:
        return recent
    people = scoped(reader.kept(CUSTOMER_SNAPSHOT), scope).select("customer_id")
    return recent.semi_join(people, "customer_id")


def _warned_days(reader: Reader, signals: ir.Table) -> tuple[tuple[date, int], ...]:
    counted = signals.group_by("as_of").aggregate(n=signals.count()).order_by("as_of")
    return tuple((row["as_of"], row["n"]) for row in reader.engine.arrow(counted).to_pylist())


def _kept(reader: Reader, scope: Scope, name: str, make: Callable[[], Board]) -> Board:
    policies = [reader.house.policy(policy) for policy in ("loop", "outcome")]
    return kept_until_changed(reader, scope, name, _READ, policies, make)
