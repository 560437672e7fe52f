"""Papers read from a platform: into the register once, what they cover, what is doubtful, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.catalog.registers.model import Draft
from offshelf.delisting.licences import ENDED, RENEW
from offshelf.kit.errors import OutsideError, UsageError
from offshelf.platforms.contract import Force, Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Doubt, LicenceKind, LicenceState, Term, TermKind
from support.platform_papers import PaperMarket

B1 = Term("flagship", TermKind.BRAND, "b1")
L1, L2, L3 = (("flagship", f"L{n}") for n in (1, 2, 3))
BRAND = LicenceKind.BRAND_AUTHORISATION


def opened(database):
    made = PaperMarket(database)
    for shop in made.shops.values():
        shop.stock(3)
    return made


@pytest.fixture
def fair(sqlite_database):
    return opened(sqlite_database)


@pytest.fixture
def both_fairs(database):
    return opened(database)


def declare(fair, number="R-b1", *, left=90, **more):
    """Declare an authorisation of the brand for every shop, now."""
    given = {"kind": BRAND, "title": "title b1", "covers": ("TEA-1",), "observed_at": fair.clock.now()} | more
    fair.put(fair.licence(number, left=left, **given))


def tasks(fair):
    return sorted((task.kind, task.subject.split("/")[1]) for task in fair.tasks.list())


# -- reading ----------------------------------------------------------------------------------------------------------


def test_what_the_platform_tells_stands_in_the_register(both_fairs):
    fair = both_fairs
    seen = fair.tell()
    done = fair.read()
    paper = fair.paper()
    assert (done.counts["licences"], done.failed.get("licences")) == (1, None)
    assert (paper.kind, paper.source, paper.doubt, paper.terms) == (BRAND, "api", Doubt.NONE, (B1,))
    assert (paper.valid_until, paper.end_known, paper.title) == (seen.valid_until, True, "title b1")
    assert (paper.listings, paper.covers) == ((L1, L2), ("TEA-1", "TEA-2"))
    mark = fair.catalog.marks("flagship")["licences"]
    assert (mark["through"], mark["failed"]) == (paper.observed_at, 0)
    assert [entry.body["items"][0][:2] for entry in fair.journal.entries(verb="register.licences")] == [
        [BRAND.value, "R-b1"]
    ]


def test_one_reading_a_sync(fair):
    fair.tell()
    fair.tell("c1")
    fair.read()
    assert fair.port.calls == 1


def test_a_shop_whose_platform_tells_nothing_has_no_mark(fair):
    assert "licences" not in fair.read("outlet").counts
    assert "licences" not in fair.catalog.marks("outlet")


def test_reading_again_adds_nothing_for_a_week(fair):
    fair.tell()
    fair.read()
    for _ in range(3):
        fair.read()
    assert len(fair.registers.licences(history=True)) == 1
    fair.clock.advance(7 * 86_400)
    fair.read()
    assert len(fair.registers.licences(history=True)) == 2


def test_coverage_follows_the_listings_as_they_were_read_last(fair):
    fair.tell()
    fair.tell("c1")
    fair.read()
    assert fair.paper("R-c1").listings == (L1, L2, L3)
    fair.brands |= {"L2": "", "L3": "b1"}
    fair.shop.goods["L1"].shelf = Shelf.GONE
    fair.read()
    assert (fair.paper().listings, fair.paper().covers) == ((L3,), ("TEA-3",))
    assert len(fair.registers.licences(BRAND, history=True)) == 1  # nothing of the paper itself changed


def test_listings_without_codes_are_covered_by_what_they_are(fair):
    for name in ("L1", "L2"):
        fair.shop.goods[name] = replace(fair.shop.goods[name], code="", stock={})
    fair.tell(left=-1)
    fair.read()
    assert (fair.paper().listings, fair.paper().covers) == ((L1, L2), ())
    assert fair.papers.sweep() == 1
    assert fair.proposed() == [(L1, L2)]


def test_a_listing_that_does_not_tell_its_brand_may_be_of_any(fair):
    fair.brands = dict.fromkeys(fair.brands)
    fair.tell()
    fair.read()
    assert (fair.paper().listings, fair.paper().idle) == (None, False)
    fair.brands = dict.fromkeys(fair.brands, "")
    fair.read()
    assert (fair.paper().listings, fair.paper().idle) == ((), True)


@pytest.mark.parametrize("meaning", [Meaning.UNKNOWN, Meaning.ASK_PERSON, Meaning.QUOTA, Meaning.REFUSED])
def test_a_reading_that_failed_changes_the_mark_alone(fair, meaning):
    fair.tell()
    fair.read()
    before = fair.registers.licences(history=True)
    fair.port.trouble, fair.port.held_now = meaning, {}
    assert fair.read().failed["licences"] == 1
    assert fair.registers.licences(history=True) == before
    assert fair.catalog.marks("flagship")["licences"]["failed"] == 1


@pytest.mark.parametrize(("meaning", "error"), [(Meaning.AUTH, UsageError), (Meaning.NOT_SENT, OutsideError)])
def test_a_shop_that_cannot_be_read_at_all_is_told(fair, meaning, error):
    fair.port.trouble = meaning
    with pytest.raises(error):
        fair.read()


# -- doubts -----------------------------------------------------------------------------------------------------------


def test_a_paper_that_is_not_listed_any_more_is_unknown_and_told(fair):
    fair.tell()
    fair.read()
    del fair.port.held_now["b1"]
    fair.read()
    paper = fair.paper()
    assert (paper.doubt, paper.state_on(fair.today())) == (Doubt.NOT_LISTED, LicenceState.UNKNOWN)
    fair.papers.sweep()
    assert ("R-b1", "not_listed", 0) in fair.told()
    assert ("licence.not_listed", "R-b1") in tasks(fair)
    fair.read()
    assert fair.paper().observed_at == paper.observed_at  # its silence does not make it any younger


def test_one_that_comes_back_is_settled_and_its_task_ends(fair):
    fair.tell()
    fair.read()
    held, fair.port.held_now = fair.port.held_now, {}
    fair.read()
    fair.papers.sweep()
    fair.port.held_now = held
    fair.read()
    fair.papers.sweep()
    assert (fair.paper().doubt, tasks(fair)) == (Doubt.NONE, [])


def test_a_word_newer_than_the_platforms_silence_counts(fair):
    fair.tell()
    fair.read()
    fair.port.held_now = {}
    fair.read()
    fair.clock.advance(60)
    declare(fair, left=400, shop_id="flagship")
    fair.read()
    assert (fair.paper().source, fair.paper().doubt) == ("file", Doubt.NONE)


@pytest.mark.parametrize(
    ("force", "doubt"),
    [(Force.UNKNOWN, Doubt.STATUS_UNKNOWN), (Force.NOT_IN_FORCE, Doubt.NOT_IN_FORCE)],
)
def test_what_the_platform_does_not_vouch_for_is_unknown(fair, force, doubt):
    fair.tell(force=force)
    fair.read()
    assert (fair.paper().doubt, fair.paper().state_on(fair.today())) == (doubt, LicenceState.UNKNOWN)
    fair.papers.sweep()
    assert tasks(fair) == [(f"licence.{doubt.value}", "R-b1")]


def test_what_the_platform_says_has_ended_has_whatever_its_dates_say(fair):
    fair.tell(left=90, force=Force.ENDED)
    fair.read()
    yesterday = fair.today() - timedelta(days=1)
    assert fair.paper().valid_until == yesterday
    fair.clock.advance(5 * 86_400)
    fair.read()
    assert fair.paper().valid_until == yesterday  # the day it was first said
    fair.papers.sweep()
    assert [event.what.value for event in fair.watch.all()] == ["expired"]


def test_a_paper_that_covers_nothing_now_is_told_to_nobody(fair):
    fair.tell("b9", left=3)
    fair.tell("c9", left=-40, force=Force.ENDED)
    fair.read()
    assert (fair.papers.sweep(), fair.tasks.list()) == (0, ())
    assert {paper.number for paper in fair.registers.licences()} == {"R-b9", "R-c9"}


def test_a_new_number_of_the_same_brand_takes_the_place_of_the_old(fair):
    fair.tell(left=-1)
    fair.read()
    fair.tell(left=400, number="R-new")
    fair.read()
    states = {one.licence.number: one.state for one in fair.registers.standing(fair.clock.now())}
    assert states == {"R-b1": LicenceState.REPLACED, "R-new": LicenceState.VALID}


# -- one paper, two words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shop_id", ["", "flagship"])
@pytest.mark.parametrize(
    ("own", "told", "until", "doubt"),
    [
        (90, 90, 90, Doubt.NONE),
        (90, 30, 30, Doubt.ENDS_DIFFER),
        (30, 90, 30, Doubt.ENDS_DIFFER),
        (None, 90, 90, Doubt.ENDS_DIFFER),
        (90, None, 90, Doubt.ENDS_DIFFER),
        (None, None, None, Doubt.NONE),
    ],
)
def test_the_same_number_is_one_paper_and_the_earlier_end_counts(fair, shop_id, own, told, until, doubt):
    declare(fair, left=own, shop_id=shop_id)
    fair.tell(left=told)
    fair.read()
    assert fair.names() == [("R-b1", shop_id)]
    paper = fair.paper(shop_id=shop_id)
    end = None if until is None else fair.today() + timedelta(days=until)
    assert (paper.valid_until, paper.end_known, paper.doubt, paper.source) == (end, True, doubt, "both")
    assert (paper.covers, paper.listings) == (("TEA-1", "TEA-2"), (L1, L2))


def test_an_end_only_one_of_them_knows_contradicts_nothing(fair):
    declare(fair, left=30)
    fair.tell(left=None, end_known=False)
    fair.read()
    assert (fair.paper(shop_id="").days_left(fair.today()), fair.paper(shop_id="").doubt) == (30, Doubt.NONE)
    declare(fair, left=None, end_known=False)
    fair.tell(left=50)
    fair.read()
    assert (fair.paper(shop_id="").days_left(fair.today()), fair.paper(shop_id="").doubt) == (50, Doubt.NONE)


def test_ends_that_differ_are_told_once_and_settled_by_a_newer_word(fair):
    declare(fair, left=20)
    fair.tell(left=400)
    fair.read()
    assert fair.papers.sweep() == 2
    assert tasks(fair) == [("licence.ends_differ", "R-b1"), (RENEW, "R-b1")]
    fair.read()
    assert fair.papers.sweep() == 0
    fair.clock.advance(60)
    declare(fair, left=400)
    fair.read()
    fair.papers.sweep()
    assert (fair.paper(shop_id="").doubt, tasks(fair)) == (Doubt.NONE, [])


def test_a_word_for_every_shop_said_later_takes_the_platforms_paper_in(fair):
    fair.tell()
    fair.read()
    assert fair.names() == [("R-b1", "flagship")]
    declare(fair)
    fair.read()
    assert fair.names() == [("R-b1", "")]
    fair.papers.sweep()
    assert [event.shop_id for event in fair.watch.all()] == []  # ninety days are left


def by_file(fair, number="R-b1", *, left, shop_id, write=True):
    """Declare an authorisation of the brand as a register does, a moment after what stood there."""
    fair.clock.advance(60)
    paper = fair.licence(number, left=left, kind=BRAND, title="title b1", shop_id=shop_id)
    fair.rooms.declarations.apply(Draft("register.yaml", licences=(paper,)), by="lin", write=write)


def stands(fair, shop_id):
    paper = fair.paper(shop_id=shop_id)
    return paper.state_on(fair.today()), paper.source, paper.doubt, paper.terms, paper.listings


@pytest.mark.parametrize("shop_id", ["", "flagship"])
def test_a_declared_row_does_not_overrule_the_end_the_platform_told(both_fairs, shop_id):
    fair = both_fairs
    fair.tell(force=Force.ENDED)
    fair.read()
    by_file(fair, left=900, shop_id=shop_id)
    both = (LicenceState.EXPIRED, "both", Doubt.ENDS_DIFFER, (B1,), (L1, L2))
    assert (stands(fair, shop_id), fair.names()) == (both, [("R-b1", shop_id)])
    known = fair.registers.licences(history=True)
    by_file(fair, left=900, shop_id=shop_id, write=False)
    assert fair.registers.licences(history=True) == known
    fair.read()
    assert stands(fair, shop_id) == both
    assert fair.registers.licences(history=True) == known  # the next reading tells nothing new
    assert fair.papers.sweep() > 0
    assert fair.proposed() == [(L1, L2)]


def test_a_declared_row_counts_at_once_where_the_platform_says_nothing_against_it(fair):
    fair.tell(left=400)
    fair.read()
    by_file(fair, left=30, shop_id="flagship")
    assert stands(fair, "flagship")[:3] == (LicenceState.VALID, "both", Doubt.ENDS_DIFFER)
    assert fair.paper().days_left(fair.today()) == 30
    by_file(fair, left=400, shop_id="flagship")
    assert stands(fair, "flagship")[:3] == (LicenceState.VALID, "both", Doubt.NONE)
    by_file(fair, "R-other", left=30, shop_id="flagship")
    assert fair.paper("R-other").source == "file"


def test_a_declared_row_settles_the_silence_of_the_platform_at_once(fair):
    fair.tell()
    fair.read()
    fair.port.held_now = {}
    fair.read()
    by_file(fair, left=400, shop_id="flagship")
    assert stands(fair, "flagship")[:3] == (LicenceState.VALID, "file", Doubt.NONE)


def test_a_word_said_while_the_platform_is_read_is_joined_by_that_reading(fair):
    fair.tell(force=Force.ENDED)
    fair.clock.advance(120)
    declare(fair, left=900, shop_id="flagship")
    fair.clock.advance(-90)
    fair.read()
    assert stands(fair, "flagship")[:2] == (LicenceState.EXPIRED, "both")


# -- what follows -----------------------------------------------------------------------------------------------------


def test_the_alarms_and_the_plan_come_as_for_any_paper(both_fairs):
    fair = both_fairs
    fair.tell(left=60)
    fair.read()
    for left in (60, 30, 7):
        fair.on(fair.port.held_now["b1"].valid_until - timedelta(days=left))
        assert fair.papers.sweep() == 1
    assert [(what, days) for _, what, days in fair.told()] == [("alarm", 60), ("alarm", 30), ("alarm", 7)]
    fair.on(fair.port.held_now["b1"].valid_until + timedelta(days=1))
    fair.read()
    assert fair.papers.sweep() == 1
    (plan,) = fair.plans.all()
    assert (fair.plans.get(plan.plan_id).listings, plan.reason) == ((L1, L2), Reason.CERTIFICATE)
    assert (ENDED, "R-b1") in tasks(fair)


def test_a_listing_of_another_brand_under_the_same_code_stays(fair):
    """The platform's word is about listings: the outlet and what is sold without the brand are not in it."""
    fair.shop.goods["L3"].code = "TEA-1"
    fair.tell(left=-1)
    fair.read()
    fair.read("outlet")
    fair.papers.sweep()
    assert fair.proposed() == [(L1, L2)]


def test_a_category_right_that_lapsed_proposes_over_its_category(fair):
    fair.categories["L2"] = ("c0", "c2")
    fair.tell("c1", left=-1, force=Force.ENDED)
    fair.read()
    fair.papers.sweep()
    assert fair.proposed() == [(L1, L3)]


def test_another_paper_of_the_merchants_does_the_same(fair):
    fair.tell(left=-1)
    fair.read()
    declare(fair, "N-9", left=400, covers=("TEA-1",))
    fair.papers.sweep()
    assert fair.proposed() == [(L2,)]


def test_a_valid_paper_of_the_platform_does_what_the_merchants_did(fair):
    fair.tell(left=400)
    fair.read()
    declare(fair, "N-9", left=-1, covers=("TEA-1",), shop_id="flagship")
    fair.papers.sweep()
    assert fair.proposed() == []
