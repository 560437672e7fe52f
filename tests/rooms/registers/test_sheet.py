"""Licences in a table: headers in both languages, numbers digit for digit, dates as people write them."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from offshelf.catalog.registers.sheet import COLUMNS
from offshelf.kit.digest import sm3
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.statements import Licence, LicenceKind
from support.databases import START
from support.spreadsheets import write_xlsx

ZH = ["证照类型", "证照编号", "有效期至", "适用商品编码"]
EN = ["kind", "number", "valid until", "covers"]
ROW = ["食品经营许可证", "JY13301060000001", "2028-03-31", "TEA-1"]


def table(*rows, head=ZH):
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue()


def row(**fields):
    """Return head and row with some cells put in or replaced, by the first Chinese name of their column."""
    cells = dict(zip(ZH, ROW, strict=True)) | {COLUMNS[name][0]: value for name, value in fields.items()}
    return table(list(cells.values()), head=list(cells))


def read(house, text, name="papers.csv", **more):
    return house.draft(text, name, **more)


@pytest.mark.parametrize(
    "head", [ZH, EN, ["资质类型", "许可证编号", "到期日", "商家编码"], ["Type", "No.", "Expires", "SKU"]]
)
def test_headers_are_known_in_both_languages(house, head):
    draft = read(house, table(ROW, head=head))
    assert draft.faults == ()
    assert draft.licences == (
        Licence(
            LicenceKind.FOOD_LICENCE, "JY13301060000001", "", ("TEA-1",), None, date(2028, 3, 31), "file", START
        ),
    )  # fmt: skip


def test_every_column_is_read_and_others_are_named(both):
    (both.folder / "p.pdf").write_bytes(b"%PDF")
    text = row(
        holder="云朵茶业", title="凉亭山", covers="TEA-1，TEA-2；TEA-1-BOX", valid_from="2026年1月1日", shop="outlet",
        evidence="p.pdf", replaces="JY0",
    ).replace("\r\n", ",备注\r\n", 1)  # fmt: skip
    draft = read(both, text)
    assert (draft.faults, draft.not_read) == ((), ("备注",))
    both.declarations.apply(draft, by="lin")
    assert both.registers.licences() == (
        Licence(
            LicenceKind.FOOD_LICENCE, "JY13301060000001", "云朵茶业", ("TEA-1", "TEA-2", "TEA-1-BOX"), date(2026, 1, 1),
            date(2028, 3, 31), "file", START, "outlet", "凉亭山", sm3(b"%PDF"), True, "JY0",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "until", "known"),
    [
        ("2028-03-31", date(2028, 3, 31), True),
        ("2028/3/31", date(2028, 3, 31), True),
        ("2028.03.31", date(2028, 3, 31), True),
        ("2028年3月31日", date(2028, 3, 31), True),
        ("20280331", date(2028, 3, 31), True),
        ("2028-03-31 23:59:59", date(2028, 3, 31), True),
        ("长期", None, True),
        ("永久有效", None, True),
        ("", None, False),
        ("-", None, False),
        ("无", None, False),
        ("不详", None, False),
    ],
)
def test_ends_are_read_as_people_write_them(house, told, until, known):
    draft = read(house, row(valid_until=told))
    assert draft.faults == ()
    assert [(p.valid_until, p.end_known) for p in draft.licences] == [(until, known)]


def test_one_row_per_code_is_one_paper(house):
    rows = [ROW, [*ROW[:3], "TEA-2"], [*ROW[:3], "TEA-1"], ["品牌授权书", "B-1", "长期", "全部商品"]]
    draft = read(house, table(*rows))
    assert [(p.number, p.covers) for p in draft.licences] == [
        ("JY13301060000001", ("TEA-1", "TEA-2")),
        ("B-1", ("*",)),
    ]


def test_rows_of_one_paper_that_differ_are_refused(house):
    text = table(ROW, [*ROW[:2], "2029-03-31", "TEA-2"], [*ROW[:3], "*"])
    assert house.faults(text, name="p.csv") == [(3, "", "differs_from_row"), (4, "", "covers_all_and_some")]


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ({"kind": "许可"}, "证照类型", "unknown_word"),
        ({"kind": ""}, "证照类型", "missing"),
        ({"number": ""}, "证照编号", "missing"),
        ({"number": "3.6E+18"}, "证照编号", "cell.id_lost_digits"),
        ({"number": "=1+1"}, "证照编号", "formula"),
        ({"number": "@SUM(A1)"}, "证照编号", "formula"),
        ({"number": "N" * 129}, "证照编号", "cell.code_too_long"),
        ({"covers": ""}, "适用商品编码", "covers_nothing"),
        ({"covers": "TEA-9"}, "适用商品编码", "unknown_code"),
        ({"covers": "TEA-1,*"}, "适用商品编码", "covers_all_and_some"),
        ({"covers": "6.9E+12"}, "适用商品编码", "cell.id_lost_digits"),
        ({"covers": "=TEA"}, "适用商品编码", "formula"),
        ({"covers": "X" * 129}, "适用商品编码", "too_long"),
        ({"valid_until": "soon"}, "有效期至", "cell.date_malformed"),
        ({"valid_until": "2028-02-30"}, "有效期至", "cell.date_malformed"),
        ({"valid_until": "2023-04-01 至 2028-03-31"}, "有效期至", "cell.date_is_a_range"),
        ({"valid_from": "2029-01-01"}, "有效期至", "ends_before"),
        ({"shop": "kiosk"}, "店铺", "unknown_shop"),
        ({"evidence": "no.pdf"}, "凭证", "no_such_file"),
        ({"replaces": "JY13301060000001"}, "替代证照编号", "itself"),
        ({"holder": "云" * 201}, "持证人", "too_long"),
    ],
)
def test_a_doubtful_cell_is_told_with_its_row_and_column(house, fields, where, code):
    found = house.faults(row(**fields), name="p.csv")
    assert (2, where, code) in found
    assert {line for line, _, _ in found} == {2}


def test_a_workbook_keeps_numbers_and_days(house):
    rows = [
        ["登记表"],
        ZH,
        ["营业执照", 913301061234567, ("date", 46843), 1001],
        ["质检报告", "T-1", "2028-01-01", "TEA-1"],
    ]
    path = write_xlsx(house.folder / "p.xlsx", rows)
    draft = house.declarations.read(path, by="lin", new=True)
    assert draft.faults == ()
    assert [(p.number, p.valid_until, p.covers) for p in draft.licences] == [
        ("913301061234567", date(2028, 3, 31), ("1001",)),
        ("T-1", date(2028, 1, 1), ("TEA-1",)),
    ]


def test_a_number_a_spreadsheet_has_rounded_is_refused(house):
    path = write_xlsx(house.folder / "p.xlsx", [ZH, ["营业执照", 9.1330106123456789e17, "长期", "*"]])
    faults = house.declarations.read(path, by="lin").faults
    assert [(fault.line, fault.where, fault.code) for fault in faults] == [
        (2, "证照编号", "cell.id_lost_digits")
    ]


def test_chinese_files_of_old_programs_are_read(house):
    path = house.folder / "p.csv"
    path.write_bytes(row(title="凉亭山").encode("gb18030"))
    assert house.declarations.read(path, by="lin").licences[0].title == "凉亭山"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "imports.empty"),
        ("a,b\n1,2\n", "registers.no_header"),
        (table(), "imports.empty"),
        (table([*ROW, "x"], head=[*ZH, "编号"]), "imports.column_twice"),
        (table(*([ROW] * 20_001)), "registers.too_many_rows"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(house, text, code):
    before = house.contents()
    with pytest.raises(UsageError) as caught:
        read(house, text)
    assert (caught.value.code, house.contents()) == (code, before)


def test_no_name_of_a_column_means_two_things():
    names = [name.casefold() for every in COLUMNS.values() for name in every]
    assert len(names) == len(set(names))
