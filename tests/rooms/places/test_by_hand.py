"""Places that no call ends, as acts of a plan: which, where, what undoing costs, and when one counts as done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.catalog.places.graph import Touch
from offshelf.delisting.by_hand import GUIDED, kind_of, undo_of
from offshelf.delisting.deeds import DEEDS
from offshelf.delisting.model import Act, fingerprint
from offshelf.delisting.plan import off_acts
from offshelf.delisting.undo import Lost, back_acts
from offshelf.durable.ledger import LedgerAct
from offshelf.platforms import registry
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import ActKind, PlanKind, Reason, Undo
from support.delisting_house import LivesClock
from support.memory_shop import answers
from support.place_shelves import K, closed, listing, place
from support.place_shop import PlaceShop

SHOP = [listing("a/L1", "A"), listing("a/L2", "M"), listing("b/L1", "A")]


def acts(*spots, reason=Reason.SEASON, listings=SHOP):
    found = closed(listings, spots, codes="A")
    mine = [one for one in listings if (one.shop_id, one.listing_id) in found.listings]
    return [a for a in off_acts(mine, [], reason, found.touched) if a.kind is ActKind.BY_HAND]


def test_an_act_says_where_what_and_of_whom():
    (act,) = acts(
        place(K.REPLAY, "r1", "#L1", "#L2", holder="li", title="evening", detail={"url": "https://x"})
    )
    assert act == Act(
        "", ActKind.BY_HAND, "a", "L1", "replay/r1", 6,
        {
            "place": "replay", "act": "dissociate", "ref": "r1", "shop": "a", "title": "evening", "holder": "li",
            "selling": True, "items": ["L1"], "mixed": True, "listed": False, "url": "https://x",
            "listings": ["L1"],
        },
    )  # fmt: skip


def test_a_place_of_no_shop_waits_in_the_first_lane_of_the_plan():
    found = acts(place(K.ERP_STOCK, "A", "A", shop=""), place(K.VIDEO, "v", "A", shop="b"))
    assert [(a.shop_id, a.listing_id, a.target, a.params["shop"]) for a in found] == [
        ("a", "L1", "erp_stock/A", ""),
        ("b", "L1", "video/v", "b"),
    ]


class Walked(list):
    """Listings that count how often they were walked through."""

    times = 0

    def __iter__(self):
        self.times += 1
        return super().__iter__()


def test_the_listings_of_a_plan_are_not_walked_through_for_every_place():
    def walks(many):
        listings = Walked(listing(f"a/L{n}", "A") for n in range(3))
        spots = [place(K.VIDEO, f"v{n}", "A", shop="a") for n in range(many)]
        found = off_acts(listings, [], Reason.SEASON, closed(list(listings), spots, codes="A").touched)
        assert [a.params["listings"] for a in found if a.kind is ActKind.BY_HAND] == [
            ["L0", "L1", "L2"]
        ] * many
        return listings.times

    assert walks(1) == walks(30)


def test_for_safety_it_comes_after_stock_and_shelf():
    (act,) = acts(place(K.REPLAY, "r1", "#L1"), reason=Reason.SAFETY)
    assert act.step == 9


def test_promoting_and_shipping_places_are_told_from_selling_ones():
    spots = [place(K.SCRIPT, "s", "A"), place(K.WMS_PICKING, "w", "A", shop=""), place(K.LIVE, "L1", "#L1")]
    assert {a.target: a.params["selling"] for a in acts(*spots)} == {
        "live/L1": True,
        "script/s": False,
        "wms_picking/w": False,
    }


@pytest.mark.parametrize("kind", sorted(set(PlaceKind) - {K.LISTING, K.STOCK}))
def test_every_platform_has_a_path_for_every_place_a_person_ends(kind):
    for name, manifest in registry.manifests().items():
        assert (kind.value, GUIDED[kind]) in {(row.place, row.act) for row in manifest.guided}, name


def test_another_place_is_another_plan():
    def mark(some):
        return fingerprint("P", 1, PlanKind.DELIST, Reason.SEASON, (("a", "L1"),), tuple(some), "")

    one = acts(place(K.REPLAY, "r1", "#L1"))
    assert mark(one) == mark(acts(place(K.REPLAY, "r1", "#L1")))
    assert mark(one) != mark(acts(place(K.REPLAY, "r2", "#L1")))
    assert mark(one) != mark(acts(place(K.REPLAY, "r1", "#L1", "#L2")))
    assert mark(one) != mark([])


@pytest.mark.parametrize(
    ("kind", "undo"),
    [(K.SHOWCASE, Undo.BY_HAND), (K.ERP_STOCK, Undo.BY_HAND), (K.REPLAY, Undo.LOST), (K.GIFT, Undo.LOST)],
)
def test_what_undoing_costs_depends_on_the_place(kind, undo):
    assert undo_of(Act("", ActKind.BY_HAND, "a", "L1", f"{kind.value}/x/y", 6)) is undo
    assert kind_of(f"{kind.value}/x/y") is kind
    assert undo_of(Act("", ActKind.TAKE_OFF, "a", "L1", "L1", 5)) is Undo.AUDIT


def ledger(target="replay/r1", **changes):
    params = {"place": target.partition("/")[0], "ref": target.partition("/")[2], "shop": "flagship"}
    params |= {"title": "t", "holder": "", "items": ["L1"], "listed": True} | changes.pop("params", {})
    base = LedgerAct("A", "P", "flagship", 0, 0, 6, "by_hand", "L1", target, params)
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("target", "outcome", "lost"),
    [
        ("video/v", "done", True),
        ("video/v", "already_so", True),
        ("video/v", "waiting", False),
        ("showcase/L1", "already_so", False),
        ("showcase/L1", "done", True),
    ],
)
def test_nothing_is_put_back_by_call_and_a_person_is_told_what_there_was(target, outcome, lost):
    told = [Lost(ActKind.BY_HAND, "flagship", target, "t")] if lost else []
    assert back_acts([ledger(target, outcome=outcome)]) == ((), tuple(told))


# -- the deed ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop():
    made = PlaceShop(LivesClock())
    made.stock(2)
    return made


def look(shop, item):
    return shop.clock.live(DEEDS[ActKind.BY_HAND].look(shop.connector(), [item]))["A"]


KINDS = sorted(set(PlaceKind) - {K.LISTING, K.STOCK})


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_a_person_knows_waits_for_a_person(shop, kind):
    seen = look(shop, ledger(f"{kind.value}/x", params={"listed": False}))
    assert (seen.satisfied, seen.code, seen.failure.meaning) == (None, "place.by_hand", Meaning.ASK_PERSON)
    assert shop.calls == []


@pytest.mark.parametrize("target", ["live/L1", "showcase/L1", "video/v"])
def test_the_platform_is_not_asked_about_a_place_of_another_shop(shop, target):
    assert look(shop, ledger(target, params={"shop": ""})).code == "place.by_hand"
    assert shop.calls == []


@pytest.mark.parametrize(
    ("cart", "satisfied", "code"), [({"L1"}, None, "place.by_hand"), (set(), True, "place.gone")]
)
def test_the_cart_of_the_live_is_looked_into(shop, cart, satisfied, code):
    shop.cart = cart
    seen = look(shop, ledger("live/L1"))
    assert (seen.satisfied, seen.code) == (satisfied, code)


@pytest.mark.parametrize(
    ("shown", "satisfied", "code", "hold"),
    [
        (True, None, "place.still_there", True),
        (False, True, "place.gone", False),
        (None, None, "place.not_told", False),
    ],
)
def test_a_showcase_item_is_looked_at(shop, shown, satisfied, code, hold):
    shop.window = {"L1": shown}
    seen = look(shop, ledger("showcase/L1"))
    assert (seen.satisfied, seen.code, seen.hold) == (satisfied, code, hold)


@pytest.mark.parametrize(
    ("clips", "back", "satisfied", "code"),
    [
        ({"v": ("L1",)}, None, None, "place.by_hand"),
        ({"v": ("L2",)}, None, True, "place.unlinked"),
        ({"v": None}, None, None, "place.by_hand"),
        ({}, None, True, "place.gone"),
        ({}, 100, None, "place.by_hand"),
    ],
)
def test_a_video_counts_as_ended_only_where_the_list_proves_it(shop, clips, back, satisfied, code):
    shop.clips, shop.back = clips, back
    seen = look(shop, ledger("video/v"))
    assert (seen.satisfied, seen.code) == (satisfied, code)


@pytest.mark.parametrize("target", ["live/L1", "video/v"])
@pytest.mark.parametrize(("listings", "satisfied"), [(["code:TEA-1"], None), (["L9"], True)])
def test_goods_known_by_a_code_of_ours_are_never_seen_to_be_gone(shop, target, listings, satisfied):
    shop.cart, shop.clips = {"L1"}, {"v": ("L1",)}
    seen = look(shop, ledger(target, params={"items": ["TEA-1"], "listings": listings}))
    assert seen.satisfied is satisfied


@pytest.mark.parametrize("target", ["live/L1", "showcase/L1", "video/v"])
def test_a_place_that_could_not_be_read_is_not_gone(shop, target):
    name = {"live": "live.observe", "showcase": "showcase.observe", "video": "videos.observe"}
    shop.faults[name[target.partition("/")[0]]] = [answers(Meaning.UNKNOWN)]
    seen = look(shop, ledger(target))
    assert (seen.satisfied, seen.code) == (None, "read.unknown")


def test_videos_are_listed_once_for_all_acts_of_a_batch(shop):
    items = [ledger(f"video/v{n}", act_id=f"A{n}") for n in range(5)]
    shop.clock.live(DEEDS[ActKind.BY_HAND].look(shop.connector(), items))
    assert shop.calls == [("videos.observe", "")]


def test_doing_makes_no_call(shop):
    item = ledger("live/L1")
    shop.cart = {"L1"}
    seen = look(shop, item)
    shop.calls.clear()
    result = shop.clock.live(DEEDS[ActKind.BY_HAND].do(shop.connector(), item, seen))
    assert (result.meaning, result.code, shop.calls) == (Meaning.ASK_PERSON, "no_api", [])


def test_a_place_with_its_own_call_is_not_a_person_s():
    found = closed(
        [listing("a/L1", "A"), listing("a/L9", "SET")], [place(K.BUNDLE, "b", "#L9", parts=["A"])], codes="A"
    )
    assert isinstance(found.touched[0], Touch)
    assert acts(place(K.BUNDLE, "b", "#L9", parts=["A"]), listings=[*SHOP, listing("a/L9", "SET")]) == []
