"""The page of the checks says what the checks declare, and every check and owner has a word."""

from __future__ import annotations

import sys

import pytest

from offshelf.checks.specs import ALL
from offshelf.kit.texts import LANGUAGES
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Department
from offshelf.vocabulary.texts import catalogue, worded
from support.architecture import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import checks_page


def test_the_table_of_the_page_is_the_one_of_the_code() -> None:
    page = checks_page.PAGE.read_text("utf-8")
    assert checks_page.written(page) == page, "run python tools/checks_page.py"
    assert checks_page.written(page.replace("at most 7 days", "at most 9 days")) == page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_and_every_owner_has_a_word(language: str) -> None:
    keys = [*(f"check.{spec.check_id}" for spec in ALL), *(f"department.{one}" for one in Department)]
    assert [key for key in keys if not catalogue().has(key, language)] == []


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.check_id)
def test_a_check_is_declared_whole(spec) -> None:
    assert spec.inputs
    assert spec.legal
    assert spec.waiver.days > 0
    assert spec.waiver.who[0] is spec.department
    assert len({one.part for one in spec.inputs}) == len(spec.inputs)


def test_ids_numbers_and_owners_are_told_apart() -> None:
    assert len({spec.check_id for spec in ALL}) == len(ALL) == 12
    families = [family for spec in ALL for family in spec.families if family != "places"]
    assert len(set(families)) == len(families)
    assert not set(families) & {spec.check_id for spec in ALL}


def test_a_kind_of_place_is_told_by_its_word_and_what_has_none_stays() -> None:
    told = worded({"kind": PlaceKind.LISTING.value, "check": "presale", "shop": "a"}, "zh")
    assert told == {"kind": "平台商品", "check": "预售与定金", "shop": "a"}
    assert worded({"kind": "new"}, "en") == {"kind": "new"}
