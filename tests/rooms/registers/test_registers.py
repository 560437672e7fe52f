"""What was written down comes back as it was; the newest counts, whatever came last; nothing is overwritten."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.catalog.registers.model import Effect
from offshelf.vocabulary.statements import LicenceKind, Statement, StatementKind
from support.databases import START
from support.register_house import backup, licence


def state(house, *statements, **more):
    with house.database.begin() as tx:
        return house.registers.state(tx, statements, **more)


def put(house, *papers):
    with house.database.begin() as tx:
        return house.registers.put_licences(tx, papers, actor="lin")


def test_a_statement_comes_back_as_it_was(both):
    said = replace(backup(), evidence="0f" * 32, valid_until=START + timedelta(days=3))
    assert state(both, said) == (Effect.NEW,)
    assert both.registers.statements() == (said,)
    (note,) = both.notes
    assert note[:3] == ("lin", "register.stated", "register")
    assert note[3]["items"][0][:3] == ["backup", "flagship", "2026-11-21T02:00:00.000Z"]


def test_the_newest_counts_in_whatever_order_they_came(both):
    old, new, newest = backup(0), backup(2, detail={"rows": 8}), backup(5, detail={"rows": 9})
    assert state(both, new) == (Effect.NEW,)
    assert state(both, old, newest) == (Effect.OLDER, Effect.CHANGED)
    assert both.registers.statements(StatementKind.BACKUP) == (newest,)
    assert both.registers.statements(history=True) == (newest, new, old)


def test_an_effect_is_measured_at_what_counts_not_at_what_came_last(both):
    state(both, backup(5), backup(0, detail={"rows": 1}))
    assert state(both, backup(3, detail={"rows": 3})) == (Effect.OLDER,)
    put(both, licence(observed_at=backup(5).at), licence(title="a"))
    assert put(both, licence(title="b", observed_at=backup(3).at)) == (Effect.OLDER,)


def test_the_same_words_are_written_once(both):
    state(both, backup())
    before = both.contents(), list(both.notes)
    assert state(both, backup()) == (Effect.SAME,)
    assert (both.contents(), both.notes) == before


def test_the_same_said_later_is_said_again(house):
    state(house, backup())
    assert state(house, backup(1)) == (Effect.AGAIN,)
    assert house.registers.statements() == (backup(1),)


def test_of_two_for_one_instant_the_one_written_later_counts(both):
    state(both, backup(detail={"rows": 1}))
    assert state(both, backup(detail={"rows": 2})) == (Effect.CHANGED,)
    assert both.registers.statements()[0].detail == {"rows": 2}


def test_statements_are_found_by_kind_and_subject(house):
    other = backup(subject="outlet")
    none = Statement(StatementKind.NONE, "drop_ship", START, "lin")
    state(house, backup(), other, none)
    assert house.registers.statements(StatementKind.BACKUP) == (backup(), other)
    assert house.registers.statements(subject="outlet") == (other,)
    assert house.registers.statements(StatementKind.NONE, "presale") == ()


def test_a_supplier_is_told_of_many_products(house):
    told = [
        Statement(StatementKind.SUPPLIER_NOTICE, "S", START, "lin", {"code": code})
        for code in ("TEA-1", "TEA-2")
    ]
    assert state(house, *told) == (Effect.NEW, Effect.NEW)
    assert house.registers.statements(StatementKind.SUPPLIER_NOTICE) == tuple(told)


def test_many_statements_are_noted_in_several_entries(house):
    state(house, *(backup(subject=f"s{n}") for n in range(450)), actor="ann")
    assert [(note[0], len(note[3]["items"])) for note in house.notes] == [
        ("ann", 200),
        ("ann", 200),
        ("ann", 50),
    ]


def test_a_refused_transaction_leaves_nothing(both):
    before = both.contents()
    with suppress(ZeroDivisionError), both.database.begin() as tx:
        both.registers.state(tx, [backup()])
        both.registers.put_licences(tx, [licence()])
        raise ZeroDivisionError
    assert both.contents() == before


@pytest.mark.parametrize(
    "more",
    [
        {"until": None},
        {"until": None, "end_known": False},
        {"valid_from": date(2026, 1, 1), "covers": ("*",), "shop_id": "flagship", "title": "标题"},
        {"kind": LicenceKind.OTHER, "evidence": "ab" * 32, "replaces": "N-0", "source": "hand"},
    ],
)
def test_a_licence_comes_back_as_it_was(both, more):
    paper = licence(**more)
    assert put(both, paper) == (Effect.NEW,)
    assert both.registers.licences() == (paper,)
    assert both.notes[0][:3] == ("lin", "register.licences", "register")


def test_a_renewed_licence_takes_the_place_and_an_older_sight_does_not(both):
    renewed = licence(until=date(2030, 1, 1), observed_at=START + timedelta(days=1))
    assert put(both, renewed, licence()) == (Effect.NEW, Effect.OLDER)
    assert both.registers.licences() == (renewed,)
    assert both.registers.licences(history=True) == (renewed, licence())


def test_the_same_number_of_another_kind_or_shop_is_another_paper(house):
    papers = (licence(kind=LicenceKind.TEST_REPORT), licence(), licence(shop_id="outlet"))
    assert put(house, *papers) == (Effect.NEW,) * 3
    assert set(house.registers.licences()) == set(papers)
    assert house.registers.licences(LicenceKind.TEST_REPORT) == papers[:1]


def test_a_replaced_licence_stands_as_replaced(house):
    put(house, licence(), licence("N-2", replaces="N-1", covers=("TEA-1",)))
    assert [p.state.value for p in house.registers.standing(START)] == ["replaced", "valid"]
