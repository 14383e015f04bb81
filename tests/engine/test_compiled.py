"""The compiled loops are kept where this user can write, and made anew when any of them changed."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from liuke.act.triggers import kernels
from liuke.engine import compiled

LOOPS = Path(kernels.__file__).parent


def test_the_folder_is_the_one_named_else_the_users_else_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIUKE_CACHE", str(tmp_path / "named"))
    assert compiled.cache_folder(LOOPS) == tmp_path / "named" / "liuke" / "numba" / compiled.fingerprint(LOOPS)
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("LIUKE_CACHE", str(blocked))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    found = compiled.cache_folder(LOOPS)
    assert found is not None
    assert found.is_relative_to(tmp_path / "temporary")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(blocked))
    assert compiled.cache_folder(LOOPS) is None


def test_nothing_is_written_beside_the_code(tmp_path: Path) -> None:
    """As on a machine where the package lies in a folder that only root may write."""
    script = (
        "from pathlib import Path\n"
        "from liuke.engine.compiled import cache_folder, entry\n"
        "import liuke.act.triggers.kernels.lists as lists\n"
        "made = entry(lists.block_words.py_func)\n"
        "assert made(3, 0) == 5\n"
        "print(cache_folder(Path(lists.__file__).parent))\n"
    )
    beside = LOOPS / "__pycache__"
    before = {p.name for p in beside.glob("*.nb[ci]")}
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "LIUKE_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    folder = Path(told.stdout.strip())
    assert folder.is_relative_to(tmp_path)
    assert list(folder.rglob("*.nbi"))
    assert {p.name for p in beside.glob("*.nb[ci]")} == before


def test_of_processes_that_start_together_one_compiles(tmp_path: Path) -> None:
    script = (
        "from liuke.engine.compiled import entry\n"
        "import liuke.act.triggers.kernels.lists as lists\n"
        "made = entry(lists.block_words.py_func)\n"
        "assert made(3, 0) == 5\n"
        "print(sum(made.stats.cache_misses.values()))\n"
    )
    env = {**os.environ, "LIUKE_CACHE": str(tmp_path)}
    each = [subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE) for _ in range(3)]
    assert sorted(int(process.communicate()[0]) for process in each) == [0, 0, 1]


def test_a_number_imported_from_elsewhere_is_part_of_what_is_kept(tmp_path: Path) -> None:
    """Numba looks at the file of a function alone, and compiles numbers of other files in."""
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops" / "looped.py").write_text(
        "from liuke.engine.compiled import allocating\nfrom numbers_of_mine import SIZE\n\n\n"
        "@allocating\ndef size():\n    return SIZE\n"
    )
    script = "from looped import size; print(size())"
    paths = os.pathsep.join([str(tmp_path), str(tmp_path / "loops"), *sys.path])
    for number in (3, 4):
        (tmp_path / "numbers_of_mine.py").write_text(f"SIZE = {number}\n")
        told = subprocess.run(
            [sys.executable, "-B", "-c", script],
            env={**os.environ, "LIUKE_CACHE": str(tmp_path / "cache"), "PYTHONPATH": paths},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout == f"{number}\n"


def test_a_loop_called_in_another_folder_is_part_of_what_is_kept(tmp_path: Path) -> None:
    """Through any number of files: after an upgrade nothing old is called."""
    for name, text in {
        "outer": "from middle import middle\n\n\n@allocating\ndef size():\n    return middle()\n",
        "middle": "from inner import inner\n\n\n@kernel\ndef middle():\n    return inner()\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text("from liuke.engine.compiled import allocating, kernel\n" + text)
    (tmp_path / "inner").mkdir()
    folders = [str(tmp_path / name) for name in ("outer", "middle", "inner")]
    for number in (3, 4):
        (tmp_path / "inner" / "inner.py").write_text(
            f"from liuke.engine.compiled import kernel\n\n\n@kernel\ndef inner():\n    return {number}\n"
        )
        told = subprocess.run(
            [sys.executable, "-B", "-c", "from outer import size; print(size())"],
            env={**os.environ, "LIUKE_CACHE": str(tmp_path / "cache"),
                 "PYTHONPATH": os.pathsep.join([*folders, *sys.path])},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout == f"{number}\n"


@numba.njit(error_model="numpy")
def _of_a_known_range(x: int) -> tuple[int, int]:
    small = (x >> 28) + (3 << 40)
    return compiled.wrapped_product(small, -4658895280553007687), compiled.wrapped_sum(small, (1 << 63) - 1)


@pytest.mark.parametrize("x", [0, 1 << 28, (4353 << 28) | 12345, -1, (1 << 62) + 7])
def test_products_and_sums_wrap_also_where_the_compiler_knows_a_range(x: int) -> None:
    """A plain product is a constant here: signed overflow is nothing that may happen to LLVM."""
    small = (x >> 28) + (3 << 40)
    wanted = (small * -4658895280553007687, small + (1 << 63) - 1)
    assert _of_a_known_range(x) == tuple((n + (1 << 63)) % (1 << 64) - (1 << 63) for n in wanted)
