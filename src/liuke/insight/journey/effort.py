"""What a journey asks of its customers: other channels, and the same data once more."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.journey.spec import JourneyFile, Rekeying
from liuke.insight.journey.steps import MICROSECOND
from liuke.insight.journey.visits import staged


def channel_changes(engine: Engine, steps: ir.Table, spec: JourneyFile) -> ir.Table:
    """who, case, stage, from_channel, to_channel, meant; one row per change, release it after use.

    The stage is that of the later fact. What the bank's systems tell lies between without being a change.
    """
    rows = staged(steps)
    own = rows.filter(rows.own)
    line = ibis.window(group_by=["who", "case"], order_by="n")
    moved = engine.layer(own.mutate(from_channel=own.channel.lag().over(line)))
    moved = moved.filter(moved.from_channel != moved.channel)
    meant = [
        (moved.from_channel == one.from_) & (moved.channel == one.to) & (_at(moved, one.at, spec))
        for one in spec.hand_overs
    ]
    is_meant = ibis.or_(*meant) if meant else ibis.literal(False)
    return engine.materialise(
        moved.select("who", "case", "stage", "from_channel", to_channel="channel", meant=is_meant)
    )


def _at(rows: ir.Table, code: str | None, spec: JourneyFile) -> ir.BooleanValue:
    return ibis.literal(True) if code is None else rows.stage == spec.codes.index(code)


def typed_again(engine: Engine, facts: ir.Table, steps: ir.Table, asked: Rekeying) -> ir.Table:
    """who, case, stage of facts in which something was typed in again; lazily, a row per fact.

    facts: all that was read, of other cases too: what was typed in there is remembered as well.
    """
    told = facts.filter(facts.fields != "")
    typed = engine.layer(told.select("who", "n", "at", field=told.fields.replace(" ", "").split(",").unique().unnest()))
    typed = typed.filter(typed.field != "")
    line = ibis.window(group_by=["who", "field"], order_by="n")
    spaced = engine.layer(typed.mutate(before=typed["at"].lag().over(line)))
    since = spaced["at"].delta(spaced.before, unit="microsecond")
    again = spaced.filter(since <= asked.lasts // MICROSECOND).select("who", "n").distinct()
    mine = staged(steps)
    mine = mine.filter(mine.fields.notnull()).select("who", "n", "case", "stage")
    return mine.semi_join(again, ["who", "n"]).select("who", "case", "stage")
