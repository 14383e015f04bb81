"""Codes of authenticator apps: the published test vectors, drift, replay; recovery codes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from liuke.govern.one_time_code import (
    STEP_SECONDS,
    address_of,
    new_recovery_codes,
    new_secret,
    recovery_digest,
    step_of,
)

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""Of RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")],
)
def test_the_codes_are_those_of_the_standard(seconds: int, eight_digits: str) -> None:
    assert step_of(SECRET, eight_digits[2:], datetime.fromtimestamp(seconds, UTC)) == seconds // STEP_SECONDS


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    at = datetime.fromtimestamp(1111111109, UTC)
    taken = [step_of(SECRET, "081804", at + timedelta(seconds=30 * n)) is not None for n in (-2, -1, 0, 1, 2)]
    assert taken == [False, True, True, True, False]


def test_a_code_is_taken_once_and_none_older_than_it() -> None:
    at = datetime.fromtimestamp(1111111109, UTC)
    step = step_of(SECRET, "081804", at)
    assert step is not None
    assert step_of(SECRET, "081804", at, after=step) is None
    assert step_of(SECRET, "081804", at, after=step - 1) == step


@pytest.mark.parametrize("typed", ["", "08180", "0818040", "08180a", "²²²²²²", "-81804"])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert step_of(SECRET, typed, datetime.fromtimestamp(1111111109, UTC)) is None


def test_full_width_digits_and_spaces_are_read() -> None:
    assert step_of(SECRET, "０８１ ８０４", datetime.fromtimestamp(1111111109, UTC)) is not None


def test_a_secret_that_cannot_be_opened_opens_nothing() -> None:
    assert step_of("", "081804", datetime.fromtimestamp(1111111109, UTC)) is None


def test_secrets_differ_and_the_address_names_bank_and_person() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert len(base64.b32decode(one)) == 20
    assert address_of(one, "lu", "江南银行").startswith(
        "otpauth://totp/%E6%B1%9F%E5%8D%97%E9%93%B6%E8%A1%8C:lu?secret="
    )


def test_recovery_codes_are_known_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    code = codes[0]
    assert recovery_digest(code, b"k") == recovery_digest(f" {code.upper().replace('-', ' ')}", b"k")
    assert recovery_digest(code, b"k") != recovery_digest(code, b"other")
