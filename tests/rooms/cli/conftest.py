"""Fixtures of the command line's tests."""

from support.cli_house import house, run_cli

__all__ = ["house", "run_cli"]
