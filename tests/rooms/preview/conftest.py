"""Fixtures of the preview's tests."""

import pytest

from support.cli_house import house, run_cli

__all__ = ["house", "run_cli"]


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no sentence of a table be folded, whatever terminal the tests run in."""
    monkeypatch.setenv("COLUMNS", "300")
