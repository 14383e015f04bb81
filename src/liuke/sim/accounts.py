"""Account slots: every customer has at most one account of each type, so balances are one small dense array."""

from __future__ import annotations

from typing import Final

CURRENT: Final = 0
TERM: Final = 1
WEALTH: Final = 2
CARD: Final = 3
LOAN: Final = 4
SLOTS: Final = 5
SLOT_TYPES: Final = ("current", "term_deposit", "wealth", "credit_card", "loan")
SLOT_CODES: Final = ("01", "12", "23", "34", "45")
SAVING_SLOTS: Final = (CURRENT, TERM, WEALTH)
"""Slots that count as AUM; debts on cards and loans are negative balances and do not."""
