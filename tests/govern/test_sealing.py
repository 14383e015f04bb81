"""Sealed texts: they open for their owner with their key, and for nobody else."""

from __future__ import annotations

import base64

import pytest

from liuke.govern.sealing import KeyedSealer, Unsealable

SEALER = KeyedSealer("a secret key of the bank", "second factor")


def test_a_sealed_text_opens_again_and_looks_different_each_time() -> None:
    one, two = SEALER.seal("JBSWY3DP", "user 1"), SEALER.seal("JBSWY3DP", "user 1")
    assert one != two
    assert "JBSWY3DP" not in one
    assert SEALER.unseal(one, "user 1") == SEALER.unseal(two, "user 1") == "JBSWY3DP"


def test_it_opens_for_no_other_owner_key_or_purpose() -> None:
    sealed = SEALER.seal("JBSWY3DP", "user 1")
    for sealer, owner in (
        (SEALER, "user 2"),
        (KeyedSealer("another key", "second factor"), "user 1"),
        (KeyedSealer("a secret key of the bank", "other"), "user 1"),
    ):
        with pytest.raises(Unsealable):
            sealer.unseal(sealed, owner)


def test_a_changed_or_cut_text_does_not_open() -> None:
    sealed = SEALER.seal("JBSWY3DP", "user 1")
    whole = bytearray(base64.b64decode(sealed[3:]))
    whole[-1] ^= 1
    for broken in ("g1:" + base64.b64encode(whole).decode(), sealed[:10], sealed[3:], "g1:", "", "g1:ü"):
        with pytest.raises(Unsealable):
            SEALER.unseal(broken, "user 1")
