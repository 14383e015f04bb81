"""The demo's clusters: found once, as `liuke clusters fit` does; the runs afterwards assign everybody."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from liuke.errors import YourMistake
from liuke.insight.clusters.model import learn_clusters
from liuke.insight.clusters.shelf import keep
from liuke.insight.features.store import stored_features
from liuke.wiring import House


def group(house: House, day: date) -> None:
    """Finds clusters among the customers of `day`, whose features are stored; a demo of few customers has none."""
    with house.engine() as engine:
        rows = stored_features(house.lake, engine)
        try:
            model = learn_clusters(engine, rows.filter(rows.as_of == day), day, house.pseudonym_key())
        except YourMistake:
            return
    keep(house.clusters, model, datetime.combine(day + timedelta(days=1), time(6), house.zone))
