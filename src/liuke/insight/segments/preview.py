"""Size and sample of a segment, saved or not, for one person's scope: counted live, masked before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import Finding, YourMistake
from liuke.govern.access import Scope, require, scoped
from liuke.govern.masking import mask_row
from liuke.insight.amounts import Locale
from liuke.insight.rules.codes import ANY, Codes
from liuke.insight.rules.compile import matching
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.references import Resolved
from liuke.insight.segments.catalogue import Segment, parse_segment
from liuke.insight.tags.catalogue import Tag
from liuke.tables import CUSTOMER_SNAPSHOT

SAMPLE = 20
_SHOWN = ("customer_id", "name", "gender", "bank_tier", "branch_id", "staff_id", "opened_on", "aum", "tier")


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """Something to mind about a rule. stop: it cannot be asked. line: 1-based, in the text; key: dotted keys.

    mistakes: what stops it, every one apart.
    """

    severity: Literal["stop", "mind"]
    text: str
    line: int | None = None
    key: str | None = None
    mistakes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentPreview:
    """members of `customers` in the scope; sample: masked CUSTOMER_SNAPSHOT rows, the richest first.

    With a stopping finding there are neither.
    """

    members: int | None
    customers: int | None
    sample: tuple[Mapping[str, Any], ...]
    findings: tuple[RuleFinding, ...]

    @property
    def share(self) -> float | None:
        """Members of all customers in scope; None without any."""
        return self.members / self.customers if self.customers and self.members is not None else None


def count_members(engine: Engine, rule: Resolved, data: RuleData, scope: Scope | None = None) -> int:
    """How many customers in scope meet the rule now. Raises YourMistake when it cannot be asked."""
    return engine.count(_matching(engine, rule, data, scope))


def sample_members(
    engine: Engine,
    rule: Resolved,
    data: RuleData,
    scope: Scope,
    *,
    limit: int = SAMPLE,
    locale: Locale = "zh-hans",
) -> tuple[Mapping[str, Any], ...]:
    """Some members in scope, masked for the role: by assets, the richest first, then by number."""
    return count_and_sample(engine, rule, data, scope, limit=limit, locale=locale)[1]


def count_and_sample(
    engine: Engine,
    rule: Resolved,
    data: RuleData,
    scope: Scope,
    *,
    limit: int = SAMPLE,
    locale: Locale = "zh-hans",
) -> tuple[int, tuple[Mapping[str, Any], ...]]:
    """Both answers from asking the rule once. Raises NotAllowed for roles that see no customers."""
    require(scope, "see_customers")
    rank = ("aum",) if "aum" in data.people.columns else ()
    found = engine.materialise(_matching(engine, rule, data, scope, *rank))
    members = engine.count(found)
    order = [*(ibis.desc(n) for n in rank), ibis.asc("customer_id")]
    chosen = engine.arrow(found.order_by(order).limit(limit))["customer_id"].to_pylist()
    engine.release(found)
    shown = [n for n in _SHOWN if n in data.people.columns]
    rows = engine.arrow(data.people.filter(data.people.customer_id.isin(chosen)).select(*shown)).to_pylist()
    rows.sort(key=lambda row: chosen.index(row["customer_id"]))
    return members, tuple(mask_row(row, CUSTOMER_SNAPSHOT, scope.reads, locale) for row in rows)


def preview(
    engine: Engine,
    text: str,
    tags: Mapping[str, Tag],
    segments: Mapping[str, Segment],
    data: RuleData,
    scope: Scope,
    *,
    codes: Codes = ANY,
    locale: Locale = "zh-hans",
) -> SegmentPreview:
    """What an unsaved segment file would pick out; mistakes in it come back as findings, not as errors."""
    require(scope, "see_customers")
    try:
        segment = parse_segment(text, tags, segments, codes=codes)
        members, sample = count_and_sample(engine, segment.rule, data, scope, locale=locale)
    except YourMistake as error:
        place = error.place
        line, key = (place.line, place.column) if place else (None, None)
        stop = RuleFinding("stop", error.what, line, key, error.mistakes)
        return SegmentPreview(None, None, (), (stop,))
    customers = engine.count(scoped(data.people, scope))
    return SegmentPreview(members, customers, sample, tuple(_minded(segment, members, customers, locale)))


def _minded(segment: Segment, members: int, customers: int, locale: Locale) -> list[RuleFinding]:
    """Remarks on a rule that can be asked."""
    texts = {
        "nobody": ("没有客户符合", "Nobody meets it"),
        "everybody": ("所有客户都符合", "Everybody meets it"),
        "protected": ("用到了年龄或性别,请确认不造成不合理差别待遇", "Uses age or sex: treat nobody worse for it"),
    }  # fmt: skip
    found = ["nobody"] if not members else ["everybody"] if members == customers else []
    found += ["protected"] if segment.lineage.protected else []
    return [RuleFinding("mind", texts[name][locale == "en"]) for name in found]


def _matching(engine: Engine, rule: Resolved, data: RuleData, scope: Scope | None, *carry: str) -> ir.Table:
    whole = scope is None or (not scope.by_book and scope.branches is None)
    owners = () if whole else tuple(n for n in ("branch_id", "staff_id") if n not in carry)
    found = matching(engine, rule, data, *carry, *owners)
    return found if scope is None else scoped(found, scope).drop(*owners)
