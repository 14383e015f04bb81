"""The queries behind an experiment's figures: the very expressions a reading runs, over tables that are only named."""

from __future__ import annotations

from typing import Final, Literal, get_args

import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import named
from liuke.engine.paper import PaperEngine
from liuke.insight.known import BankTables, tables_as_of
from liuke.lake import known
from liuke.tables import CONTACT, DECISION, EXPERIMENT_READING, Table
from liuke.track.arm_sums import arm_sums, cluster_sums
from liuke.track.experiments.reading import leak_rows, outcome_units, plan_of
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.units import Bank, Entrants, entrants
from liuke.track.leakage import leaked_by

Query = Literal["units", "outcomes", "sums", "leaks", "kept"]
QUERIES: Final[tuple[Query, ...]] = get_args(Query)


def query_steps(query: Query, registration: Registration, as_of: AsOf) -> tuple[tuple[str, str], ...]:
    """(name, SQL) of every step up to `query`; a step reads those before it by name. DuckDB's dialect.

    units: who entered. outcomes: of them, what each metric says. sums: per arm, what estimates are made of. leaks:
    contacted hold-outs by who contacted them. kept: what was said on each day.
    """
    paper = PaperEngine()
    if query == "kept":
        kept = _named(EXPERIMENT_READING)
        paper.arrow(kept.filter(kept.experiment == registration.code).order_by("as_of", "metric"))
        return tuple(paper.steps)
    bank = _bank(as_of)
    who = entrants(paper, bank, registration)
    if query == "leaks":
        leaked_by(paper, leak_rows(bank, registration, who), "staff_id")
    elif query != "units":
        _outcomes(paper, bank, registration, who, summed=query == "sums")
    return tuple(paper.steps)


def _outcomes(paper: PaperEngine, bank: Bank, registration: Registration, who: Entrants, *, summed: bool) -> None:
    units = outcome_units(paper, bank, registration, who)
    if not summed:
        return
    plan = plan_of(registration)
    if registration.spec.is_clustered:
        cluster_sums(paper, units, plan.metrics[0].value, "cluster")
    else:
        by = [name for name in dict.fromkeys((plan.segment, plan.stratum)) if name]
        arm_sums(paper, units, plan.metrics, by=(*by, "arm"))


def _bank(as_of: AsOf) -> Bank:
    def at(moment: AsOf) -> BankTables:
        return tables_as_of(_named, moment)

    return Bank(as_of, _named(DECISION), known(_named(CONTACT), CONTACT, as_of), at(as_of), at)


def _named(table: Table) -> ir.Table:
    return named(table.name, table.arrow)
