"""Why a request was not taken as a whole. Each vendor's folder says it in the shape its clients read."""

from __future__ import annotations

from typing import Final, Literal

Code = Literal["unknown_key", "malformed", "too_large", "too_many", "slow_down", "busy", "not_found", "method"]
STATUS: Final[dict[Code, int]] = {
    "unknown_key": 401, "malformed": 400, "too_large": 413, "too_many": 413, "slow_down": 429, "busy": 503,
    "not_found": 404, "method": 405,
}  # fmt: skip


class Problem(Exception):
    """Nothing of the request was stored. retry_after: seconds, for those that may succeed later."""

    def __init__(self, code: Code, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.retry_after = code, message, retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.code]


__all__ = ["STATUS", "Code", "Problem"]
