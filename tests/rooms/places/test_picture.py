"""The picture of a product's places: every box told in words, nothing from outside taken for markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from offshelf.catalog.places.graph import How
from offshelf.delisting.place_picture import picture
from offshelf.delisting.place_view import ListingView, PlaceView, ShopView, Spot
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import PlaceKind
from support.databases import START
from support.place_shelves import listing

EVIL = "<script>alert(1)</script>&\"'\x1b\u202e"


def spot(kind: PlaceKind = PlaceKind.REPLAY, ref: str = "r1", **more: Any) -> Spot:
    values: dict[str, Any] = {
        "title": "晚场",
        "word": ("place_state", "live"),
        "source": "hand",
        "observed_at": START,
        "how": How.BY_HAND,
    }
    return Spot("a", kind, ref, **(values | more))


def view(
    *spots: Spot, shelf: Shelf = Shelf.ON, code: str = "TEA-1", never: tuple[PlaceKind, ...] = ()
) -> PlaceView:
    shop = ShopView(
        "a", "茶铺", "douyin", (ListingView(listing("a/L1", "A", shelf=shelf), spots),), (), never
    )
    return PlaceView(code, "龙井", START + timedelta(hours=1), (shop,))


def parsed(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314 - our own drawing


def texts(drawn: str) -> list[str]:
    root = parsed(drawn)
    return [node.text or "" for node in root.iter() if node.tag.endswith("text")]


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", ["回放购物袋 晚场", "存在 · 需人工处理"]), ("en", ["replay bag 晚场", "there · for a person"])],
)
def test_every_place_is_told_in_words(language: str, said: list[str]) -> None:
    drawn = texts(picture(view(spot()), language))
    assert [text for text in said if text not in drawn] == []


@pytest.mark.parametrize(
    ("more", "tone"),
    [
        ({}, "open"),
        ({"word": ("place_state", "unknown")}, "unknown"),
        ({"how": None, "why": "unsure"}, "unknown"),
        ({"word": ("place_state", "ended"), "how": None, "why": "ended"}, "ended"),
    ],
)
def test_a_state_has_its_colour(more: dict[str, Any], tone: str) -> None:
    (group,) = re.findall(r'<g class="pg-(\w+)"><title>replay bag', picture(view(spot(**more)), "en"))
    assert group == tone


def test_nothing_from_outside_becomes_markup_or_turns_the_line() -> None:
    drawn = picture(view(spot(title=EVIL, ref=EVIL), code=EVIL), "zh")
    assert "<script" not in drawn
    assert not set(drawn) & set("\x1b\u202e")
    assert "&lt;script&gt;" in drawn
    parsed(drawn)


def test_the_same_view_is_the_same_picture() -> None:
    assert picture(view(spot(), spot(ref="r2")), "zh") == picture(view(spot(), spot(ref="r2")), "zh")


def test_boxes_of_a_column_do_not_overlap_and_lie_inside() -> None:
    many = [spot(ref=f"r{n}") for n in range(30)]
    root = parsed(picture(view(*many, never=(PlaceKind.GIFT,)), "zh"))
    height = float(next(node for node in root.iter() if node.tag.endswith("svg")).attrib["height"])
    boxes: dict[str, list[tuple[float, float]]] = {}
    for node in root.iter():
        if node.tag.endswith("rect"):
            boxes.setdefault(node.attrib["x"], []).append(
                (float(node.attrib["y"]), float(node.attrib["height"]))
            )
    assert len(boxes) == 4
    for column in boxes.values():
        tops = sorted(column)
        assert all(y + h <= below for (y, h), (below, _) in pairwise(tops))
        assert max(y + h for y, h in column) <= height


def test_more_places_than_a_person_reads_are_counted() -> None:
    drawn = texts(picture(view(*(spot(ref=f"r{n}") for n in range(45))), "en"))
    assert "5 more" in drawn
    assert len([text for text in drawn if text.startswith("replay bag")]) == 40


def test_long_chinese_titles_are_cut_and_kept_whole_beside() -> None:
    title = "明前龙井特级绿茶" * 12
    drawn = picture(view(spot(title=title)), "zh")
    assert f"回放购物袋 {title}" in drawn  # the title of the box
    assert all(len(text) < 40 for text in texts(drawn))


def test_kinds_nobody_read_and_an_empty_view_are_told() -> None:
    assert "never read: gift activity" in texts(picture(view(never=(PlaceKind.GIFT,)), "en"))
    empty = PlaceView("X", "", START, ())
    assert "X" in texts(picture(empty, "zh"))


def listed(drawn: str) -> list[str]:
    """Return the texts of the list that stands for the drawing on a phone and on paper."""
    (found,) = [node for node in parsed(drawn).iter() if node.attrib.get("class") == "pg-list"]
    return [node.text or "" for node in found.iter() if node.tag in ("b", "em", "small")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_says_what_the_drawing_says(language: str) -> None:
    drawn = picture(view(spot(), spot(ref="r2", title=""), never=(PlaceKind.GIFT,)), language)
    said = [
        text for text in texts(drawn)[4:] if text and not text.endswith("…")
    ]  # the first four name columns
    assert len(said) > 8
    assert [text for text in said if text not in listed(drawn)] == []


def test_the_list_counts_what_is_too_much_to_read() -> None:
    drawn = listed(picture(view(*(spot(ref=f"r{n}") for n in range(45))), "en"))
    assert "5 more" in drawn
    assert len([text for text in drawn if text.startswith("replay bag")]) == 40


def test_the_list_keeps_a_long_title_whole() -> None:
    title = "明前龙井特级绿茶" * 12
    assert f"回放购物袋 {title}" in listed(picture(view(spot(title=title)), "zh"))


def test_a_narrow_page_and_paper_show_the_list_in_place_of_the_drawing() -> None:
    drawn = picture(view(spot()), "zh")
    for medium in ("@media(max-width:860px)", "@media print"):
        assert f"{medium}{{.pg-wide{{display:none}}.pg-list{{display:block}}" in drawn
