"""The gates for a few customers at a time: compiled once, facts read from the lake when they are asked for.

What happened since (contacts logged at the desks and not in the lake yet) comes in beside the lake, and so does the day
of the contact. The expressions are those of the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.candidate import CANDIDATE
from liuke.act.contact_policy import ContactPolicy, Planned
from liuke.act.gates.chain import CHAIN, gate_by_gate
from liuke.act.gates.facts import Pairs, contact_facts
from liuke.act.gates.moment import moment_values, open_moment
from liuke.act.gates.text_rows import as_text, from_text
from liuke.clock import AsOf
from liuke.engine import Engine, parameter
from liuke.insight.known import Rows, tables_as_of
from liuke.insight.profile.one_customer import versions_of
from liuke.tables import ASSIGNMENT, COMPLAINT, CONSENT, CONTACT, CUSTOMER, HOLD, Table

READ: Final = (CUSTOMER, ASSIGNMENT, CONTACT, CONSENT, HOLD, COMPLAINT)
"""Tables whose change calls for compiling anew: what a prepared expression reads is fixed."""
FRESH: Final = pa.schema(
    [CONTACT.arrow.field(n) for n in ("customer_id", "channel", "result", "message_class", "loop_id", "business_date")]
)
"""Contacts that the lake does not have yet."""
_PLACE: Final = pa.field("place", pa.int64())


@dataclass(frozen=True, slots=True)
class Finding:
    """What one gate says about one candidate. rule: its first rule that stops, None when it passes."""

    gate: str
    rule: str | None
    fact: str | None
    may_change_on: date | None
    stops: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """One candidate (columns of CANDIDATE) and what every gate says, in order."""

    candidate: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @property
    def stop(self) -> Finding | None:
        """The first gate that stops it; None when all are passed."""
        return next((f for f in self.findings if f.rule), None)

    @property
    def stops(self) -> int:
        """How many rules stop it."""
        return sum(f.stops for f in self.findings)


class GatesOfFew:
    """The chain for candidates of a few customers, as known at `as_of`; sheet: SHEET rows as a table of the engine.

    Make a new one when a table of READ, the offers, the policy or the day changes. Several threads may use it.
    service_only: no candidate is marketing, which makes it faster; contacts of today do not matter then.
    """

    def __init__(
        self, engine: Engine, rows: Rows, as_of: AsOf, zone: ZoneInfo, sheet: ir.Table,
        policy: ContactPolicy, asked: Pairs, *, service_only: bool = False,
    ) -> None:  # fmt: skip
        one_row = engine.from_arrow(pa.table({"one": [1]}))
        who = parameter("who")

        def theirs(table: Table) -> ir.Table:
            return versions_of(rows(table), table, lambda column: column.isin([who])) if table in READ else rows(table)

        tables = tables_as_of(theirs, as_of, zone)
        if not service_only:
            fresh = from_text(one_row, parameter("fresh"), FRESH)
            tables = replace(tables, contact=tables.contact.select(*FRESH.names).union(fresh))
        candidates = from_text(one_row, parameter("candidates"), CANDIDATE.append(_PLACE))
        facts = contact_facts(tables, asked, service_only=service_only)
        found = gate_by_gate(candidates, facts, sheet, policy, open_moment(), service_only=service_only)
        self._run = engine.prepare(found)

    def judge(
        self, candidates: Sequence[Mapping[str, Any]], planned: Planned, fresh: Iterable[Mapping[str, Any]] = ()
    ) -> list[Judgement]:
        """Each candidate with what every gate says, in the order given. fresh: rows of FRESH of these customers."""
        placed = [{**candidate, "place": place} for place, candidate in enumerate(candidates)]
        found = self._run(
            who=sorted({str(c["customer_id"]) for c in candidates}),
            candidates=as_text(placed, CANDIDATE.append(_PLACE)),
            fresh=as_text(fresh, FRESH),
            **moment_values(planned),
        )
        rows = sorted(found.to_pylist(), key=lambda row: int(row["place"]))
        return [Judgement({n: row[n] for n in CANDIDATE.names}, _findings(row)) for row in rows]


def _findings(row: Mapping[str, Any]) -> tuple[Finding, ...]:
    return tuple(
        Finding(gate, row[f"{gate}_rule"], row[f"{gate}_fact"], row[f"{gate}_until"], int(row[f"{gate}_stops"]))
        for gate in CHAIN
    )
