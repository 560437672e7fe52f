"""The desk every sandbox test sits at."""

from __future__ import annotations

import pytest

from support.sandbox_desk import SandboxDesk


@pytest.fixture
def desk() -> SandboxDesk:
    return SandboxDesk()
