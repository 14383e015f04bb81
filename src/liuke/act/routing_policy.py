"""`policies/routing.yaml`: certificates of staff 资质, and the themes whose orders ask for them."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from liuke.errors import did_you_mean
from liuke.settings import Name
from liuke.yaml_file import Document, load_yaml

_SKILLS = {
    "fund": Name(zh="基金从业资格", en="Fund licence"),
    "insurance": Name(zh="保险销售资格", en="Insurance licence"),
    "wealth": Name(zh="理财销售资格", en="Wealth product licence"),
    "credit": Name(zh="信贷业务资格", en="Credit licence"),
}


class RoutingPolicy(Document):
    """What staff may be certified for, and what orders need. A missing file means these defaults: nothing is needed.

    skills: certificates by code. needs, products: codes that whoever works on an order must hold, by the order's theme
    and by the product it offers.
    """

    skills: dict[str, Name] = Field(default_factory=lambda: dict(_SKILLS))
    needs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    products: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_need_is_a_skill(self) -> Self:
        for what, codes in (*self.needs.items(), *self.products.items()):
            for code in codes:
                if code not in self.skills:
                    raise ValueError(f"'{what}' needs an unknown skill '{code}'; " + did_you_mean(code, self.skills))
        return self

    def wanted(self, theme: str, product_id: str | None = None) -> frozenset[str]:
        """Codes of the certificates that an order of the theme, offering the product, asks for."""
        return frozenset((*self.needs.get(theme, ()), *self.products.get(product_id or "", ())))


def read_routing_policy(path: Path) -> RoutingPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, RoutingPolicy) if path.is_file() else RoutingPolicy()
