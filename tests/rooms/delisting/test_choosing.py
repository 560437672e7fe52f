"""What a plan would be over, told before anything is stored; and the proposal of exactly that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.catalog.browse.model import Filter
from offshelf.catalog.scope import pasted
from offshelf.delisting.choosing import Choice, Way, Wish
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.plans import Reason, Undo
from offshelf.vocabulary.statements import Licence, LicenceKind
from support.cli_house import house

__all__ = ["house"]


@pytest.fixture
def services(house):
    for shop_id in ("flagship", "outlet"):
        shop = house.open_shop(shop_id, 4)
        shop.goods["L4"].shelf = Shelf.OFF
        shop.promote(PromotionKind.COUPON, "C-1", "L1")
        row = next(one for one in house.services.shops.all() if one.shop_id == shop_id)
        house.services.call(house.services.sync.read(row, house.services.connect(shop_id)))
    return house.services


def wish(way, text="", reason=Reason.SEASON, **more):
    return Wish(Choice(way, lines=pasted(text), **more), reason)


def propose(services, asked, **more):
    seen = services.choosing.outline(asked).mark
    return services.choosing.propose(asked, by="lin", **({"seen": seen, "leave_out": False} | more))


def test_an_outline_counts_by_shop_and_by_cost(services):
    told = services.choosing.outline(wish(Way.CODES, "TEA-1 TEA-4 NOPE"))
    assert (dict(told.by_shop), told.listings, told.off) == ({"flagship": 2, "outlet": 2}, 4, 2)
    assert told.acts[Undo.LOST] == 2
    assert [line.value for line in told.chosen.unknown] == ["NOPE"]
    assert services.plans.all() == ()


@pytest.mark.parametrize(
    ("way", "more", "ids"),
    [
        (Way.ALL, {}, ["L1", "L2", "L3"] * 2),
        (Way.RULE, {"filter": Filter(shop_id="outlet", shelf=Shelf.OFF)}, ["L4"]),
        (Way.SEARCH, {"listings": ("outlet/L2",)}, ["L2"]),
    ],
)
def test_each_way_names_its_goods(services, way, more, ids):
    assert sorted(key[1] for key in services.choosing.chosen(Choice(way, **more)).keys) == sorted(ids)


def test_goods_without_a_paper_in_force_are_found(services, house):
    now = house.clock.now()
    ended = Licence(
        LicenceKind.FOOD_LICENCE, "N-1", "us", ("TEA-2",), None, now.date() - timedelta(days=3), "hand", now
    )
    lasting = Licence(
        LicenceKind.FOOD_LICENCE, "N-2", "us", ("TEA-3",), None, now.date() + timedelta(days=300), "hand", now
    )
    with services.database.begin() as tx:
        services.registers.put_licences(tx, [ended, lasting])
    assert services.choosing.without_papers() == (("flagship", "L2"), ("outlet", "L2"))


def test_what_was_seen_is_what_is_proposed(services):
    plan = propose(services, wish(Way.CODES, "TEA-1"))
    assert (plan.codes, len(plan.listings)) == (("TEA-1",), 2)


def test_another_choice_than_was_seen_is_refused(services):
    seen = services.choosing.outline(wish(Way.CODES, "TEA-1")).mark
    for other in (wish(Way.CODES, "TEA-2"), wish(Way.CODES, "TEA-1", Reason.SAFETY)):
        with pytest.raises(BlockedError) as refused:
            propose(services, other, seen=seen)
        assert refused.value.code == "plan.choice_changed"
    assert services.plans.all() == ()


@pytest.mark.parametrize(
    ("text", "leave_out", "code"),
    [
        ("TEA-1 NOPE", False, "plan.lines_unknown"),
        ("TEA-1 L2", True, "plan.lines_ambiguous"),
        ("NOPE", True, "plan.choice_changed"),
        ("", True, "plan.choice_empty"),
    ],
)
def test_what_stands_for_nothing_is_never_left_out_by_itself(services, text, leave_out, code):
    with pytest.raises((UsageError, BlockedError)) as refused:
        services.choosing.propose(wish(Way.CODES, text), by="lin", seen="x", leave_out=leave_out)
    assert refused.value.code == code
    assert services.plans.all() == ()


def test_codes_left_out_are_part_of_what_was_seen(services):
    seen = services.choosing.outline(wish(Way.CODES, "TEA-1 NOPE")).mark
    with pytest.raises(BlockedError):
        propose(services, wish(Way.CODES, "TEA-1 NOPE NADA"), seen=seen, leave_out=True)
    assert propose(services, wish(Way.CODES, "TEA-1 NOPE"), seen=seen, leave_out=True).codes == ("TEA-1",)


def test_a_stop_in_the_past_is_refused(services, house):
    asked = Wish(Choice(Way.ALL), Reason.SEASON, stop_at=house.clock.now() - timedelta(seconds=1))
    with pytest.raises(UsageError) as refused:
        services.choosing.outline(asked)
    assert refused.value.code == "plan.stop_past"


def test_a_version_is_made_over_the_one_that_was_seen(services):
    plan = propose(services, wish(Way.CODES, "TEA-1"))
    same = Choice(Way.SAME, amend=plan.plan_id)
    mine = Wish(same, Reason.SAFETY, amend=plan.plan_id, version=1)
    theirs = Wish(same, Reason.STRATEGY, amend=plan.plan_id, version=1)
    assert propose(services, mine).version == 2
    with pytest.raises(BlockedError) as refused:
        propose(services, theirs)
    assert (refused.value.code, refused.value.params["now"]) == ("plan.version_differs", 2)
    assert services.choosing.lines_of(services.plans.get(plan.plan_id)) == ("TEA-1",)
