"""The code: every slip of the fingers is told, what people may write is read, and nothing can be worked back."""

import re

from hypothesis import given
from hypothesis import strategies as st

from liuke.act.progress.code import (
    ALPHABET,
    LENGTH,
    RANDOM,
    check_character,
    code_hash,
    fits,
    new_code,
    phone_hash,
    read_code,
    same,
    shown,
)

bodies = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM)
KEY = "k" * 32


@given(bodies)
def test_every_single_wrong_character_is_found(body: str) -> None:
    code = body + check_character(body)
    assert fits(code)
    wrong = [code[:at] + other + code[at + 1 :] for at in range(LENGTH) for other in ALPHABET if other != code[at]]
    assert not any(fits(each) for each in wrong)


@given(bodies)
def test_two_characters_exchanged_are_found_neighbours_or_not(body: str) -> None:
    code = body + check_character(body)
    for at in range(LENGTH):
        for to in range(at + 1, LENGTH):
            swapped = list(code)
            swapped[at], swapped[to] = swapped[to], swapped[at]
            assert fits("".join(swapped)) == (code[at] == code[to])


@given(bodies, st.randoms(use_true_random=False))
def test_small_letters_blanks_hyphens_full_width_and_look_alikes_are_read(body: str, random: object) -> None:
    code = body + check_character(body)
    typed = shown(code).lower().replace("-", " - ").replace("0", "o").replace("1", "l")
    assert read_code(typed) == code
    assert read_code(code.replace("1", "I").replace("0", "O")) == code
    assert read_code("".join(chr(ord(c) + 0xFEE0) for c in shown(code).replace("-", "-"))) == code


def test_what_cannot_be_a_code_is_none() -> None:
    code = new_code()
    for typed in ("", "   ", code[:-1], code + "0", "U" * 9, "V" * 9, "😀" * 9, "中文字符", "\0" * 9, code * 100):
        assert read_code(typed) is None


def test_codes_are_shown_in_groups_and_hardly_ever_twice() -> None:
    made = {new_code() for _ in range(2000)}
    assert len(made) == 2000
    assert all(fits(code) and re.fullmatch(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}", shown(code)) for code in made)
    for at in range(RANDOM):
        assert len({code[at] for code in made}) == len(ALPHABET)


def test_a_digest_needs_the_key_and_tells_customers_apart() -> None:
    code = new_code()
    assert code_hash(code, KEY) == code_hash(code, KEY) != code_hash(code, "x" * 32)
    assert code not in code_hash(code, KEY)
    assert phone_hash("138-0000-5678", "A1", KEY) == phone_hash("５６７８", "A1", KEY)
    assert phone_hash("13800005678", "A1", KEY) != phone_hash("13800005678", "A2", KEY)
    assert phone_hash(None, "A1", KEY) == phone_hash("567", "A1", KEY) == ""


def test_no_digest_at_all_is_never_the_same() -> None:
    assert not same("", "")
    assert not same("ab", "ac")
    assert same("ab", "ab")
