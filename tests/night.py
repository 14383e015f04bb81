"""What only nightly runs do (`make nightly`): more seeds, more moments of death, second sizes of one page."""

import os

import pytest

NIGHT = os.environ.get("LIUKE_NIGHTLY") == "1"
nightly = pytest.mark.skipif(not NIGHT, reason="nightly: set LIUKE_NIGHTLY=1")
"""For what a quicker test covers as well."""


def times(by_day: int, at_night: int, asked: str = "") -> int:
    """How often; asked: the environment variable that says so, where one is set."""
    return int(os.environ.get(asked) or (at_night if NIGHT else by_day))
