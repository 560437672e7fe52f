"""Money is an integer number of fen (1/100 yuan). No float ever holds money."""

from __future__ import annotations


def yuan(fen: int) -> str:
    """Return e.g. `1,234.50` for 123450 fen."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"
