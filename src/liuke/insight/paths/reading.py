"""What paths say: the most frequent ones, and the steps between places for a Sankey picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.paths.counting import Counted, Ends
from liuke.insight.paths.nodes import OTHERS


@dataclass(frozen=True, slots=True)
class Path:
    """Names in order; None is 其他. people did it at least once, `times` in all."""

    names: tuple[str | None, ...]
    people: int
    times: int


@dataclass(frozen=True, slots=True)
class Place:
    """A name at the place-th event of a path, from 0; of paths to an anchor counted back from it. stopped: times that
    the session was over there.
    """

    place: int
    name: str | None
    people: int
    times: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Link:
    """From a name at a place to the next. to: a name, None for 其他. ends: the path ends there, so there is no next."""

    place: int
    name: str | None
    to: str | None
    people: int
    times: int
    ends: Ends | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class PathsReading:
    """people, times: who has a path, and how many paths. paths: the most frequent. places, links: of all, folded."""

    people: int
    times: int
    paths: tuple[Path, ...]
    places: tuple[Place, ...]
    links: tuple[Link, ...]


def read_paths(engine: Engine, found: Counted, least: float, top: int = 50) -> PathsReading:
    """least: what fewer people than this share of all do at a place is 其他 there.

    People of 其他 are an upper bound: who did two of the things folded is in it twice, but never more than all.
    """
    [whole] = engine.arrow(_of(found, 3)).to_pylist() or [{"people": 0, "times": 0}]
    held = {row["code"]: row for row in engine.arrow(_of(found, 2)).to_pylist()}
    kept = sorted(code for code, row in held.items() if _is_shown(found, code, row["people"], least * whole["people"]))
    links = tuple(_link(found, row, whole["people"]) for row in engine.arrow(_folded(found, kept)).to_pylist())
    return PathsReading(whole["people"], whole["times"], _top(engine, found, top), _places(links, held, found, kept,
                        whole["people"]), links)  # fmt: skip


def _of(found: Counted, kind: int) -> ir.Table:
    return found.table.filter(found.table.kind == kind).select("code", "people", "times")


def _is_shown(found: Counted, code: int, people: int, least: float) -> bool:
    return found.place(code)[1] != OTHERS and people >= least


def _top(engine: Engine, found: Counted, top: int) -> tuple[Path, ...]:
    order = [ibis.desc("times"), ibis.desc("people"), "code"]
    rows = engine.arrow(_of(found, 0).order_by(order).limit(top)).to_pylist()
    return tuple(
        Path(tuple(found.nodes.name(n) for n in found.path(row["code"])), row["people"], row["times"]) for row in rows
    )


def _folded(found: Counted, kept: list[int]) -> ir.Table:
    """Steps between places, nodes that are not kept as OTHERS: code, people, times."""
    radix, rows = found.terms.radix, _of(found, 1)
    at, following = (rows.code // radix).cast("int64"), rows.code % radix
    place = (at // radix).cast("int64")
    onward = place + (-1 if found.is_to_anchor else 1)
    is_end = following >= found.nodes.count
    begun = ibis.ifelse(at.isin(kept or [-1]), at, place * radix + OTHERS)
    shown = is_end | (onward * radix + following).isin(kept or [-1])
    rows = rows.mutate(code=begun * radix + ibis.ifelse(shown, following, OTHERS))
    summed = rows.group_by("code").aggregate(people=rows.people.sum(), times=rows.times.sum())
    return summed.order_by([ibis.desc("times"), "code"])


def _link(found: Counted, row: dict[str, Any], people: int) -> Link:
    place, node, following = found.step(row["code"])
    most = min(row["people"], people)
    if isinstance(following, str):
        return Link(place, found.nodes.name(node), None, most, row["times"], following)
    return Link(place, found.nodes.name(node), found.nodes.name(following), most, row["times"])


def _places(
    links: tuple[Link, ...], held: dict[int, dict[str, Any]], found: Counted, kept: list[int], people: int
) -> tuple[Place, ...]:  # fmt: skip
    """In order of places, most first, 其他 last."""
    times: Counter[tuple[int, str | None]] = Counter()
    stopped: Counter[tuple[int, str | None]] = Counter()
    who: Counter[tuple[int, str | None]] = Counter()
    for link in links:
        stopped[link.place, link.name] += link.times if link.ends == "over" else 0
    shown = set(kept)
    for code, row in held.items():
        place, node = found.place(code)
        name = found.nodes.name(node) if code in shown else None
        who[place, name] += row["people"]
        times[place, name] += row["times"]
    order = sorted(times, key=lambda key: (key[0], key[1] is None, -times[key], key[1] or ""))
    return tuple(Place(*key, min(who[key], people), times[key], stopped[key]) for key in order)
