"""The record of a product and the overview in a real browser: the graph, the list beside it, the columns, the widths."""

from __future__ import annotations

import pytest

from support.browsing import PHONE, WIDE, person
from support.product_house import lived

RECORD, GOODS = "/products/flagship/L1", "/products/code/TEA-1"


@pytest.mark.parametrize(
    ("language", "size", "theme"),
    [("zh-CN", WIDE, "light"), ("zh-CN", PHONE, "light"), ("en", WIDE, "dark"), ("en", PHONE, "light")],
    ids=["zh-wide", "zh-phone", "en-wide-dark", "en-phone"],
)
def test_the_pages_are_sound(browser, address, house, language, size, theme):
    lived(house)
    with person(browser, address, language=language, size=size, theme=theme) as somebody:
        somebody.sign_in("boss")
        width = "phone" if size is PHONE else "wide"
        for name, path in (
            ("overview-full", "/"),
            ("product", RECORD),
            ("product-code", GOODS),
            (
                "products-columns",
                "/products?cols=code.shop.platform.shelf.stock.price.plan.places.since.seen",
            ),
        ):
            somebody.open(path)
            somebody.picture(f"{name}-{width}-{language[:2]}-{theme}")
            assert (path, somebody.faults(), somebody.narrow()) == (path, [], True)
        assert somebody.complaints == []
