"""PostHog's capture API, as its own clients speak it."""

from __future__ import annotations

from liuke.collect.tracking.posthog.endpoint import ENDPOINT

__all__ = ["ENDPOINT"]
