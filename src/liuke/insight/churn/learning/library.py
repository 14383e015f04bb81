"""LightGBM's library: it needs one of the system's own, which small images leave out."""

from __future__ import annotations

from liuke.errors import YourMistake


def needs_lightgbm() -> None:
    """Raises YourMistake, saying what to install, when LightGBM cannot be loaded."""
    try:
        # Here and not above: it brings scikit-learn along, two seconds that every command would pay.
        import lightgbm  # noqa: F401
    except OSError as error:
        raise YourMistake(
            f"LightGBM cannot be loaded: {error}",
            expected="the system library libgomp.so.1 (GNU OpenMP) beside LightGBM's wheel",
            state="nothing was trained or stored",
            then="apt-get install libgomp1   # dnf install libgomp; then run the same command again",
        ) from error


__all__ = ["needs_lightgbm"]
