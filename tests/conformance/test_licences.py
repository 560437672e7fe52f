"""Grade `reads`: papers are seen as the platform holds them, whole or not at all, and listings tell what they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Connector, Force, LicenceSeen
from offshelf.vocabulary.shops import Platform
from support.stage import Stage

TELLING = {Platform.WECHAT_CHANNELS, Platform.KUAISHOU}


async def held(connector: Connector) -> tuple[LicenceSeen, ...]:
    return () if connector.licences is None else await connector.licences.held()


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("seed", [7, 8])
def test_papers_are_seen_as_they_are(make: Callable[..., Stage], seed: int, beside: bool) -> None:
    others = {"platforms": tuple(platform.value for platform in Platform), "size": 60} if beside else {}
    stage = make(seed=seed, **others)
    seen = {f"{one.kind.value}:{one.ref}": one for one in stage.play(held)}
    if stage.platform not in TELLING:
        assert (seen, "licences" in stage.manifest.ports) == ({}, False)
        return
    true = stage.licences()
    assert seen.keys() == true.keys()
    for name, one in seen.items():
        until = one.valid_until.isoformat() if one.valid_until else "" if one.end_known else None
        assert (until, one.force is Force.ENDED) == (true[name].until, true[name].ended)


def test_listings_tell_which_papers_they_need(make: Callable[..., Stage]) -> None:
    stage = make(size=60)
    ids = [one.listing_id for one in stage.listings() if one.shelf != "gone"]

    async def story(connector: Connector) -> dict[str, Any]:
        return {one: (await connector.listings.observe(one)).value for one in ids}

    seen = stage.play(story)
    true = stage.licences().values() if stage.platform in TELLING else ()
    for paper in (one for one in true if one.listing_ids is not None):
        mine = {i for i, one in seen.items() if paper.ref in (one.brand_id, *(one.category_ids or ()))}
        assert mine == paper.listing_ids & seen.keys()
    if stage.platform is not Platform.WECHAT_CHANNELS:
        assert {one.brand_id for one in seen.values()} == {None}  # unknown, not "no brand"
    if stage.platform is Platform.DOUYIN:
        assert {one.category_ids for one in seen.values()} == {None}


@pytest.mark.parametrize("many", [50, 51, 120])
def test_one_reading_asks_for_each_page_once(make: Callable[..., Stage], many: int) -> None:
    stage = make()
    if stage.platform not in TELLING:
        return
    brands = stage.stores.brands
    first = next(iter(brands.values()))
    for number in range(many - len(brands)):
        brands[str(90_000_000 + number)] = replace(first, brand_id=str(90_000_000 + number))
    seen = [one for one in stage.play(held) if one.brand_ids]
    assert {one.ref for one in seen} == brands.keys()
    assert len({one.number for one in seen}) == many
    assert stage.calls("licence_list") == -(-many // 50)


@pytest.mark.parametrize("kind", ["drop_answer", "html_error", "empty_200", "throttle"])
def test_a_reading_that_is_not_whole_tells_nothing(make: Callable[..., Stage], kind: str) -> None:
    stage = make()
    if stage.platform not in TELLING:
        return
    stage.fault(kind, "licence_list")
    with pytest.raises(CallFailedError):
        stage.play(held)


def test_a_state_nobody_knows_is_unknown(make: Callable[..., Stage]) -> None:
    stage = make()
    if stage.platform not in TELLING:
        return
    stage.fault("unknown_enum", "licence_list")
    forces = {one.force for one in stage.play(held) if one.brand_ids}
    assert forces == {Force.UNKNOWN}
