"""One rule for papers: the register, the check, the watch and the plans made of ended papers say the same of every history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from offshelf.catalog.registers.standing import Papers, Sold, sold_in, standing
from offshelf.checks.licences import truth
from offshelf.monitoring.licences import What, due
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Licence, LicenceKind
from support.clean_merchant import BOX, CLEAN, NOW, SHOP, STATEMENTS, TEA, said
from support.clean_merchant import StatementKind as Kind
from support.licence_market import fair
from support.register_house import licence

__all__ = ["fair"]
DAY = date(2026, 11, 21)
THRESHOLDS = (7, 30, 60)


def on(offset: int) -> date:
    return DAY + timedelta(days=offset)


def paper(number: str = "N-1", until: int | None = 400, **more: object) -> Licence:
    """Return a paper over C1 that ends in so many days."""
    given = {"covers": ("C1",), "observed_at": NOW - timedelta(days=9)} | more
    return licence(number, None if until is None else on(until), **given)


def renewed(begins: int, days_ago: int = 2, **more: object) -> Licence:
    """Return the same paper as it was handed in anew."""
    return paper(valid_from=on(begins), observed_at=NOW - timedelta(days=days_ago), **more)


@dataclass(frozen=True)
class Row:
    """`bare`: the goods are sold without this paper. `told`: what the watch tells of N-1; None: nothing."""

    papers: tuple[Licence, ...]
    bare: bool
    told: What | None = None


OTHER_KIND = {"kind": LicenceKind.TEST_REPORT}
ROWS = {
    "valid": Row((paper(),), bare=False),
    "without an end": Row((paper(until=None),), bare=False),
    "expiring": Row((paper(until=5),), bare=False, told=What.ALARM),
    "on its last day": Row((paper(until=0),), bare=False, told=What.ALARM),
    "expired": Row((paper(until=-1),), bare=True, told=What.EXPIRED),
    "revoked: seen again with an earlier end": Row(
        (paper(), paper(until=-3, observed_at=NOW)), bare=True, told=What.EXPIRED
    ),
    "revoked, then renewed from a later day": Row(
        (paper(), paper(until=-3, observed_at=NOW - timedelta(days=3)), renewed(5)),
        bare=True,
        told=What.EXPIRED,
    ),
    "not valid yet": Row((paper(valid_from=on(1)),), bare=True),
    "renewed early, before its first day": Row((paper(until=5), renewed(6)), bare=False),
    "renewed early, on its first day": Row((paper(until=-1), renewed(0)), bare=False),
    "renewed, with a gap that has not come": Row((paper(until=5), renewed(8)), bare=False, told=What.ALARM),
    "renewed, in the gap": Row((paper(until=-1), renewed(2)), bare=True, told=What.EXPIRED),
    "renewed for fewer goods": Row(
        (paper(until=5, covers=("C1", "C2")), renewed(6, covers=("C2",))), bare=False, told=What.ALARM
    ),
    "two papers, one covering": Row((paper(until=-1), paper("N-2")), bare=False, told=What.EXPIRED),
    "two papers, the other one of unknown end": Row(
        (paper(until=-1), paper("N-2", until=None, end_known=False)), bare=True, told=What.EXPIRED
    ),
    "two papers, the other one over a SKU's product": Row(
        (paper(until=-1, covers=("C1-R",)), paper("N-2")), bare=False, told=What.EXPIRED
    ),
    "the other covers other goods": Row(
        (paper(until=-1), paper("N-2", covers=("C2",))), bare=True, told=What.EXPIRED
    ),
    "the other covers everything": Row(
        (paper(until=-1), paper("N-2", covers=("*",))), bare=False, told=What.EXPIRED
    ),
    "the other serves another shop": Row(
        (paper(until=-1), paper("N-2", shop_id="outlet")), bare=True, told=What.EXPIRED
    ),
    "the other is of another kind": Row(
        (paper(until=-1), paper("N-2", **OTHER_KIND)), bare=True, told=What.EXPIRED
    ),
    "the other is the report of something else": Row(
        (paper(until=-1, title="tea", **OTHER_KIND), paper("N-2", title="pots", **OTHER_KIND)),
        bare=True,
        told=What.EXPIRED,
    ),
    "replaced by one that has begun": Row((paper(until=-1), paper("N-2", replaces="N-1")), bare=False),
    "replaced by one over fewer goods": Row(
        (paper(until=-1, covers=("C1", "C2")), paper("N-2", replaces="N-1", covers=("C2",))),
        bare=True,
        told=What.EXPIRED,
    ),
    "a paper of another shop": Row((paper(until=-1, shop_id="outlet"),), bare=False, told=What.EXPIRED),
    "a paper of other goods": Row((paper(until=-1, covers=("C7",)),), bare=False, told=What.EXPIRED),
}
WHOLE = replace(CLEAN, listings=(TEA,), statements=(*STATEMENTS, said(Kind.READ, "licences")))


def facts(papers, **more):
    return replace(WHOLE, licences=tuple(papers), **more)


def codes(papers, **more) -> list[str]:
    return [one.code for one in truth(facts(papers, **more)) if one.blocks]


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("turn", [1, -1])
def test_the_register_says_what_is_sold_without_its_paper(name: str, turn: int) -> None:
    register = Papers(standing(ROWS[name].papers[::turn], DAY))
    found = {one.licence.number for sold in sold_in([TEA])[SHOP, "L1"] for one in register.lacking(sold)}
    assert found == ({"N-1"} if ROWS[name].bare else set())


@pytest.mark.parametrize("name", ROWS)
def test_the_check_says_the_same(name: str) -> None:
    row = ROWS[name]
    assert ("licences.ended" in codes(row.papers)) is row.bare
    certificate = codes(row.papers, reason=Reason.CERTIFICATE, stop_at=None)
    assert (certificate == ["licences.nothing_ended"]) is not row.bare


@pytest.mark.parametrize("name", ROWS)
def test_the_watch_tells_of_every_end_that_left_goods_bare(name: str) -> None:
    row = ROWS[name]
    (found,) = [one for one in standing(row.papers, DAY) if one.licence.number == "N-1"]
    told = due(found, THRESHOLDS)
    assert (told and told[0]) == row.told


@pytest.mark.parametrize(
    "name", [name for name, row in ROWS.items() if row.told is What.EXPIRED and row.papers[0].shop_id == ""]
)
def test_the_plan_takes_off_exactly_what_is_bare(fair, name: str) -> None:
    row = ROWS[name]
    goods = {"C1": "TEA-1", "C2": "TEA-2", "C7": "TEA-3", "C1-R": "TEA-1-s1", "*": "*"}
    fair.put(*(replace(one, covers=tuple(goods[code] for code in one.covers)) for one in row.papers))
    fair.papers.sweep()
    planned = {key for keys in fair.proposed() for key in keys}
    assert (("flagship", "L1") in planned) is row.bare


def test_a_listing_without_a_code_of_its_own_is_sold_under_the_product_of_its_skus() -> None:
    bare = replace(TEA, shop_id="outlet", listing_id="L9", merchant_code="")
    assert sold_in([TEA, bare])["outlet", "L9"] == (Sold("outlet", ("C1", "C1-R", "L9"), "L9"),)


def test_what_has_no_skus_is_sold_by_its_product() -> None:
    assert sold_in([replace(BOX, skus=())])[SHOP, "L2"] == (Sold(SHOP, ("C2",), "L2"),)


# -- how old what is known may be -------------------------------------------------------------------------------------

LONG_AGO = NOW - timedelta(days=31)
OLD = paper(observed_at=LONG_AGO)
NEW = paper("N-9", covers=("C7",), observed_at=NOW)


def told(papers, *statements, **more) -> list[str]:
    stated = tuple(one for one in STATEMENTS if one.kind is not Kind.READ)
    given = facts(papers, statements=(*stated, *statements), **more)
    return [f"{one.code} {one.subject}" for one in truth(given) if one.blocks]


def read(days: float) -> object:
    return said(Kind.READ, "licences", NOW - timedelta(days=days))


def test_a_new_paper_of_other_goods_does_not_make_an_old_one_young() -> None:
    assert told([OLD, NEW]) == ["licences.paper_stale N-1"]
    assert told([paper(observed_at=NOW), NEW]) == []


def test_a_new_paper_of_another_kind_does_not_either() -> None:
    assert told([OLD, paper("N-9", **OTHER_KIND, observed_at=NOW)]) == ["licences.paper_stale N-1"]


def test_the_word_that_the_register_is_whole_does() -> None:
    assert told([OLD], read(29)) == []
    assert told([OLD], read(31)) == ["licences.paper_stale N-1"]


def test_the_newest_look_at_a_paper_counts_also_where_it_renews_it() -> None:
    assert told([paper(until=5, observed_at=LONG_AGO), renewed(6)]) == []


def test_goods_of_which_nobody_said_what_they_need_are_unknown() -> None:
    assert told([NEW]) == ["licences.untold plan"]
    assert told([NEW], read(1)) == []
    assert told([NEW], read(31)) == ["licences.stale licences"]
    assert told([]) == ["licences.never_read licences"]
    assert told([paper(observed_at=NOW)], listings=(TEA, BOX)) == ["licences.untold plan"]


def test_a_paper_whose_place_was_taken_needs_nobodys_look() -> None:
    assert told([OLD, paper("N-2", replaces="N-1", observed_at=NOW)]) == []


def test_what_was_written_down_for_an_instant_to_come_is_not_known() -> None:
    assert told([paper(observed_at=NOW + timedelta(seconds=1))]) == ["licences.never_read licences"]


def test_an_ended_paper_shows_the_reason_whatever_else_is_old() -> None:
    ended, old = paper(until=-1, observed_at=LONG_AGO), paper("N-2", **OTHER_KIND, observed_at=LONG_AGO)
    assert told([ended, old], reason=Reason.CERTIFICATE) == []
    shown = [one.code for one in truth(facts([ended, old], reason=Reason.CERTIFICATE, statements=STATEMENTS))]
    assert shown.count("licences.paper_stale") == 2
    assert told([old], reason=Reason.CERTIFICATE) == ["licences.paper_stale N-2"]
