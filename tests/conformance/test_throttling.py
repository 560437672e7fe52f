"""Quotas: kept to when they are told, adapted to when they are not; nothing is done twice and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from offshelf.platforms.contract import Connector, Meaning
from offshelf.sandbox import QuotaPlan
from support.stage import START, Stage


def limited(stage: Stage, limit: str) -> QuotaPlan:
    return QuotaPlan.parse(f"{stage.paths['take_off'].strip('/')}={limit}")


def take_off_all(stage: Stage, targets: list[str]) -> Any:
    async def story(connector: Connector) -> list[Meaning]:
        if connector.quota is not None:
            await connector.quota.keep()
        return [(await connector.listings.take_off(one)).meaning for one in targets]

    return story


def test_calls_keep_to_a_rate_that_was_told_without_being_refused(stage: Stage) -> None:
    stage.world.engine.plan_quotas(limited(stage, "10/60s"))
    targets = [one.listing_id for one in stage.free()[:25]]
    # Where the platform does not tell its rates, the shop does.
    pace = {} if "quota" in stage.manifest.ports else {"pace": {take_off_method(stage): (10, 60)}}
    assert stage.play(take_off_all(stage, targets), **pace) == [Meaning.OK] * 25
    assert timedelta(seconds=60) < stage.clock.now() - START < timedelta(seconds=240)
    assert stage.calls("take_off") == 25


def test_a_rate_nobody_told_is_found_out_and_everything_is_done_once(stage: Stage) -> None:
    stage.world.engine.plan_quotas(limited(stage, "hidden 10/10s"))
    targets = [one.listing_id for one in stage.free()[:40]]

    async def story(connector: Connector) -> list[bool]:
        retry_told = []
        for one in targets:
            while not (told := await connector.listings.take_off(one)).ok:
                assert told.meaning is Meaning.NOT_NOW
                retry_told.append(
                    told.retry_at is not None and told.retry_at > stage.clock.now() - timedelta(seconds=1)
                )
        return retry_told

    refused = stage.play(story)
    assert all(refused)
    assert 1 <= len(refused) <= 20
    assert len(stage.effects("listing.off")) == 40
    assert not any(stage.true(one).on for one in targets)


def test_a_day_that_is_used_up_stops_the_method_until_the_next(stage: Stage) -> None:
    stage.world.engine.plan_quotas(limited(stage, "3/day"))
    targets = [one.listing_id for one in stage.free()[:5]]

    async def story(connector: Connector) -> list[Any]:
        told = [await connector.listings.take_off(one) for one in targets[:4]]
        return [[one.meaning for one in told[:3]], told[3].meaning, told[3].retry_at]

    done, refused, retry_at = stage.play(story)
    assert done == [Meaning.OK] * 3
    # Some platforms say no more than "too often", whatever the limit was.
    assert refused in {Meaning.QUOTA, Meaning.NOT_NOW}
    assert retry_at is None or retry_at > START
    assert len(stage.effects("listing.off")) == 3


def test_reads_wait_for_their_turn_and_come_through(make: Callable[..., Stage]) -> None:
    stage = make(size=60)
    path = stage.paths["observe"].strip("/")
    stage.world.engine.plan_quotas(QuotaPlan.parse(f"{path}=hidden 20/5s"))
    every = [one for one in stage.listings() if one.on]

    async def story(connector: Connector) -> list[bool | None]:
        return [(await connector.listings.observe(one.listing_id)).value.shelf.sellable for one in every]

    assert stage.play(story) == [True] * len(every)


def take_off_method(stage: Stage) -> str:
    """Return what the connector calls the method, as the manifest has it."""
    tail = stage.paths["take_off"].replace("/", ".")
    return next(row.name for row in stage.manifest.methods if tail.endswith(row.name))
