"""The goods are listed again under a code that only looks like theirs: the plan does not call them off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from journeys.test_beside_the_plan import Tale, tell
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState

ALIKE: dict[str, Callable[[str], str]] = {
    "a space behind": lambda code: f"{code} ",
    "another case": str.lower,
    "a sign nobody sees": lambda code: f"{code}\u200b",
    "full width": lambda code: "".join(chr(ord(one) + 0xFEE0) for one in code),
}


@pytest.mark.parametrize("alike", ALIKE)
def test_goods_under_a_code_that_looks_like_theirs_are_found(tmp_path: Path, alike: str) -> None:
    spell = ALIKE[alike]

    async def story(tale: Tale) -> None:
        house = tale.house
        mine = house.catalog.listings([("s1", tale.listing)])["s1", tale.listing]
        assert spell(mine.merchant_code) != mine.merchant_code
        skus = tuple(replace(one, merchant_code=spell(one.merchant_code)) for one in mine.skus)
        again = replace(
            mine, listing_id="99000000001", shelf=Shelf.ON, merchant_code=spell(mine.merchant_code), skus=skus,
            observed_at=house.clock.now(),
        )  # fmt: skip
        with house.database.begin() as tx:
            house.catalog.record_listings(tx, [again])
        assert await tale.end() is PlanState.INCOMPLETE
        assert tale.ways() == {("listing", "99000000001"): "propose"}

    tell(story, tmp_path)
