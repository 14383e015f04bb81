"""Clusters: customers alike in their numbers, found without a label and named by what sets them apart."""

from __future__ import annotations
