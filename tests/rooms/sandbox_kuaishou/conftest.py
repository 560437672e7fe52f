"""The desk every test of the Kuaishou sandbox sits at."""

from __future__ import annotations

import pytest

from rooms.sandbox_kuaishou.ks_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
