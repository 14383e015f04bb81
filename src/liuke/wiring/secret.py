"""The key that signs sessions: from the environment, else made once and kept in the bank home."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from liuke.errors import TryAgain


def secret_key(home: Path | None) -> str:
    """LIUKE_SECRET_KEY, else `<home>/secret_key` (made once, readable by the owner only), else one for this process.

    Two processes starting at once get the same key: the file appears whole, and only once.
    """
    given = os.environ.get("LIUKE_SECRET_KEY", "").strip()
    if given or home is None:
        return given or secrets.token_urlsafe(48)
    path = home / "secret_key"
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise TryAgain(
            f"the session key could not be read or written: {error.strerror}",
            state="nothing was changed",
            then=f"let this user read and write {path}, or set LIUKE_SECRET_KEY",
        ) from error


def _make(path: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=".secret_key-", dir=path.parent)  # mkstemp gives mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as new:
        new.write(secrets.token_urlsafe(48))
    try:
        os.link(name, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        Path(name).unlink()
