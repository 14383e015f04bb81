"""Tags: yes-or-no words about a customer, each with an owner, a rule, a version and its lineage."""

from __future__ import annotations
