"""Whether a model still fits the customers: drift of features and score, of labels and calibration, challengers."""

from __future__ import annotations
