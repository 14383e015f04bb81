"""What the bank's data says about customers, as of a moment. Reads the lake, decides nothing."""

from __future__ import annotations
