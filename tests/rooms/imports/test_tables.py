"""Files as the consoles and people's spreadsheets make them: encodings, titles, headers of two rows, totals."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.kit.errors import UsageError
from offshelf.vocabulary.shops import Platform

TRAFFIC = [["日期", "商品ID", "商品曝光次数", "成交金额"], ["2026-11-19", "36001", "1,200", "¥12.50"]]


def code(importing, path, kind="orders", platform=Platform.DOUYIN, **more):
    before = importing.contents()
    with pytest.raises(UsageError) as caught:
        importing.preview(path, kind, platform, **more)
    assert importing.contents() == before
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_and_delimiter_reads_alike(importing, make_csv, orders, encoding, delimiter):
    told = importing.told(make_csv(orders(), encoding, delimiter=delimiter), "orders")
    assert told.first[0]["lines"][0]["paid"] == 122890
    assert told.first[0]["raw_status"] == "待发货"
    assert told.error_count == 0


def test_a_file_is_known_by_its_content_not_its_name(importing, make_csv, make_xlsx, orders):
    assert importing.told(make_csv(orders(), name="a.xlsx"), "orders").layout.form == "csv utf-8-sig"
    assert importing.told(make_xlsx(orders(), name="a.csv"), "orders").layout.form == "xlsx"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "imports.empty"),
        (b" \r\n\n", "imports.empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "imports.old_workbook"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "imports.not_a_table"),
        (b"%PDF-1.7", "imports.not_a_table"),
        (b"a\0b,c\n", "imports.not_a_table"),
        (b"PK\x03\x04 no archive", "imports.broken_workbook"),
        (b"a,b\n1,2\n", "imports.unknown_header"),
    ],
)
def test_what_is_no_export_is_refused(importing, tmp_path, data, error):
    (tmp_path / "f").write_bytes(data)
    assert code(importing, tmp_path / "f").code == error


def test_a_file_that_is_not_there_is_told(importing, tmp_path):
    assert code(importing, tmp_path / "no.csv").code == "imports.cannot_read"


def test_two_encodings_in_one_file_are_refused_with_the_line(importing, make_csv, orders):
    path = make_csv(orders({}, {"订单状态": "已完成订单"}), "utf-8")
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([*lines[:2], lines[2].decode().encode("gbk"), b""]))
    error = code(importing, path)
    assert (error.code, error.params["line"]) == ("imports.mixed_encodings", 3)


def test_bytes_of_no_encoding_are_refused_with_the_line(importing, make_csv, orders):
    path = make_csv(orders(), "gbk")
    path.write_bytes(path.read_bytes() + b"\xff\xff\xff,\n")
    error = code(importing, path)
    assert (error.code, error.params["line"]) == ("imports.bad_bytes", 3)


def test_a_quote_left_open_is_refused_with_its_line(importing, make_csv, orders):
    path = make_csv(orders())
    path.write_bytes(path.read_bytes() + b'"69179' + b"\r\nx,y\r\n" * 3)
    error = code(importing, path)
    assert (error.code, error.params["line"]) == ("imports.broken_quotes", 3)


def test_rows_are_named_by_their_line_in_the_file(importing, make_csv, orders):
    rows = orders({"商家编码": "two\nlines"}, {"子订单编号": "69179267688236437 53"})
    told = importing.told(make_csv(rows), "orders")
    assert [(e.row, e.column, e.code) for e in told.errors] == [(4, "子订单编号", "id_malformed")]


def test_titles_above_and_totals_below_are_passed_over(importing, make_csv):
    rows = [
        ["商品流量数据"],
        ["导出时间：2026-11-20 09:00:00"],
        [],
        *TRAFFIC,
        ["合计", "", "1,200", "12.5"],
        ["注：次日更新"],
    ]
    told = importing.told(make_csv(rows), "traffic", as_of=None)
    assert (told.layout.header_row, told.rows.read, told.rows.totals) == (4, 1, 2)
    assert (told.as_of, told.as_of_from) == (datetime(2026, 11, 20, 1, tzinfo=UTC), "file")


def test_a_header_of_two_rows_with_merged_cells(importing, make_csv):
    rows = [
        ["日期", "商品", "", "流量", ""],
        ["", "商品ID", "商品名称", "商品曝光次数", "商品点击次数"],
        ["2026-11-19", "36001", "茶", 7, 3],
    ]
    told = importing.told(make_csv(rows), "traffic")
    assert (told.layout.header_row, told.rows.read) == (2, 1)
    assert [(f["name"], f["value"]) for f in told.first[0]["figures"]] == [
        ("traffic.product_exposures", 7),
        ("traffic.product_clicks", 3),
    ]


def test_a_header_that_comes_again_is_no_row(importing, make_csv, orders):
    rows = orders()
    assert importing.told(make_csv([*rows, *rows]), "orders").rows.repeated == 1


def test_a_column_that_stands_twice_is_refused(importing, make_csv):
    rows = [[*row, row[2]] for row in TRAFFIC]
    assert code(importing, make_csv(rows), "traffic").code == "imports.column_twice"


def test_another_consoles_export_is_refused_with_what_it_looks_like(importing, make_csv, orders):
    error = code(importing, make_csv(orders()), "orders", Platform.WECHAT_CHANNELS)
    assert (error.code, error.params["looks"]) == ("imports.other_export", "douyin/orders")
    error = code(importing, make_csv(orders()), "products")
    assert (error.params["other_platform"], error.params["other_export"]) == ("douyin", "orders")


def test_ids_that_were_all_rounded_refuse_the_file(importing, make_csv, orders):
    rows = orders(
        *({"主订单编号": f"69179267688236{n}0000", "子订单编号": f"a{n}"} for n in ("1", "2")),
    )
    error = code(importing, make_csv(rows))
    assert (error.code, error.params["column"]) == ("imports.ids_rounded", "主订单编号")


@pytest.mark.parametrize(
    ("as_of", "error"),
    [
        (None, "imports.as_of_needed"),
        (datetime(2026, 11, 22, tzinfo=UTC), "imports.as_of_future"),
        (datetime(2026, 11, 19, tzinfo=UTC), "imports.as_of_too_early"),
    ],
)
def test_the_instant_of_the_export_must_be_told_and_possible(importing, make_csv, orders, as_of, error):
    assert code(importing, make_csv(orders()), as_of=as_of).code == error


def test_personal_columns_are_named_as_not_read_and_never_shown(importing, make_csv, orders):
    told = importing.told(make_csv(orders()), "orders")
    assert told.layout.dropped == ("收件人",)
    assert "李明" not in repr(told)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_told_row_by_row_never_a_crash(importing, make_csv, orders, data):
    whole = make_csv(
        orders({}, {"子订单编号": "x2"}), data.draw(st.sampled_from(["utf-8", "gbk"]))
    ).read_bytes()
    at, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 20))
    path = make_csv("")
    path.write_bytes(whole[:at] + data.draw(st.binary(max_size=12)) + whole[at + length :])
    with suppress(UsageError):
        told = importing.told(path, "orders")
        assert told.counts.new + told.counts.left_out + told.rows.refused > 0


def test_a_million_rows_are_not_held_in_memory(importing, make_csv, orders):
    # In small: the rows pass one by one, and a preview of any length shows five things and fifty errors.
    rows = orders(*({"主订单编号": f"69{n:017d}", "子订单编号": f"s{n}"} for n in range(1, 5001)))
    steps = []
    told = importing.told(make_csv(rows), "orders", progress=lambda *step: steps.append(step))
    assert (told.rows.read, told.counts.new, len(told.first)) == (5000, 5000, 5)
    assert steps[:3] == [
        ("import_rows", 2000, None),
        ("import_rows", 4000, None),
        ("import_rows", 5000, 5000),
    ]


def test_a_few_common_columns_do_not_name_another_export(importing, make_csv):
    header = ["商品ID", "商品名称", "a", "b", "c", "d", "e", "f"]
    path = make_csv([header, ["3600000000000000001", "茶", "1", "2", "3", "4", "5", "6"]])
    with pytest.raises(UsageError) as caught:
        importing.take(path, "orders")
    assert caught.value.code == "imports.unknown_header"
    assert "订单" in str(caught.value.params["missing"])
