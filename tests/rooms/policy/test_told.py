"""The papers of every shipped value are told in the language asked for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from offshelf.policy.load import shipped
from offshelf.policy.model import Value
from offshelf.policy.told import note_of, reviewer_of, source_of

SHIPPED = [value for pack in shipped() for value in pack.values]
_WORD = re.compile(r"[A-Za-z]{3,}")
# Names that have no Chinese: fields and methods of the platforms, ids of values.
_NAMES = re.compile(r"[a-zA-Z]+[._][\w.]+|afterSale\.List")


def english(text: str) -> list[str]:
    """Return English words of a text that are no names."""
    return _WORD.findall(_NAMES.sub("", text))


@pytest.mark.parametrize("tell", [source_of, note_of, reviewer_of])
def test_no_english_is_left_in_chinese(tell: object) -> None:
    assert callable(tell)
    left = {value.policy_id: told for value in SHIPPED if english(told := tell(value, "zh"))}
    assert left == {}


def test_every_value_says_where_it_is_from_in_both_languages() -> None:
    silent = [
        (value.policy_id, language)
        for value in SHIPPED
        for language in ("zh", "en")
        if not source_of(value, language).strip()
    ]
    assert silent == []


def value_of(policy_id: str) -> Value:
    return next(value for value in SHIPPED if value.policy_id == policy_id)


@pytest.mark.parametrize(
    ("policy_id", "chinese", "english_"),
    [
        ("deposit.ceiling", "民法典 第586条", "民法典 第586条 (Civil Code art. 586)"),
        ("fresh.stock", "本程序自定：库存随每一笔订单变动", "own choice; stock moves with every order"),
        ("notice.customers", "创始文件 S1.33", "founding documents, S1.33"),
        ("batch.manual", "创始文件 S1.13", "founding documents, S1.13"),
        ("approval.persons", "本程序自定", "own choice"),
    ],
)
def test_a_source_is_told_in_the_language_asked_for(policy_id: str, chinese: str, english_: str) -> None:
    value = value_of(policy_id)
    assert (source_of(value, "zh"), source_of(value, "en")) == (chinese, english_)


def test_a_source_of_the_merchants_own_is_told_as_it_stands() -> None:
    own = replace(value_of("fresh.stock"), source="the shop's meeting of May")
    assert source_of(own, "zh") == "the shop's meeting of May"
    assert reviewer_of(replace(own, reviewed_by="li.na"), "zh") == "li.na"


def test_a_note_in_both_languages_is_told_in_one() -> None:
    value = value_of("notice.closing")
    assert note_of(value, "zh") == "只适用于关店或停止全部销售，不适用于单个商品（我们的理解）"
    assert (
        note_of(value, "en")
        == "for closing the shop or ending all selling, not for one product (our reading)"
    )
