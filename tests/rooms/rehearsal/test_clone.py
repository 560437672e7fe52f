"""A shop made from a snapshot is the same shop, as far as the real connectors can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.clones import read, sight, snapshot_of, through_a_clone
from support.virtual_house import ALL, VirtualHouse, play


def _told(folder: Path, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    async def story(house: VirtualHouse) -> tuple[dict[str, Any], dict[str, Any]]:
        await read(house)
        return sight(house.catalog, house.shops), snapshot_of(house)

    return play(story, folder, **options)


@pytest.mark.parametrize("seed", [3, 11])
def test_a_clone_looks_like_the_original_on_every_platform(tmp_path: Path, seed: int) -> None:
    (tmp_path / "copy").mkdir()
    original, document = _told(tmp_path, size=120, seed=seed, platforms=ALL)
    copied, world = through_a_clone(tmp_path / "copy", document)
    for shop in ("s1", "s2", "s3"):
        for part in ("listings", "promotions", "locks"):
            assert copied[shop][part] == original[shop][part], (shop, part)
    assert {loss.what for loss in world.engine.losses} <= {"order"}
