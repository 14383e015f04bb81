"""Offers 权益与产品推荐: what may be proposed to whom, in which words (`offers/*.yaml`, docs/offers.md)."""

from __future__ import annotations
