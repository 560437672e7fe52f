"""The record of a product and the overview in a real browser: the graph, the list beside it, the columns, the widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from support.browsing import PHONE, WIDE, person
from support.product_house import EVIL, lived, opened

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


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_graph_is_drawn_with_every_node_and_told_to_who_cannot_see_it(browser, address, house, size):
    lived(house)
    with person(browser, address, language="en", size=size) as somebody:
        page = somebody.sign_in("audit").open(RECORD)
        plot = page.locator('[data-plot="plot-places"]')
        nodes = page.evaluate(
            "JSON.parse(document.getElementById('plot-places').textContent).series[0].data.length"
        )
        assert nodes >= 10
        # The plot draws one circle and one text of one or two lines for each node; labels may be cut, not left out.
        heads = page.evaluate(
            "[...document.querySelectorAll('[data-plot=plot-places] svg text')].map((one) => one.textContent)"
        )
        assert len(heads) >= nodes
        assert any(text.startswith("live-room") for text in heads)
        expect(plot).to_have_attribute("aria-label", re.compile("dashed means not known"))
        box, inside = plot.bounding_box(), plot.locator("svg").bounding_box()
        assert inside["width"] <= box["width"] + 1
        assert somebody.complaints == []


def test_the_graph_follows_the_window(browser, address, house):
    lived(house)
    with person(browser, address, language="en") as somebody:
        page = somebody.sign_in("audit").open(RECORD)
        page.set_viewport_size(PHONE)
        expect(page.locator('[data-plot="plot-places"] svg')).to_have_count(1)
        expect(page.locator('[data-plot="plot-places"] svg')).to_have_attribute(
            "width", re.compile(r"^[123]\d\d$")
        )
        assert somebody.narrow()


def test_titles_of_strangers_do_nothing(browser, address, house):
    lived(house)
    with person(browser, address) as somebody:
        page = somebody.sign_in("audit").open(RECORD)
        page.on("dialog", lambda dialog: somebody.complaints.append(dialog.message))
        expect(page.get_by_text(EVIL).first).to_be_visible()
        page.locator('[data-plot="plot-places"] svg').hover()
        assert somebody.complaints == []


def test_from_the_list_with_columns_of_ones_own_to_the_record_and_its_code(browser, address, house):
    opened(house)
    with person(browser, address, language="en") as somebody:
        page = somebody.sign_in("lin").open("/products?shop=flagship")
        page.get_by_text("Columns", exact=True).click()
        for name in ("Price", "Stock"):
            page.get_by_role("checkbox", name=name, exact=True).uncheck()
        page.get_by_role("checkbox", name="Places", exact=True).check()
        page.get_by_role("button", name="Show these columns").click()
        page.wait_for_url("**cols=chosen**")
        expect(page.get_by_role("columnheader", name="Places")).to_be_visible()
        expect(page.get_by_role("columnheader", name="Price")).to_have_count(0)
        expect(page.locator("#f-shop")).to_have_value("flagship")
        page.get_by_role("link", name="title L1").click()
        page.wait_for_url(f"{address}{RECORD}")
        expect(page.get_by_role("link", name="Take this off sale")).to_have_attribute(
            "href", "/plans/new?listing=flagship/L1"
        )
        page.get_by_role("link", name="The same goods in every shop").click()
        page.wait_for_url(f"{address}{GOODS}")
        expect(page.locator('section[aria-labelledby="listings"] tbody tr')).to_have_count(4)
        assert somebody.complaints == []


def test_the_overview_draws_both_plots_and_tells_them(browser, address, house):
    lived(house)
    with person(browser, address, language="en") as somebody:
        page = somebody.sign_in("boss").page
        expect(page.locator("[data-plot] svg")).to_have_count(2)
        expect(page.locator('[data-plot="plot-days"]')).to_have_attribute(
            "aria-label", re.compile("our plan")
        )
        page.locator("summary").nth(1).click()
        expect(page.locator("details[open] table tbody tr")).to_have_count(1)
        assert somebody.complaints == []
