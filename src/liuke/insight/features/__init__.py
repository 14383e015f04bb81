"""What is computed about every customer as of a moment, each number declared once."""

from __future__ import annotations
