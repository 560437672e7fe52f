"""The console over a house of real parts."""

from support.cli_house import house
from support.console_house import console, fresh

__all__ = ["console", "fresh", "house"]
