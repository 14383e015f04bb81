"""Managers, branches and periods drawn by the registry itself: salted hashes, repeatable by an auditor, frozen once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from liuke.act.holdout import draw
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.track.experiments.experiment_file import CLUSTERED, ExperimentFile
from liuke.track.experiments.registration import SALT

Arms = dict[str, str]


def drawable(engine: Engine, tables: BankTables, spec: ExperimentFile) -> list[str]:
    """The working relationship managers, or the branches they belong to, sorted; of the branches in `among`, if any.

    Bounded by the bank's staff. Empty where customers are drawn.
    """
    if spec.unit not in CLUSTERED:
        return []
    working = tables.staff.filter(tables.staff.role == "rm", tables.staff.active.fill_null(True))
    chosen = working.filter(working.branch_id.isin(list(spec.among))) if spec.among else working
    column = "staff_id" if spec.unit == "rm" else "branch_id"
    found: list[str] = engine.arrow(chosen.select(column).distinct().order_by(column))[column].to_pylist()
    return found


def drawn_units(units: Iterable[str], code: str, treated_share: float) -> Arms:
    """The arm, treated or holdout, of each unit: those with the smallest draws are treated, as many as the share says.

    With some tens of units a draw of each alone would make arms of unlike size; the order of the draws does not. One
    unit at least is in each arm where there are two.
    """
    ordered = sorted(set(units), key=lambda unit: (draw(unit, code, SALT), unit))
    wanted = round(len(ordered) * treated_share)
    treated = min(max(wanted, 1), len(ordered) - 1) if len(ordered) > 1 else len(ordered)
    return {unit: "treated" if place < treated else "holdout" for place, unit in enumerate(ordered)}


def period_arms(code: str, started_on: date, until: date, period_days: int) -> list[tuple[date, str]]:
    """First day and arm of each period up to `until`: of every two in a row one is treated, which one is drawn."""
    count = (until - started_on).days // period_days + 1
    days = [date.fromordinal(started_on.toordinal() + n * period_days) for n in range(max(count, 0))]
    return [(day, _arm(code, n)) for n, day in enumerate(days)]


def _arm(code: str, period: int) -> str:
    first_is_treated = draw(str(period // 2), code, SALT) < 0.5
    return "treated" if first_is_treated == (period % 2 == 0) else "holdout"
