from __future__ import annotations

import shutil
import subprocess

import pytest
from scipy import stats

from liuke.act.holdout import arm, draw

# printf '%s' 'liuke|rm_care|C1' | sha256sum | cut -c1-13
GOLDEN = {"C1": "114c0d7d33c94", "C2": "983371a178c37", "客户7": "d6c6f4689e07e"}


@pytest.mark.parametrize(("customer_id", "digits"), GOLDEN.items())
def test_the_draw_is_the_first_52_bits_of_sha256_exactly(customer_id: str, digits: str) -> None:
    assert draw(customer_id, "rm_care", "liuke") == int(digits, 16) / 2**52


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="coreutils absent")
def test_an_auditor_reproduces_the_draw_with_sha256sum() -> None:
    out = subprocess.run(["sha256sum"], input=b"salt|exp|90210", capture_output=True, check=True).stdout
    assert draw("90210", "exp", "salt") * 2**52 == int(out[:13], 16)


def test_draws_are_uniform() -> None:
    values = [draw(f"C{i:07d}", "rm_care", "liuke") for i in range(20_000)]
    assert min(values) >= 0
    assert max(values) < 1
    assert stats.kstest(values, "uniform").pvalue > 0.01


@pytest.mark.parametrize("other", [("winter", "liuke"), ("rm_care", "pepper")])
def test_another_experiment_or_salt_draws_independently(other: tuple[str, str]) -> None:
    ids = [f"C{i}" for i in range(20_000)]
    first = [draw(c, "rm_care", "liuke") for c in ids]
    second = [draw(c, *other) for c in ids]
    assert abs(stats.spearmanr(first, second).statistic) < 3 / len(ids) ** 0.5
    both = sum(a < 0.1 and b < 0.1 for a, b in zip(first, second, strict=True))
    assert stats.binomtest(both, len(ids), 0.01).pvalue > 0.001


def test_a_larger_share_keeps_everybody_who_was_held_out() -> None:
    values = [draw(f"C{i}", "rm_care", "liuke") for i in range(2_000)]
    small = {i for i, v in enumerate(values) if arm(v, 0.1) == "holdout"}
    large = {i for i, v in enumerate(values) if arm(v, 0.2) == "holdout"}
    assert small < large


@pytest.mark.parametrize(
    ("value", "share", "expected"), [(0.1, 0.1, "treated"), (0.0999, 0.1, "holdout"), (0, 0, "treated")]
)
def test_the_arm_is_held_out_strictly_below_the_share(value: float, share: float, expected: str) -> None:
    assert arm(value, share) == expected
