"""Files made to harm: what unfolds without end stops early, what no store takes is told row by row."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.catalog.files import workbook
from offshelf.catalog.files.cells import READERS
from offshelf.catalog.files.model import BadCellError, Cell
from offshelf.kit.errors import UsageError

BIG = 12 * 1024**2  # below the weight from which the ratio is looked at
MAIN, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
LINKS, STYLES = "xl/_rels/workbook.xml.rels", "xl/styles.xml"
CELL = b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr">'
FIGURE = ["日期", "商品ID", "商品曝光次数", "成交金额", "点击率"]


def read_all(path, wrap):
    with workbook.opened(path) as archive:
        archive.open = wrap(archive.open)
        for sheet in workbook.sheets(archive):
            list(workbook.rows(archive, sheet))


def read_counting(path):
    """Return the code of the refusal, how many bytes were unfolded, and the peak of memory in bytes."""
    read = 0

    def counting(opening):
        def opened(*args):
            stream = opening(*args)
            reading = stream.read

            def counted(*size):
                nonlocal read
                piece = reading(*size)
                read += len(piece)
                return piece

            stream.read = counted
            return stream

        return opened

    tracemalloc.start()
    try:
        with pytest.raises(UsageError) as caught:
            read_all(path, counting)
        return caught.value.code, read, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("part", "head", "again"),
    [
        (MAIN, CELL + b"<is><t>", b"x"),
        (MAIN, CELL + b"<f>", b"x"),
        (MAIN, CELL[:-1] + b' z="', b"x"),
        (MAIN, CELL, b"<is><t>x</t></is>"),
        (MAIN, b'<worksheet><row r="1">', b'<c t="str"><v>' + b"x" * 60_000 + b"</v></c>"),
        (MAIN, b"<worksheet><!--", b"x"),
        (MAIN, b"<worksheet><?a ", b"x"),
        (MAIN, b"", b"<a>"),
        (TEXTS, b"<sst><si><t>", b"x"),
        (TEXTS, b'<sst><si a="', b"x"),
        (TEXTS, b"", b"<x:a>"),
        (LINKS, b'<r a="', b"x"),
        (LINKS, b"", b"<a>"),
        (STYLES, b"", b"<a>"),
    ],
    ids=[
        "cell",
        "formula",
        "attribute",
        "pieces",
        "row",
        "comment",
        "instruction",
        "nested",
        "text",
        "text_attribute",
        "text_nested",
        "link",
        "link_nested",
        "style_nested",
    ],
)
def test_what_grows_without_end_is_refused_after_a_few_pieces(make_xlsx, part, head, again):
    path = make_xlsx([["x"]], parts={part: (head + again * (BIG // len(again))).decode()})
    assert path.stat().st_size < BIG // 50
    code, read, peak = read_counting(path)
    assert code == "imports.bomb"
    assert read < 2 * 1024**2
    assert peak < 4 * 1024**2


def test_a_long_list_in_a_small_part_is_refused(make_xlsx):
    links = "".join(f'<Relationship Id="{at}"/>' for at in range(100_001))
    assert read_counting(make_xlsx([["x"]], parts={LINKS: f"<r>{links}</r>"}))[0] == "imports.bomb"
    assert read_counting(
        make_xlsx([["x"]], parts={STYLES: f"<r><cellXfs>{'<xf/>' * 100_001}</cellXfs></r>"})
    )[0] == ("imports.bomb")


def test_what_a_spreadsheet_can_hold_is_read(make_xlsx):
    rows = [["茶" * 32_767, "x"], [("=", "1+" * 4_000 + "1", "2"), "y"]]
    path = make_xlsx(rows, parts={TEXTS: "<sst>" + "<si><t>龙井</t></si>" * 3 + "</sst>"})
    with workbook.opened(path) as archive:
        [sheet] = workbook.sheets(archive)
        found = [[cell.text for cell in row.cells] for row in workbook.rows(archive, sheet)]
    assert found == [["茶" * 32_767, "x"], ["2", "y"]]


@pytest.mark.parametrize("encoding", ["foo", "gbk", "utf-7"])
def test_xml_in_an_encoding_that_is_not_allowed_is_refused(make_xlsx, encoding):
    sheet = f'<?xml version="1.0" encoding="{encoding}"?><worksheet/>'
    assert read_counting(make_xlsx([["x"]], parts={MAIN: sheet}))[0] == "imports.broken_workbook"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_workbook_is_refused_or_told_never_a_crash(importing, make_xlsx, orders, data):
    whole = make_xlsx(orders()).read_bytes()
    at, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 4))
    path = make_xlsx([["x"]])
    path.write_bytes(whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + length :])
    with suppress(UsageError):
        importing.told(path, "orders")


@pytest.mark.parametrize("column", [2, 3, 4])
@pytest.mark.parametrize("raw", ["1e9999999", "1e16", "9" * 60])
def test_a_figure_no_store_takes_is_a_row_error(importing, make_xlsx, column, raw):
    row = ["2026-11-19", "36001", "1", "1", "1"]
    row[column] = ("raw", raw)
    told = importing.told(make_xlsx([FIGURE, row]), "traffic")
    assert [(e.row, e.column, e.code) for e in told.errors] == [(2, FIGURE[column], "figure_too_large")]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("商品数量", "2147483648", "figure_too_large"),
        ("订单提交时间", "2026-11-19T08:30:00+99:99", "date_malformed"),
        ("订单提交时间", "2026-11-19T08:30:00+14:01", "date_malformed"),
        ("商家编码", "c" * 129, "code_too_long"),
    ],
)
def test_what_an_order_cannot_hold_is_a_row_error(importing, make_csv, orders, column, value, code):
    told = importing.told(make_csv(orders({column: value})), "orders")
    assert [(e.row, e.column, e.code) for e in told.errors] == [(2, column, code)]


def test_the_largest_values_are_stored_by_each_database(importing_both, make_csv, orders):
    largest = {"商品数量": "2147483647", "订单应付金额": "1000000000000000", "商家编码": "c" * 128}
    importing_both.take(make_csv(orders({**largest, "订单状态": "待\0发货"})), "orders")
    [line] = importing_both.catalog.open_lines("do")
    assert (line["quantity"], line["paid"], line["state"]) == (2**31 - 1, 10**17, "unknown")


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("count", "12²"),
        ("count", "①"),
        ("count", "٣"),
        ("money", "½"),
        ("ratio", "3²%"),
        ("instant", "2026-11-²0"),
        ("day", "٢٠٢٦1120"),
        ("money", "1.00000000000000000000000000000001"),
    ],
)
def test_a_sign_that_only_resembles_a_digit_and_a_fraction_of_any_length_are_refused(reader, text):
    with pytest.raises(BadCellError):
        READERS[reader](Cell(text))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_cell_without_end_is_told_as_such(importing, make_csv, orders, encoding):
    head, row = orders()
    path = make_csv([head, ["x" * 131_073, *row[1:]]], encoding)
    with pytest.raises(UsageError) as caught:
        importing.told(path, "orders")
    assert (caught.value.code, caught.value.params["line"]) == ("imports.cell_too_long", 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_line_without_end_is_not_read_to_its_end(importing, make_csv, encoding):
    path = make_csv("a,b\n" + "x," * (4 * 1024**2 + 1), encoding)
    with pytest.raises(UsageError) as caught:
        importing.told(path, "orders")
    assert (caught.value.code, caught.value.params["line"]) == ("imports.line_too_long", 2)


ANY = st.text(max_size=40) | st.text("0123456789+-.,eE:/T%年月日²٣元万 ", max_size=40)


@settings(max_examples=400)
@given(st.sampled_from(sorted(READERS)), ANY, st.booleans())
def test_any_cell_gives_what_both_databases_store_or_a_row_error(reader, text, number):
    with suppress(BadCellError):
        value = READERS[reader](Cell(text, number=number))
        assert not isinstance(value, int) or -(2**63) <= value < 2**63
        assert not isinstance(value, str) or ("\0" not in value and value.encode())
