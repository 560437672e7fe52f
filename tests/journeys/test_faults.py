"""Each fault of a platform, told to its end: the outcome word, and the final state on both sides.

All in virtual time against the sandbox at the wire. `house` stories take one listing off while one call goes wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from offshelf.kit.errors import OutsideError
from offshelf.sandbox import FaultRule
from offshelf.vocabulary.plans import PlanState
from support.virtual_house import VirtualHouse, play

DELIST = "/channels/ec/product/delisting"
GET = "/channels/ec/product/get"
STOCK = "/channels/ec/product/stock/update"


async def ready(house: VirtualHouse) -> str:
    """Sync and return the id of a listing on sale with stock, no promotion and no audit."""
    await house.sync()
    promoted = {i for p in house.catalog.promotions("s1") for i in p.listing_ids}
    keys = [key for key in house.catalog.on_sale() if key[1] not in promoted]
    for key, listing in house.catalog.listings(keys).items():
        plain = listing.audit.value == "none" and listing.shelf.value == "on"
        if plain and all(sku.stock and not sku.warehouses for sku in listing.skus):
            return key[1]
    raise AssertionError("no plain listing")


async def take_off(house: VirtualHouse, *rules: FaultRule) -> tuple[str, PlanState, tuple[str | None, str]]:
    """Take one plain listing off while `rules` strike; returns id, plan state, (outcome, code) of the taking off."""
    listing_id = await ready(house)
    plan = await house.approved(listing_id)
    house.faults(*rules)
    state = await house.run(plan)
    return listing_id, state, house.outcomes(plan, "take_off")[listing_id]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("drop_request", "done"),
        ("drop_answer", "done"),
        ("late_apply", "done"),
        ("accept_and_ignore", "done"),
        ("error_after_effect", "done"),
        ("system_busy", "done"),
        ("html_error", "done"),
        ("empty_200", "done"),
        ("throttle", "done"),
    ],
)
def test_one_fault_on_the_delisting_call_is_overcome_without_a_second_effect(
    kind: str, outcome: str, tmp_path: Path
) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id, state, found = await take_off(house, FaultRule(kind, DELIST, first=1))
        assert found[0] == outcome
        assert state is PlanState.DONE
        assert house.status(listing_id) == 11
        assert house.effects("listing.off", listing_id) == [(5, 11)]

    play(story, tmp_path)


@pytest.mark.parametrize(
    "kind", ["drop_request", "drop_answer", "error_after_effect", "html_error", "late_apply"]
)
def test_one_fault_on_a_stock_write_never_doubles_it(kind: str, tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id, state, _ = await take_off(house, FaultRule(kind, STOCK, first=1))
        assert state is PlanState.DONE
        skus = house.world.wechat.true_state(listing_id)["skus"]
        assert [sku["normal"] for sku in skus] == [0] * len(skus)
        assert len(house.effects("stock", listing_id)) == len(skus)

    play(story, tmp_path)


def test_accepted_but_never_effective_ends_as_unknown_and_is_not_called_off(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id, state, found = await take_off(house, FaultRule("accept_and_ignore", DELIST))
        assert found == ("unknown", "act.accepted_not_seen")
        assert state is PlanState.INCOMPLETE
        assert house.status(listing_id) == 5
        assert house.effects("listing.off") == []

    play(story, tmp_path)


def test_no_answer_for_good_is_unknown_not_off(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id, state, found = await take_off(house, FaultRule("drop_request", DELIST))
        assert found[0] == "unknown"
        assert state is PlanState.INCOMPLETE
        assert house.status(listing_id) == 5

    play(story, tmp_path)


def test_an_unknown_status_number_blocks_and_nothing_is_called(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id, state, found = await take_off(house, FaultRule("unknown_enum", GET))
        assert found == ("unknown", "shelf.unknown")
        assert state is PlanState.INCOMPLETE
        assert house.status(listing_id) == 5
        assert house.effects("listing") == []

    play(story, tmp_path)


@pytest.mark.parametrize("kind", ["html_error", "empty_200"])
def test_a_page_instead_of_an_answer_is_never_read_as_off(kind: str, tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id, state, found = await take_off(house, FaultRule(kind, GET))
        assert found[0] == "unknown"
        assert state is PlanState.INCOMPLETE
        assert house.status(listing_id) == 5

    play(story, tmp_path)


def test_effects_that_cannot_be_seen_are_not_proof(tmp_path: Path) -> None:
    """The delisting works, but every later read fails: not verified, whatever the call said."""

    async def story(house: VirtualHouse) -> None:
        listing_id = await ready(house)
        plan = await house.approved(listing_id)
        house.faults(FaultRule("html_error", GET, after=1))
        state = await house.run(plan)
        assert state is PlanState.INCOMPLETE
        assert house.status(listing_id) == 11
        assert house.outcomes(plan, "take_off")[listing_id][0] == "unknown"

    play(story, tmp_path)


def test_throttling_waits_for_the_next_minute_and_goes_on(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        listing_id = await ready(house)
        plan = await house.approved(listing_id)
        house.faults(FaultRule("throttle", DELIST, first=2))
        before = house.clock.now()
        state = await house.run(plan)
        waited = (house.clock.now() - before).total_seconds()
        assert state is PlanState.DONE
        assert 60 <= waited < 240
        assert house.world.calls.outcomes[DELIST, "45011"] == 2
        assert house.effects("listing.off", listing_id) == [(5, 11)]

    play(story, tmp_path)


def test_the_daily_quota_ends_the_run_for_now_and_says_when_to_go_on(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = await house.approved()
        state = await house.run(plan)
        assert state is PlanState.INCOMPLETE
        acts = house.ledger.acts(plan.plan_id)
        off = [act for act in acts if act.kind == "take_off" and act.outcome == "done"]
        waiting = [act for act in acts if act.outcome == "waiting"]
        assert len(off) == 5
        assert len(house.effects("listing.off")) == 5
        assert waiting
        tomorrow = min(act.next_try_at for act in waiting if act.next_try_at is not None)
        assert tomorrow.isoformat() == "2026-11-21T16:00:00+00:00"  # midnight in Shanghai

    play(story, tmp_path, quotas="product/delisting=5/day")


def test_a_token_that_expires_in_mid_batch_is_renewed_once(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        plan = await house.approved()
        asked: dict[str, Any] = dict(house.world.calls.tokens)
        house.world.wechat.office.expire_all()
        state = await house.run(plan)
        assert state is PlanState.DONE
        after = dict(house.world.calls.tokens)
        # Two accounts have a token each: the shop, and the assistant whose showcase is looked at.
        assert sum(after.values()) - sum(asked.values()) == 2

    play(story, tmp_path)


def test_a_wrong_secret_changes_nothing_and_names_the_shop(tmp_path: Path) -> None:
    from offshelf.access.shops import SLOT_SECRET
    from offshelf.kit.errors import UsageError
    from offshelf.kit.redact import Secret

    async def story(house: VirtualHouse) -> None:
        with house.database.begin() as tx:
            house.connections._shops.rotate(tx, "s1", SLOT_SECRET, Secret("wrong"))
        with pytest.raises(UsageError) as caught:
            await house.sync()
        assert caught.value.code == "platforms.credentials_refused"
        assert caught.value.params["shop"] == "s1"
        assert house.catalog.counts() == []

    play(story, tmp_path)


def test_a_forbidden_address_is_told_as_not_permitted(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        with pytest.raises(OutsideError) as caught:
            await house.sync()
        assert caught.value.code == "platforms.not_permitted"

    play(story, tmp_path, ip_allow=("10.0.0.0/8",))
