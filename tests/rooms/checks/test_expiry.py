"""A paper has ended: the stop waits for nothing that can be done afterwards; what it costs for ever waits for what was paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.checks.model import Afterwards, Facts
from offshelf.checks.rules import examine
from offshelf.checks.specs import ALL
from offshelf.vocabulary.places import PlaceKind, PlaceState
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import CLEAN, COFFEE, FOOD, NOW, PLANNED, SHOP, STATEMENTS, having, none_of, said
from support.spoilt_merchant import presale, standing

ENDED = replace(
    CLEAN, reason=Reason.CERTIFICATE, licences=(replace(FOOD, valid_until=date(2026, 11, 20)), COFFEE)
)
COUPON_ACT = ("stop_coupon", SHOP, "c1")


def expired(facts: Facts, **more: object) -> Facts:
    """Return facts of a plan whose reason is a paper that ended."""
    return replace(facts, reason=Reason.CERTIFICATE, licences=ENDED.licences, **more)


# Nothing but the shops and the paper is known: no statement, no place was ever read.
BARE = expired(
    CLEAN,
    statements=(),
    places=(),
    closure_listings=(),
    read_at={key: at for key, at in CLEAN.read_at.items() if not key[1].startswith("places.")},
)
LATER = ["orders", "aftersales"]


def without(*parts: str, facts: Facts = BARE) -> Facts:
    return replace(facts, read_at={key: at for key, at in facts.read_at.items() if key[1] not in parts})


def lasting(facts: Facts) -> Facts:
    """Return facts of a plan one of whose acts cannot be undone."""
    return replace(facts, lost=frozenset({COUPON_ACT}))


def codes(facts: Facts) -> list[str]:
    return [one.partition(" ")[0] for one in standing(facts)]


def test_with_the_paper_ended_and_no_other_paper_at_hand_the_stop_goes_ahead() -> None:
    assert standing(BARE) == []
    assert standing(without(*LATER)) == []
    shown = {one.code for one in examine(without(*LATER)) if one.verdict.value != "pass"}
    assert {"backup.none", "substitutes.untold", "places.never_read", "orders.never_read"} <= shown


def test_for_another_reason_each_of_them_stands_in_the_way() -> None:
    season = replace(without(*LATER), reason=Reason.SEASON)
    assert {
        "backup.none",
        "notice.none",
        "substitutes.untold",
        "places.never_read",
        "orders.never_read",
    } & set(codes(season)) >= {"backup.none", "substitutes.untold", "places.never_read", "orders.never_read"}


@pytest.mark.parametrize("part", LATER)
def test_before_what_cannot_be_undone_the_money_paid_must_be_known(part: str) -> None:
    known = lasting(replace(ENDED, licences=ENDED.licences))
    assert standing(known) == []
    assert codes(without(part, facts=known)) == [f"{part}.never_read"]
    assert standing(without(part, facts=replace(known, lost=frozenset()))) == []


def test_before_what_cannot_be_undone_deposits_and_the_backup_must_be_known() -> None:
    assert {one.partition(" ")[0] for one in standing(lasting(BARE))} == {
        "backup.none",
        "backup.no_drill",
        "places.never_read",
    }
    unread = [one for one in examine(lasting(BARE)) if one.code == "places.never_read" and one.blocks]
    assert [one.check for one in unread] == ["presale"]
    told = none_of(PlaceKind.PRESALE, facts=BARE)
    saved = (one for one in STATEMENTS if one.kind in (StatementKind.BACKUP, StatementKind.RESTORE_DRILL))
    assert standing(lasting(replace(told, statements=(*told.statements, *saved)))) == []


def test_a_presale_that_owes_is_paid_before_it_is_ended_for_ever() -> None:
    owing = expired(presale(legal_nature="advance", payers=3, amount=60_000))
    assert codes(lasting(owing)) == ["presale.owed"]
    assert codes(owing) == []


def test_what_stops_the_sale_itself_still_stands_in_the_way() -> None:
    assert codes(without("listings")) == ["listings.never_read"]
    assert codes(without("promotions")) == ["promotions.never_read"]
    open_ = expired(
        having(PlaceKind.SHOWCASE, state=PlaceState.LIVE),
        planned=PLANNED - {("by_hand", SHOP, "showcase/showcase-1")},
    )
    assert codes(open_) == ["payment.path_open"]


def test_a_false_reason_stands_in_the_way() -> None:
    """And it softens nothing: without its ground the plan is judged as for any reason."""
    bare = set(codes(replace(BARE, reason=Reason.STRATEGY, licences=(FOOD, COFFEE))))
    assert len(bare) > 3
    assert set(codes(replace(BARE, licences=(FOOD, COFFEE)))) == bare | {"licences.nothing_ended"}
    assert set(codes(replace(BARE, licences=()))) == bare | {"licences.never_read"}


def test_a_paid_order_is_not_undone_without_its_buyers_word() -> None:
    undone = said(StatementKind.ORDER_DECISION, f"{SHOP}/o1", decision="refund")
    assert codes(replace(BARE, statements=(undone,))) == ["orders.no_consent"]


def test_an_order_that_is_late_does_not_keep_on_sale_what_may_not_be_sold() -> None:
    late = tuple(line | {"ship_by": NOW - timedelta(hours=1)} for line in BARE.open_lines)
    assert standing(replace(BARE, open_lines=late)) == []
    assert codes(replace(CLEAN, open_lines=late)) == ["orders.overdue"]


def test_every_check_says_whether_it_can_wait() -> None:
    assert {spec.check_id: spec.after_expiry.value for spec in ALL} == {
        "payment": "never",
        "stock": "never",
        "scripts": "always",
        "promotions": "never",
        "orders": "reversible",
        "media": "always",
        "licences": "never",
        "backup": "reversible",
        "drop_ship": "always",
        "notice": "always",
        "presale": "reversible",
        "substitutes": "always",
    }
    for spec in ALL:
        assert not spec.after_safety or spec.after_expiry is not Afterwards.NEVER
