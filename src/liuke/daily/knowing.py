"""What is known about every customer on the day: features, value, tags, segments, who cannot be reached."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from liuke.daily.scoring import Scores
from liuke.daily.warning import Warned
from liuke.engine import Engine
from liuke.insight.churn.lost_contact import lost_contact, read_lost_contact_policy
from liuke.insight.clusters.day import Facts, cluster_day, lacking
from liuke.insight.clusters.shelf import active as active_clusters
from liuke.insight.features.build import features_on
from liuke.insight.features.delivered import delivered_columns
from liuke.insight.features.registry import available
from liuke.insight.features.store import store_features
from liuke.insight.known import BankTables
from liuke.insight.rules.attribute import Source
from liuke.insight.segments.day import run_tags_and_segments
from liuke.insight.value.day import read_value_policies, value_day
from liuke.tables import CUSTOMER_VALUE, LOST_CONTACT, SCORE, Table
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class Known:
    """Counts of what was stored. tagged: rows of customer_tag. lacking: tags and segments that could not be asked,
    and clusters when the model's features are not built.
    """

    tagged: int = 0
    segments: int = 0
    lost_contact: int = 0
    lacking: tuple[str, ...] = ()


def day_features(house: House, engine: Engine, tables: BankTables) -> ir.Table:
    """The day's features of all living customers, as far as the bank delivers what they are made from."""

    def rows(table: Table) -> ir.Table:
        return house.lake.scan(engine, table)

    names = available(delivered_columns(engine, rows))
    return features_on(engine, rows, [tables.as_of], zone=house.zone, names=names)


def know_customers(
    house: House, engine: Engine, tables: BankTables, features: ir.Table, warned: Warned, scores: Scores | None
) -> Known:
    """Stores value, tags, segments and the lost-contact list of the day; of a day before the last one run only what
    is kept by day (segment members).
    """
    lake = house.lake
    made, unable = _made(house, engine, tables, features, warned, scores)
    audience = run_tags_and_segments(lake, engine, tables, house.home, features, warned.snapshot, made)
    gone = engine.materialise(
        lost_contact(tables, warned.snapshot, read_lost_contact_policy(house.policy("lost_contact")))
    )
    if warned.newest:
        lake.replace(LOST_CONTACT, engine.batches(gone))
    missing = tuple(sorted({*audience.lacking, *(["clusters"] if unable else [])}))
    return Known(audience.tagged, len(audience.segments), engine.count(gone), missing)


def _made(
    house: House, engine: Engine, tables: BankTables, features: ir.Table, warned: Warned, scores: Scores | None
) -> tuple[dict[Source, ir.Table], tuple[str, ...]]:
    """What rules may ask about everybody: made before tags and segments, of which it reads none; and the features
    that the cluster model asks of in vain.
    """
    lake = house.lake
    made: dict[Source, ir.Table] = {"score": scores.rows if scores else lake.scan(engine, SCORE).limit(0)}
    if not warned.newest:
        return made, ()
    made["value"] = value_day(
        engine, tables, features, read_value_policies(house.policy),
        scores=scores.rows if scores else None, previous=lake.scan(engine, CUSTOMER_VALUE),
    )  # fmt: skip
    lake.replace(CUSTOMER_VALUE, engine.batches(made["value"]))
    store_features(lake, engine, features)
    model = active_clusters(house.clusters)
    unable = lacking(model, features) if model else ()
    if model and not unable:
        made["cluster"] = cluster_day(lake, engine, model, features, Facts(warned.snapshot, made["value"]))
    return made, unable
