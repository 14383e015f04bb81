"""The rules and terms of one bank home, read anew when a file has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liuke.act.arbitrate.lever_policy import read_lever_policy
from liuke.act.contact_policy import ContactPolicy, read_contact_policy
from liuke.act.loop_policy import LoopPolicy, read_loop_policy
from liuke.act.routing_policy import RoutingPolicy, read_routing_policy
from liuke.act.trigger_policy import read_trigger_policy
from liuke.act.triggers import RuleSet, read_triggers
from liuke.act.triggers.catalogue import SHIPPED, Catalogue, kind_of
from liuke.act.withheld import Withheld
from liuke.collect.tracking.events_file import read_events
from liuke.wiring import House


@dataclass(frozen=True, slots=True)
class Given:
    """What a bank home says of its rules."""

    rules: RuleSet
    policy: LoopPolicy
    contact: ContactPolicy
    routing: RoutingPolicy
    withheld: Withheld


def read_given(house: House) -> Given:
    """Rules, checked against the bank's events, and the policy of decisions. Raises YourMistake."""
    switched_on = read_trigger_policy(house.policy("triggers")).switched_on
    rules = read_triggers(house.home, catalogue_of(house.home), switched_on=switched_on)
    loop, contact = read_loop_policy(house.policy("loop")), read_contact_policy(house.policy("contact"))
    withheld = read_lever_policy(house.policy("levers")).withheld(loop.salt)
    return Given(rules, loop, contact, read_routing_policy(house.policy("routing")), withheld)


def catalogue_of(home: Path) -> Catalogue:
    """Events that rules may speak of: the shipped ones, and those of `events/*.yaml` with their properties."""
    own = {
        event.event: {name: kind_of(mapped.type) for name, mapped in event.properties.items()}
        for event in read_events(home / "events")
    }
    return {name: {**SHIPPED.get(name, {}), **own.get(name, {})} for name in {**SHIPPED, **own}}


def stamp(home: Path) -> frozenset[tuple[str, int, int]]:
    """Changes exactly when a file that `read_given` reads was written, added or removed."""
    return frozenset((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in _files(home))


def _files(home: Path) -> Iterator[Path]:
    for folder in ("triggers", "events"):
        yield from (home / folder).glob("*.yaml")
    yield from (
        path
        for name in ("triggers", "loop", "contact", "routing", "levers")
        if (path := home / "policies" / f"{name}.yaml").is_file()
    )
