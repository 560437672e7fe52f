"""Off the shelf only when repeated sight says so: one sight that disagrees or is missing is enough."""

from __future__ import annotations

import pytest

from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Audit, Shelf
from support.memory_shop import answers

KEY = ("flagship", "L1")


@pytest.fixture
def off(house):
    house.shop.stock(1, shelf=Shelf.OFF)
    return house


def verify(house, wanted="off"):
    (row,) = house.clock.live(house.verifier().verify({KEY: wanted}, lambda _done, _of: None))
    return row


def test_off_seen_four_times_is_verified(off):
    row = verify(off)
    assert (row["observed"], row["verified"], row["probe"]) == ("off", True, "none")
    assert [(r["path"], r["shelf"]) for r in row["reads"]] == [("on_sale_list", "off"), ("detail", "off")] * 2
    assert row["verified_at"] == off.clock.now()


def test_the_rounds_lie_apart(off):
    first, _, second, _ = (read["at"] for read in verify(off)["reads"])
    assert (first[11:19], second[11:19]) == ("02:00:00", "02:00:02")


@pytest.mark.parametrize(
    ("shelf", "audit", "verified"),
    [
        (Shelf.ON, Audit.NONE, False),
        (Shelf.OFF_BY_PLATFORM, Audit.NONE, True),
        (Shelf.SOLD_OUT, Audit.NONE, True),
        (Shelf.NEVER_LISTED, Audit.NONE, True),
        (Shelf.GONE, Audit.NONE, True),
        (Shelf.UNKNOWN, Audit.NONE, None),
        (Shelf.OFF, Audit.PENDING, False),
        (Shelf.OFF, Audit.UNKNOWN, None),
    ],
)
def test_the_verdict_is_what_is_seen(off, shelf, audit, verified):
    off.shop.goods["L1"].shelf, off.shop.goods["L1"].audit = shelf, audit
    row = verify(off)
    assert (row["verified"], row["observed"]) == (verified, shelf.value)
    assert (row["verified_at"] is not None) is (verified is True)


def test_a_draft_being_uploaded_leaves_it_unknown(off):
    off.shop.goods["L1"].audit = Audit.BUSY
    assert verify(off)["verified"] is None


@pytest.mark.parametrize("method", ["listings.ids", "listings.observe"])
@pytest.mark.parametrize("meaning", [Meaning.UNKNOWN, Meaning.NOT_SENT, Meaning.QUOTA])
def test_a_read_that_stays_without_an_answer_leaves_it_unknown(off, method, meaning):
    off.shop.faults[method] = [answers(meaning)] * 30
    row = verify(off)
    assert (row["verified"], row["verified_at"]) == (None, None)
    assert [r["shelf"] for r in row["reads"]].count("unknown") == 2


def test_coming_back_between_the_rounds_is_seen(off):
    reads = []

    def relists():
        reads.append(1)
        off.shop.before["listings.ids"] = lambda: setattr(off.shop.goods["L1"], "shelf", Shelf.ON)

    off.shop.before["listings.ids"] = relists
    assert (verify(off)["verified"], len(reads)) == (False, 1)


@pytest.mark.parametrize(
    ("buyable", "word", "verified"),
    [(True, "buyable", False), (False, "not_buyable", True), (None, "unknown", None)],
)
def test_a_buyer_s_look_counts_where_there_is_one(off, buyable, word, verified):
    off.shop.buyable = {"L1": buyable}
    row = verify(off)
    assert (row["probe"], row["verified"]) == (word, verified)


@pytest.mark.parametrize(
    ("shelf", "verified"), [(Shelf.ON, True), (Shelf.OFF, False), (Shelf.UNKNOWN, False)]
)
def test_on_is_verified_the_same_way(off, shelf, verified):
    off.shop.goods["L1"].shelf = shelf
    assert verify(off, "on")["verified"] is verified


def test_progress_counts_every_look(house):
    house.shop.stock(3, shelf=Shelf.OFF)
    seen = []
    keys = dict.fromkeys([("flagship", f"L{n}") for n in (1, 2, 3)], "off")
    house.clock.live(house.verifier().verify(keys, lambda done, of: seen.append((done, of))))
    assert seen == [(3, 6), (6, 6)]


def test_what_was_seen_goes_into_the_catalog(off):
    off.sync()
    off.shop.goods["L1"].shelf = Shelf.GONE
    off.clock.advance(1)
    verify(off)
    assert off.catalog.listings([KEY])[KEY].shelf is Shelf.GONE
