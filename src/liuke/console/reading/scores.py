"""The model's scores behind the warnings of one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis

from liuke.console.reading.lending import Reader
from liuke.console.reading.model_board import judged_of
from liuke.insight.churn.registry import models
from liuke.tables import SCORE


def scores_of(reader: Reader, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The active model's SCORE rows of these snapshot rows (same customer, same day), by customer.

    Only customers whose snapshot has a probability are asked for: without one the signals warned.
    """
    scored = [row["customer_id"] for row in rows if row.get("probability") is not None]
    if not scored:
        return {}
    day = max(row["as_of"] for row in rows)
    table = reader.house.lake.scan(reader.engine, SCORE)
    wanted = table.filter(table.as_of == ibis.literal(day), table.role == "active", table.customer_id.isin(scored))
    return {row["customer_id"]: row for row in reader.engine.arrow(wanted).to_pylist()}


def typical_of(reader: Reader, scores: Mapping[str, Mapping[str, Any]]) -> Mapping[str, float | None]:
    """The medians that the reasons of `scores_of` are compared with; empty when the model is not there any more.

    One model is active on a day, so the first row names it for all.
    """
    score = next(iter(scores.values()), None)
    if score is None:
        return {}
    folder = reader.house.models
    entry = next((e for e in models(folder) if (e.name, e.version) == (score["model"], score["version"])), None)
    judged = judged_of(folder, entry) if entry else None
    return judged.typical if judged else {}
