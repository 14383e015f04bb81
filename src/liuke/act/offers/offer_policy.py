"""`policies/offers.yaml`: who may get which offers by law and the bank's rules, and to whom they matter now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from liuke.act.offers.catalogue import Offer
from liuke.act.offers.offer_file import Category, Code, MessageClass
from liuke.errors import Wrong
from liuke.insight.conditions import RuleNode
from liuke.insight.content_hash import content_hash
from liuke.insight.rules.references import Names, Resolved, resolve_written
from liuke.settings import Name
from liuke.yaml_file import Document, load_yaml

Kind = Literal["eligibility", "applicability"]
KINDS: tuple[Kind, ...] = ("eligibility", "applicability")


class PolicyRule(Document):
    """One condition that customers have to meet. eligibility: lawful and hard; applicability: relevant now.

    offers, themes, categories: which offers it is about; all of its message class when none is named.
    """

    name: Name
    kind: Kind
    rule: RuleNode
    offers: tuple[Code, ...] = ()
    themes: tuple[Code, ...] = ()
    categories: tuple[Category, ...] = ()
    message_class: MessageClass = "marketing"

    def about(self, offer: Offer) -> bool:
        """Whether the offer has to meet it."""
        if offer.message_class != self.message_class:
            return False
        named = (*self.offers, *self.themes, *self.categories)
        return not named or bool({offer.code, offer.spec.theme, offer.spec.category} & set(named))


class OfferPolicy(Document):
    """The rules by code. A missing file means none."""

    rules: dict[Code, PolicyRule] = Field(default_factory=dict)

    @field_validator("rules")
    @classmethod
    def _codes(cls, value: dict[str, PolicyRule]) -> dict[str, PolicyRule]:
        if "audience" in value:
            raise Wrong("rule_named_audience", "a rule may not be called audience: that is the offer's own")
        return value

    @property
    def version(self) -> str:
        """Equal exactly when the content is equal."""
        return content_hash(self.model_dump(mode="json", by_alias=True))


@dataclass(frozen=True, slots=True)
class OfferRule:
    """One rule with all names resolved. offers: codes of those it is about."""

    code: str
    spec: PolicyRule
    rule: Resolved
    offers: tuple[str, ...]


def read_offer_policy(path: Path, names: Names, offers: Mapping[str, Offer]) -> tuple[OfferRule, ...]:
    """The rules at `path`, eligibility first; none without the file. Raises YourMistake as `read_offers`."""
    if not path.is_file():
        return ()
    policy, text = load_yaml(path, OfferPolicy), path.read_text(encoding="utf-8-sig")
    return tuple(_resolved(policy, names, offers, str(path), text))


def _resolved(
    policy: OfferPolicy, names: Names, offers: Mapping[str, Offer], file: str, text: str
) -> Iterator[OfferRule]:
    for kind in KINDS:
        for code, spec in policy.rules.items():
            if spec.kind == kind:
                rule = resolve_written(spec.rule, names, file, text, ("rules", code, "rule"))
                yield OfferRule(code, spec, rule, tuple(o.code for o in offers.values() if spec.about(o)))
