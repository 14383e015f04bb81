"""What a customer is worth to the bank, and how firmly the customer is with it: RFM, CLV, stickiness, loyalty."""

from __future__ import annotations
