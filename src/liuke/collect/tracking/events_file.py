"""`events/*.yaml`: what vendors' clients call an event and its properties, and what the bank calls them."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, model_validator

from liuke.errors import Finding, Place, Wrong, YourMistake, coded
from liuke.settings import Name
from liuke.yaml_file import Document, load_yaml

Vendor = Literal["sensors", "segment", "rudderstack", "posthog", "cloudevents", "plain", "kafka"]
VENDORS: Final[tuple[Vendor, ...]] = (
    "sensors", "segment", "rudderstack", "posthog", "cloudevents", "plain", "kafka",
)  # fmt: skip
PropertyKind = Literal["text", "number", "integer", "truth", "moment"]


class PropertyMap(Document):
    """One property of the bank's event. sources: what clients call it, the first that is there counts."""

    sources: tuple[str, ...] = ()
    type: PropertyKind | None = None


class MappedEvent(Document):
    """One event of the bank.

    event: its name in the table event. aliases: what clients call it, by vendor; `any` for all of them. properties:
    those to be renamed or typed; others are kept as they are.
    """

    event: str = Field(min_length=1, max_length=128)
    name: Name
    description: str = ""
    aliases: dict[Vendor | Literal["any"], tuple[str, ...]] = Field(default_factory=dict)
    properties: dict[str, PropertyMap] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_target_per_source(self) -> MappedEvent:
        owners: dict[str, str] = {}
        for target, mapped in self.properties.items():
            for source in mapped.sources:
                if owners.setdefault(source, target) != target:
                    raise Wrong(
                        "property_twice", "'{source}' would become both {a} and {b}",
                        source=source, a=owners[source], b=target,
                    )  # fmt: skip
        return self


class EventsFile(Document):
    """One file of events."""

    events: tuple[MappedEvent, ...] = Field(min_length=1)


def read_events(folder: Path) -> tuple[MappedEvent, ...]:
    """All events of `events/*.yaml`; YourMistake when two claim the same name of a vendor's."""
    found: list[MappedEvent] = []
    claimed: dict[tuple[str, str], tuple[str, str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for event in load_yaml(path, EventsFile).events:
            found.append(event)
            for vendor in VENDORS:
                for alias in {event.event, *event.aliases.get("any", ()), *event.aliases.get(vendor, ())}:
                    name, where = claimed.setdefault((vendor, alias), (event.event, path.name))
                    if name != event.event:
                        _refuse(path, alias, event.event, f"{name} in {where}")
    return tuple(found)


def _refuse(path: Path, alias: str, event: str, other: str) -> None:
    said = coded("alias_twice", "'{alias}' is claimed by {event} and by {other}", alias=alias, event=event, other=other)
    raise YourMistake(
        said,
        place=Place(str(path)),
        findings=(Finding(said),),
        expected="every client's name leads to one event of the bank",
        then="take the alias out of one of them",
    )


__all__ = ["VENDORS", "EventsFile", "MappedEvent", "PropertyKind", "PropertyMap", "Vendor", "read_events"]
