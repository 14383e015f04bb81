"""The bank's own keys: from the environment, else made once and kept in the bank home."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from liuke.errors import TryAgain


def secret_key(home: Path | None) -> str:
    """The key that signs sessions: LIUKE_SECRET_KEY, else `<home>/secret_key`, else one for this process."""
    return _key("LIUKE_SECRET_KEY", home / "secret_key" if home else None, "session key")


def pseudonym_key(home: Path) -> str:
    """The key of pseudonyms (govern/pseudonym.py): LIUKE_PSEUDONYM_KEY, else `<home>/pseudonym_key`.

    To be backed up apart from the data: under another key every customer is another subject, and results kept
    under the old one cannot be joined any more.
    """
    return _key("LIUKE_PSEUDONYM_KEY", home / "pseudonym_key", "pseudonym key")


def anchor_key(home: Path) -> str:
    """The key that seals anchors of the audit log (govern/anchor.py): LIUKE_ANCHOR_KEY, else `<home>/anchor_key`.

    An auditor needs it to check them; who holds it can make false ones. Under another key all older seals fail.
    """
    return _key("LIUKE_ANCHOR_KEY", home / "anchor_key", "anchor key")


def _key(variable: str, path: Path | None, what: str) -> str:
    """The variable's value, else the file's (made once, readable by the owner only), else a key for this process.

    Two processes starting at once get the same key: the file appears whole, and only once.
    """
    given = os.environ.get(variable, "").strip()
    if given or path is None:
        return given or secrets.token_urlsafe(48)
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise TryAgain(
            f"the {what} could not be read or written: {error.strerror}",
            state="nothing was changed",
            then=f"let this user read and write {path}, or set {variable}",
        ) from error


def _make(path: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mkstemp gives mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as new:
        new.write(secrets.token_urlsafe(48))
    try:
        os.link(name, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        Path(name).unlink()
