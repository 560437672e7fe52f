"""The order of acts for every reason: promotions first, and for safety stock and shelf before everything else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.delisting.model import UNDO, step_of
from offshelf.delisting.plan import Placed, off_acts, place
from offshelf.delisting.preview.lines import cost_line
from offshelf.delisting.timeline import LINE_OF, STAGE_OF, Stage
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.plans import ActKind, Reason
from offshelf.vocabulary.shops import Platform
from offshelf.vocabulary.texts import catalogue

AT = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
PROMOTIONS = (ActKind.STOP_LIMITED_DISCOUNT, ActKind.STOP_COUPON, ActKind.STOP_AFFILIATE)
USUAL = [
    *[(kind, 1) for kind in PROMOTIONS],
    (ActKind.CANCEL_AUDIT, 2),
    (ActKind.DRAIN_STOCK, 3),
    (ActKind.TAKE_OFF, 5),
]
URGENT = [
    (ActKind.CANCEL_AUDIT, 0),
    (ActKind.DRAIN_STOCK, 1),
    (ActKind.TAKE_OFF, 2),
    *[(kind, 4) for kind in PROMOTIONS],
]


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_order(reason):
    expected = URGENT if reason is Reason.SAFETY else USUAL
    assert [(kind, step_of(kind, reason)) for kind, _ in expected] == expected


def merchant(sizes: list[tuple[int, bool]]) -> tuple[list[Listing], list[Promotion]]:
    """Return listings of two shops (SKUs, draft under audit) with a promotion of each kind on every second one."""
    listings, promotions = [], []
    for number, (skus, pending) in enumerate(sizes):
        shop, name = "ab"[number % 2], f"L{number}"
        items = tuple(Sku(f"s{n}", f"C{n}", "", 100, 5) for n in range(skus))
        audit = Audit.PENDING if pending else Audit.NONE
        listings.append(Listing(shop, name, f"C{number}", "t", Shelf.ON, audit, "5/0", 100, items, AT))
        if number % 4 < 2:
            promotions += [
                Promotion(
                    shop, kind, f"{kind.value}-{name}", "", PromotionState.RUNNING, (name,), False, "2", AT
                )
                for kind in PromotionKind
            ]
    return listings, promotions


def in_lane(placed: list[Placed], lane: str) -> list[Placed]:
    return sorted((one for one in placed if one.lane == lane), key=lambda one: (one.chunk, one.batch))


@given(
    st.lists(st.tuples(st.integers(1, 260), st.booleans()), min_size=1, max_size=8),
    st.sampled_from(list(Reason)),
)
def test_no_act_of_a_later_step_stands_in_an_earlier_batch(sizes, reason):
    listings, promotions = merchant(sizes)
    placed = place("P-1", 1, off_acts(listings, promotions, reason), listings, reason)
    for lane in {one.lane for one in placed}:
        mine = in_lane(placed, lane)
        for chunk in {one.chunk for one in mine}:
            steps = [one.act.step for one in mine if one.chunk == chunk]
            assert steps == sorted(steps)
        # Over all chunks: each listing in its own order, and promotions wholly before (safety: after) the rest.
        for listing_id in {one.act.listing_id for one in mine}:
            own = [
                o.act.step for o in mine if o.act.listing_id == listing_id and o.act.kind not in PROMOTIONS
            ]
            assert own == sorted(own)
        promotes = [one.act.kind in PROMOTIONS for one in mine]
        assert promotes == sorted(promotes, reverse=reason is not Reason.SAFETY)


def test_every_act_has_its_line_its_stage_and_its_cost():
    assert set(LINE_OF) == set(ActKind) == set(UNDO)
    assert set(LINE_OF.values()) <= set(STAGE_OF)
    assert STAGE_OF["stock"] is Stage.TRADE
    assert STAGE_OF["shelf"] is Stage.FRONT
    assert STAGE_OF["verify"] is Stage.ARCHIVE


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("platform", [one.value for one in Platform])
@pytest.mark.parametrize("kind", list(ActKind))
def test_every_act_says_on_every_platform_what_undoing_costs(kind, platform, lang):
    line = cost_line(kind, platform, 3)
    assert (line.count, line.undo) == (3, UNDO[kind])
    assert catalogue().has(f"preview.undo_of.{line.text}", lang)


@pytest.mark.parametrize(
    ("kind", "platform", "word"),
    [
        (ActKind.TAKE_OFF, "wechat_channels", "quota"),
        (ActKind.TAKE_OFF, "douyin", "not known"),
        (ActKind.TAKE_OFF, "kuaishou", "passed audit"),
        (ActKind.DRAIN_STOCK, "kuaishou", "difference"),
        (ActKind.DRAIN_STOCK, "douyin", "added back"),
    ],
)
def test_a_platform_known_to_differ_has_its_own_sentence(kind, platform, word):
    assert word in catalogue().say(f"preview.undo_of.{cost_line(kind, platform, 1).text}", "en")
