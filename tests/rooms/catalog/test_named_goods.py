"""What people paste or upload to name goods: which listings that is, and what stands for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.catalog.scope import Line, named, pasted, read_scope
from offshelf.catalog.service import Catalog
from offshelf.kit.errors import UsageError
from support.memory_shop import MemoryShop
from support.spreadsheets import write_xlsx


def seen_of(clock, shop_id, listings):
    shop = MemoryShop(clock, shop_id)
    shop.stock(listings)
    port = shop.connector().listings
    return [port.listing(listing_id) for listing_id in shop.goods]


@pytest.fixture
def catalog(database, clock):
    made = Catalog(database)
    with database.begin() as tx:
        for shop_id in ("flagship", "outlet"):
            made.record_listings(tx, seen_of(clock, shop_id, 4))
    return made


def test_any_separator_and_each_once():
    found = pasted('A-1,A-2，A-3；A-4\tA-5|A-6、A-1\r\n =\'A-7 \n\n="A-8"')
    assert [line.value for line in found] == ["A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "='A-7", "A-8"]
    assert found[-1].number == 4


def test_too_many_are_refused():
    with pytest.raises(UsageError) as refused:
        pasted("\n".join(f"A-{n}" for n in range(50_001)))
    assert (refused.value.code, refused.value.params["count"]) == ("catalog.too_many_lines", 50_001)


def test_a_code_stands_for_its_goods_in_every_shop_and_an_id_for_one_listing(catalog):
    found = named(catalog, pasted("TEA-1\noutlet/L2"))
    assert found.keys == (("flagship", "L1"), ("outlet", "L1"), ("outlet", "L2"))
    assert found.codes == ("TEA-1",)


def test_what_stands_for_nothing_is_told_and_an_id_of_two_shops_is_not_guessed(catalog):
    found = named(catalog, pasted("TEA-1\nNOPE\nL3"))
    assert [line.value for line in found.unknown] == ["NOPE"]
    assert [line.value for line in found.ambiguous] == ["L3"]


def test_spaces_part_values_only_where_the_whole_is_nothing(catalog, database, clock):
    odd = replace(seen_of(clock, "flagship", 1)[0], listing_id="L9", merchant_code="TEA 1", skus=())
    with database.begin() as tx:
        catalog.record_listings(tx, [odd])
    whole = named(catalog, pasted("TEA 1"))
    assert (whole.keys, whole.unknown) == ((("flagship", "L9"),), ())
    apart = named(catalog, pasted("TEA-1 TEA-2 GONE"))
    assert apart.codes == ("TEA-1", "TEA-2")
    assert [line.value for line in apart.unknown] == ["GONE"]


def test_a_column_of_codes_is_never_read_as_ids(catalog):
    found = named(catalog, (Line(2, False, "outlet/L2"),))
    assert (found.keys, [line.value for line in found.unknown]) == ((), ["outlet/L2"])


def test_many_codes_give_what_each_gives_alone(catalog):
    codes = [f"TEA-{n}" for n in range(1, 5)] + [f"TEA-{n}-s1" for n in range(1, 5)] + ["NOPE"]
    together, missing = catalog.find(codes)
    alone = {code: catalog.find([code])[0].get(code) for code in codes}
    assert together == {code: keys for code, keys in alone.items() if keys}
    assert missing == ("NOPE",)


def test_a_spreadsheet_keeps_numbers_whole_or_refuses_them(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [["商品ID"], [100004], ["flagship/L1"]])
    assert [line.value for line in read_scope(path.read_bytes(), "a.xlsx")] == ["100004", "flagship/L1"]
    path = write_xlsx(tmp_path / "b.xlsx", [["商品ID"], [("raw", "1.00004E+17")]])
    with pytest.raises(UsageError) as refused:
        read_scope(path.read_bytes(), "b.xlsx")
    assert refused.value.code == "catalog.file_rounded"


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_spreadsheet_nobody_can_read_is_told_so(data):
    with pytest.raises(UsageError) as refused:
        read_scope(data, "x.xlsx")
    assert refused.value.code == "catalog.file_xlsx"
