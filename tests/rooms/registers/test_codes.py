"""A code in a register is kept as codes are kept: what looks like a code of the catalog is that code."""

from __future__ import annotations

import json

import pytest

from support.register_house import RegisterHouse, paper, place, said

WIDE, SOFT, FEED = '"ＴＥＡ－1"', '"TEA-\\u00ad1"', '"TEA-1\\u2060"'


@pytest.mark.parametrize("written", [WIDE, SOFT, FEED])
def test_every_place_of_a_register_reads_a_code_alike(house: RegisterHouse, written: str) -> None:
    assert house.draft(paper(covers=f"[{written}]")).licences[0].covers == ("TEA-1",)
    assert house.draft(place(members=f"[{{code: {written}}}]")).places[0].members[0].code == "TEA-1"
    shown = said(kind="substitute", subject=written, code='"TEA-\\u00ad2"')
    (statement,) = house.draft(shown).statements
    assert (statement.subject, statement.detail["code"]) == ("TEA-1", "TEA-2")
    told = said(kind="supplier_notice", subject="Hua", code=written, stop_at="2026-12-01T00:00:00Z")
    assert house.draft(told).statements[0].detail["code"] == "TEA-1"
    rows = f"证照类型,证照编号,有效期至,适用商品编码\n食品经营许可证,J1,2028-03-31,{json.loads(written)}\n"
    assert house.draft(rows, "p.csv").licences[0].covers == ("TEA-1",)


def test_what_looks_like_one_code_is_one(house: RegisterHouse) -> None:
    assert house.draft(paper(covers=f"[TEA-1, {WIDE}, {SOFT}]")).licences[0].covers == ("TEA-1",)
    assert house.faults(said(kind="substitute", subject="TEA-1", code=WIDE))[0][2] == "itself"


def test_a_code_that_shows_nothing_or_becomes_too_long_is_told_with_its_line(house: RegisterHouse) -> None:
    assert house.faults(place(members='[{code: "\\u3164"}]')) == [(5, "places[1].members[1].code", "empty")]
    long = "㍿" * 33  # four characters each
    assert house.faults(paper(covers=f"[{long}]")) == [(4, "licences[1].covers", "too_long")]


def test_another_case_is_another_code_here(house: RegisterHouse) -> None:
    """A misspelt code protects nothing: it is refused, as any that the catalog does not know."""
    assert [code for _, _, code in house.faults(paper(covers="[tea-1]"))] == ["unknown_code"]
