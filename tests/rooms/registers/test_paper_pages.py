"""Papers as people look through them: how each stands, what needs somebody, what depends on it, who said it first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.catalog.registers.model import Standing
from offshelf.journal.browse.service import JournalPages
from offshelf.kit.errors import UsageError
from offshelf.monitoring import papers as room
from offshelf.monitoring.papers import Condition, Filter, PaperPages, condition_of, needs_somebody
from offshelf.vocabulary.statements import Doubt, LicenceKind, LicenceState
from support.licence_market import fair, open_market
from support.register_house import licence

__all__ = ["fair"]
DAYS = (7, 30, 60)
STATES = LicenceState


def pages_of(market) -> PaperPages:
    return PaperPages(
        registers=market.registers,
        watch=market.watch,
        catalog=market.catalog,
        journal=JournalPages(market.database),
    )


@pytest.fixture
def pages(fair):
    return pages_of(fair)


def names(shelf):
    return [one.standing.licence.number for one in shelf.papers]


@pytest.mark.parametrize(
    ("state", "left", "more", "renewed", "days", "condition", "needs"),
    [
        (STATES.VALID, 61, {}, False, DAYS, Condition.VALID, False),
        (STATES.VALID, 60, {}, False, DAYS, Condition.SOON, True),
        (STATES.VALID, 0, {}, False, DAYS, Condition.SOON, True),
        (STATES.VALID, 60, {}, True, DAYS, Condition.VALID, False),
        (STATES.VALID, 400, {}, False, None, Condition.VALID, True),
        (STATES.VALID, None, {}, False, DAYS, Condition.VALID, False),
        (STATES.VALID, 400, {"doubt": Doubt.ENDS_DIFFER}, False, DAYS, Condition.DOUBTED, True),
        (STATES.UNKNOWN, None, {"end_known": False}, False, DAYS, Condition.UNKNOWN, True),
        (STATES.UNKNOWN, 90, {"doubt": Doubt.NOT_LISTED}, False, DAYS, Condition.DOUBTED, True),
        (STATES.EXPIRED, -1, {"doubt": Doubt.NOT_LISTED}, False, DAYS, Condition.EXPIRED, True),
        (STATES.NOT_YET, 300, {}, False, DAYS, Condition.NOT_YET, False),
        (STATES.REPLACED, -9, {"doubt": Doubt.NOT_LISTED}, False, DAYS, Condition.REPLACED, False),
        (STATES.EXPIRED, -1, {"covers": (), "listings": ()}, False, DAYS, Condition.EXPIRED, False),
    ],
)
def test_how_a_paper_stands(state, left, more, renewed, days, condition, needs):
    paper = Standing(licence(**more), state, left, renewed)
    assert (condition_of(paper, days), needs_somebody(paper, days)) == (condition, needs)


def fill(market):
    market.put(
        market.licence("N-valid", left=400),
        market.licence("N-soon", left=20, shop_id="flagship"),
        market.licence("N-ended", left=-3, title="食品", kind=LicenceKind.TEST_REPORT),
        market.licence("N-unknown", left=None, end_known=False),
        market.licence("N-for-ever", left=None, end_known=True),
    )


def test_the_list_goes_by_end(fair, pages):
    fill(fair)
    shelf = pages.shelf(Filter())
    assert names(shelf) == ["N-unknown", "N-ended", "N-soon", "N-valid", "N-for-ever"]
    assert {name.value: count for name, count in shelf.counts.items() if count} == {
        "unknown": 1,
        "expired": 1,
        "soon": 1,
        "valid": 2,
    }
    assert (shelf.at, shelf.alarms) == (fair.clock.now(), DAYS)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Filter(kind=LicenceKind.TEST_REPORT), ["N-ended"]),
        (Filter(condition=Condition.SOON), ["N-soon"]),
        (Filter(shop_id="elsewhere"), ["N-unknown", "N-ended", "N-valid", "N-for-ever"]),
        (Filter(shop_id="flagship", condition=Condition.SOON), ["N-soon"]),
        (Filter(needs=True), ["N-unknown", "N-ended", "N-soon"]),
        (Filter(text="食品"), ["N-ended"]),
        (Filter(text="n-SOON"), ["N-soon"]),
        (Filter(text="tea-1", condition=Condition.VALID), ["N-valid", "N-for-ever"]),
    ],
)
def test_filters(fair, pages, asked, found):
    fill(fair)
    assert names(pages.shelf(asked)) == found


def test_what_was_seen_a_moment_ago_is_not_computed_again(fair, pages, monkeypatch):
    fill(fair)
    asked = []
    real = fair.registers.standing
    monkeypatch.setattr(fair.registers.lately, "_standing", lambda now: asked.append(now) or real(now))
    first = pages.shelf(Filter())
    fair.clock.advance(599)
    assert pages.shelf(Filter()).at == first.at
    fair.clock.advance(1)
    assert pages.shelf(Filter()).at == first.at + timedelta(minutes=10)
    fair.put(fair.licence("N-new", left=5))
    assert "N-new" in names(pages.shelf(Filter()))
    assert len(asked) == 3


def test_a_new_day_is_computed_anew(fair, pages):
    fair.put(fair.licence("N-1", left=0))
    fair.on(fair.today(), hour=23)
    fair.clock.advance(3600 - 10)
    assert pages.shelf(Filter()).papers[0].condition is Condition.SOON
    fair.clock.advance(11)
    assert pages.shelf(Filter()).papers[0].condition is Condition.EXPIRED


def code_of(market, shop_id):
    return next(
        one.merchant_code
        for one in market.catalog.listings(market.catalog.on_sale()).values()
        if one.shop_id == shop_id
    )


def test_a_record_tells_what_depends_on_it_by_shop(fair, pages):
    shop = min(fair.shops)
    code = code_of(fair, shop)
    fair.put(
        fair.licence("N-1", left=5, covers=(code,)), fair.licence("N-2", left=5, covers=(code,), shop_id=shop)
    )
    both, one = pages.record("food_licence", "N-1", ""), pages.record("food_licence", "N-2", shop)
    assert both.depends.by_shop == dict.fromkeys(sorted(fair.shops), 1)
    assert (one.depends.by_shop, one.depends.count, one.depends.whole) == ({shop: 1}, 1, True)
    assert [listing.merchant_code for listing in one.depends.listings] == [code]


def test_a_paper_over_everything_counts_every_listing(fair, pages):
    fair.put(fair.licence("N-1", left=5, covers=("*",)))
    found = pages.record("food_licence", "N-1", "").depends
    assert (found.count, found.listings) == (sum(3 for _ in fair.shops), ())


def test_more_codes_than_are_looked_up_are_told(fair, pages, monkeypatch):
    monkeypatch.setattr(room, "_LOOKED_UP", 1)
    fair.put(fair.licence("N-1", left=5, covers=("A-1", code_of(fair, min(fair.shops)))))
    found = pages.record("food_licence", "N-1", "").depends
    assert (found.count, found.whole) == (0, False)


def test_a_record_tells_who_said_it_first_and_what_was_told(fair, pages):
    with fair.database.begin() as tx:
        fair.registers.put_licences(tx, [fair.licence('N"1', left=20)], actor="lin")
    fair.clock.advance(60)
    fair.watch.sweep()
    with fair.database.begin() as tx:
        fair.registers.put_licences(tx, [fair.licence('N"1', left=300)], actor="wang")
    found = pages.record("food_licence", 'N"1', "")
    assert [one.by for one in found.said] == ["wang", "lin"]
    assert [(event.what.value, event.threshold) for event in found.events] == [("alarm", 30)]
    assert found.paper.condition is Condition.VALID


def test_a_record_names_the_paper_that_took_its_place(fair, pages):
    fair.put(fair.licence("N-1", left=5), fair.licence("N-2", left=300, replaces="N-1"))
    assert [one.standing.licence.number for one in pages.record("food_licence", "N-1", "").heirs] == ["N-2"]
    assert pages.record("food_licence", "N-2", "").heirs == ()


@pytest.mark.parametrize(
    "name", [("food_licence", "N-9", ""), ("food_licence", "N-1", "flagship"), ("x", "N-1", "")]
)
def test_a_paper_that_is_none_is_refused(fair, pages, name):
    fair.put(fair.licence("N-1", left=5))
    with pytest.raises(UsageError) as refused:
        pages.record(*name)
    assert refused.value.code == "registers.unknown_paper"


def test_the_same_on_both_databases(database):
    market = open_market(database)
    fill(market)
    pages = pages_of(market)
    assert len(pages.shelf(Filter()).papers) == 5
    assert len(pages.record("food_licence", "N-soon", "flagship").said) == 1
