"""Wiring: the only place that reads the environment and knows every room. `main` is the `offshelf` command."""

from offshelf.bootstrap.main import main

__all__ = ["main"]
