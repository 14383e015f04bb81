"""Loops compiled by Numba, once per machine: the compiled code is kept in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar

import numba
import numpy as np

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def fingerprint(source: Path) -> str:
    """Of all loops in the folder together: Numba does not see that a function called from another file has changed."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in (Path(__file__), *sorted(source.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder(source: Path) -> Path | None:
    """Where the compiled loops of the folder `source` are kept: LIUKE_CACHE, else the user's cache folder, else a
    temporary one; None if nowhere.
    """
    home = os.environ.get("LIUKE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    own = Path(tempfile.gettempdir()) / f"liuke-{os.getuid()}" if hasattr(os, "getuid") else Path(tempfile.gettempdir())
    for base in (Path(home) if home else Path.home() / ".cache", own):
        folder = base / "liuke" / "numba" / fingerprint(source)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.access(folder, os.W_OK) and folder.stat().st_uid == os.getuid():
                return folder
        except (OSError, RuntimeError):
            continue
    return None


_folder_of: Final = lru_cache(cache_folder)
_print_of: Final = lru_cache(fingerprint)
_CONFIG: Final[Any] = numba.config
_NO_COUNTING: Final[dict[str, Any]] = {"_nrt": False}
"""Arrays are not counted in and out of every call: the caller keeps them, and nothing is allocated here."""


def kernel(function: FunctionT) -> FunctionT:
    """Compiles a function that only other compiled ones call; it is part of theirs and not kept by itself."""
    inner: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True, "_nrt": False}
    compiled: FunctionT = numba.njit(error_model="numpy", **inner)(function)
    return compiled


def alone(function: FunctionT) -> FunctionT:
    """Compiles a function that makes arrays and that only other compiled ones call."""
    inner: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: FunctionT = numba.njit(error_model="numpy", **inner)(function)
    return compiled


def apart(function: FunctionT) -> FunctionT:
    """Compiles a function that is seldom called: it stays a call, so that the loop around it stays small."""
    alone: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    compiled: FunctionT = numba.njit(error_model="numpy", **alone)(function)
    return compiled


@kernel
def wrapped_product(a: int, b: int) -> int:
    """The lowest 64 bits of a product, as hashes want it.

    Numba tells LLVM that signed arithmetic never overflows (nsw), and LLVM takes it at its word: where it knows the
    range of a factor, the plain product of two large numbers may become any constant.
    """
    return int(np.int64(np.uint64(a) * np.uint64(b)))


@kernel
def wrapped_sum(a: int, b: int) -> int:
    """The lowest 64 bits of a sum; see `wrapped_product`."""
    return int(np.int64(np.uint64(a) + np.uint64(b)))


def entry(function: FunctionT) -> FunctionT:
    """Compiles a function that Python calls on its first call, or takes what was compiled before on this machine."""
    return _kept(function, **_NO_COUNTING)


def allocating(function: FunctionT) -> FunctionT:
    """Like `entry`, for a function that makes arrays of its own or takes long: other threads go on meanwhile."""
    return _kept(function, nogil=True)


def _kept(function: FunctionT, **options: Any) -> FunctionT:
    before, folder = _CONFIG.CACHE_DIR, _own_folder(function)
    try:
        _CONFIG.CACHE_DIR = str(folder) if folder else before
        compiled: Any = numba.njit(cache=folder is not None, error_model="numpy", **options)(function)
    finally:
        _CONFIG.CACHE_DIR = before
    if folder:
        compiled.compile = partial(_first, folder / f"{function.__module__}.lock", compiled.compile)
    made: FunctionT = compiled
    return made


def _own_folder(function: Callable[..., Any]) -> Path | None:
    """Of the loops in its folder, with all that is compiled in and may stand elsewhere: the loops of other folders that
    it may call, and the numbers that any of their modules knows.
    """
    folder = _folder_of(Path(function.__code__.co_filename).parent)
    if folder is None:
        return None
    modules = _modules(function)
    numbers = sorted(
        (name, *pair) for name, one in modules.items() for pair in one.__globals__.items()
        if isinstance(pair[1], int | float)
    )  # fmt: skip
    others = sorted({_print_of(Path(one.__code__.co_filename).parent) for one in modules.values()})
    own = folder / hashlib.sha256(repr((numbers, others)).encode()).hexdigest()[:16]
    own.mkdir(exist_ok=True, mode=0o700)
    return own


def _modules(function: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """The modules of all loops that the module of a loop knows, and theirs; a loop of each."""
    found, ahead = {function.__module__: function}, [function]
    while ahead:
        for known in ahead.pop().__globals__.values():
            inner = getattr(known, "py_func", None)
            if inner is not None and inner.__module__ not in found:
                found[inner.__module__] = inner
                ahead.append(inner)
    return found


def _first(lock: Path, compile_: Callable[[Any], Any], signature: Any) -> Any:
    """Compiles, or takes what is kept: of processes that start together one compiles and the others wait for it. All at
    once each would take a minute of processor time.
    """
    with _locked(lock):
        return compile_(signature)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows, where each compiles
        yield
        return
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
