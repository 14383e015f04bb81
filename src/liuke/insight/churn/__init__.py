"""Who is leaving: transparent signals, their reasons, what then happened, and how good the warnings were."""

from __future__ import annotations
