"""Every story is played on every stage: one sandbox per platform, its connector before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.stage import Stage
from support.stage_douyin import DouyinStage
from support.stage_kuaishou import KuaishouStage
from support.stage_wechat import WechatStage

STAGES = (WechatStage, DouyinStage, KuaishouStage)


@pytest.fixture(params=STAGES, ids=lambda kind: kind.platform.value)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., Stage]]:
    """Return what sets a stage up, with settings of the sandbox."""
    made: list[Stage] = []

    def build(**settings: Any) -> Stage:
        made.append(request.param(**settings))
        return made[-1]

    yield build
    for stage in made:
        stage.close()


@pytest.fixture
def stage(make: Callable[..., Stage]) -> Stage:
    """Return a stage as it is set up when nothing is asked for."""
    return make()
