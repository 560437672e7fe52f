"""Workbooks: values exactly as stored, formulas as text, and nothing that unfolds without end."""

from __future__ import annotations

import zipfile

import pytest

from offshelf.catalog.files import workbook
from offshelf.catalog.files.model import Cell
from offshelf.kit.errors import UsageError

TRAFFIC = ["日期", "商品ID", "商品曝光次数", "成交金额", "点击率"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(path, limits=workbook.LIMITS):
    with workbook.opened(path, limits) as archive:
        sheet = workbook.sheets(archive)[0]
        return [(row.number, row.cells) for row in workbook.rows(archive, sheet, limits)]


def code(path, limits=workbook.LIMITS):
    with pytest.raises(UsageError) as caught:
        read(path, limits)
    return caught.value.code


def test_cells_are_read_as_stored(make_xlsx):
    row = [
        "茶",
        None,
        12.5,
        ("raw", "3.6E+18"),
        ("date", 46345),
        ("=", "HYPERLINK(1)", None),
        ("=", "1+1", "2"),
    ]
    assert read(make_xlsx([row])) == [
        (
            1,
            [
                Cell("茶"),
                Cell(""),
                Cell("12.5", number=True),
                Cell("3.6E+18", number=True),
                Cell("46345", number=True, date=True),
                Cell("=HYPERLINK(1)"),
                Cell("2"),
            ],
        )
    ]


def test_shared_texts_prefixes_and_rows_without_places(make_xlsx):
    texts = f'<x:sst xmlns:x="{MAIN}"><x:si><x:r><x:t>明前</x:t></x:r><x:r><x:t>龙井</x:t></x:r><x:rPh><x:t>ming</x:t></x:rPh></x:si></x:sst>'
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c/><x:c t="s"><x:v>0</x:v></x:c></x:row>'
        '<x:row r="7"><x:c r="C7" t="b"><x:v>1</x:v></x:c><x:c r="D7" t="e"><x:v>#N/A</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    path = make_xlsx([["x"]], parts={"xl/sharedStrings.xml": texts, "xl/worksheets/sheet1.xml": sheet})
    assert read(path) == [(1, [Cell(""), Cell("明前龙井")]), (7, [Cell(""), Cell(""), Cell("1")])]


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "aa">]><worksheet/>'},
        {
            "xl/sharedStrings.xml": '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>'
        },
        {"xl/worksheets/sheet1.xml": '<!DOCTYPE x SYSTEM "file:///etc/hostname"><worksheet/>'},
        {"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row>"},
        {"xl/worksheets/sheet1.xml": '<worksheet><row r="1"><c r="A1" t="s"><v>9</v></c></row></worksheet>'},
        {"xl/worksheets/sheet1.xml": '<worksheet><row r="1"><c r="ZZZ1"><v>9</v></c></row></worksheet>'},
        {
            "xl/worksheets/sheet1.xml": '<worksheet><row r="1"><c r="B1"><v>9</v></c><c r="A1"><v>9</v></c></row></worksheet>'
        },
        {"xl/worksheets/sheet1.xml": '<worksheet><row r="x"/></worksheet>'},
        {
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="gone.xml"/></Relationships>'
        },
        {"xl/workbook.xml": "no xml"},
    ],
)
def test_what_no_spreadsheet_program_writes_is_refused(make_xlsx, parts):
    assert code(make_xlsx([["x"]], parts=parts)) == "imports.broken_workbook"


def test_what_unfolds_to_too_much_is_refused_before_it_is_opened(make_xlsx):
    path = make_xlsx([["x"]], parts={"xl/bomb.xml": " " * 1_000_000})
    assert code(path, workbook.LIMITS._replace(unfolded=999_999)) == "imports.bomb"
    assert code(path, workbook.LIMITS._replace(parts=3)) == "imports.bomb"
    assert code(path, workbook.LIMITS._replace(ratio_from=1000)) == "imports.bomb"


def test_shared_texts_of_endless_length_are_refused(make_xlsx):
    texts = "<sst>" + "<si><t>abc</t></si>" * 50 + "</sst>"
    path = make_xlsx([["x"]], parts={"xl/sharedStrings.xml": texts})
    assert code(path, workbook.LIMITS._replace(texts=500)) == "imports.bomb"


def test_a_cut_off_archive_is_refused(make_xlsx):
    path = make_xlsx([["x" * 1000]])
    path.write_bytes(path.read_bytes()[:-40])
    assert code(path) == "imports.broken_workbook"


def test_a_part_changed_after_packing_is_refused(make_xlsx):
    path = make_xlsx([["x" * 1000]])
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 60
    data = bytearray(path.read_bytes())
    data[at : at + 8] = b"\0" * 8
    path.write_bytes(bytes(data))
    assert code(path) == "imports.broken_workbook"


def test_a_sheet_of_notes_before_the_table_is_passed_over(importing, make_xlsx):
    notes = [["说明"], ["本表为商品流量数据"]]
    table = [TRAFFIC, [("date", 46345), "36001", 1200, 12.300000000000001, "3.5%"]]
    told = importing.told(make_xlsx(notes, table), "traffic")
    assert (told.layout.form, told.layout.sheet) == ("xlsx", "sheet2")
    assert [
        (f["day"], f["listing_id"], f["name"], f["value"], f["unit"]) for f in told.first[0]["figures"]
    ] == [
        ("2026-11-19", "36001", "traffic.product_exposures", 1200, "count"),
        ("2026-11-19", "36001", "traffic.sold_amount", 1230, "fen"),
        ("2026-11-19", "36001", "traffic.click_rate", 35000, "ppm"),
    ]


def test_ids_stored_as_numbers_are_told_row_by_row(importing, make_xlsx, orders):
    head, row = orders()
    row[2] = ("raw", "3.6E+18")
    told = importing.told(make_xlsx([head, row]), "orders")
    assert [(e.row, e.column, e.code) for e in told.errors] == [(2, "商品ID", "id_lost_digits")]


SHEET = b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"%s><is><t>%s</t></is></c></row></sheetData></worksheet>'


@pytest.mark.parametrize(
    "content",
    [
        SHEET % (b"", b"x" * 70_000),
        SHEET % (b' s="' + b"1" * 70_000 + b'"', b"x"),
        b"<worksheet " + b"a" * (6 << 20),
    ],
    ids=["cell", "attribute", "tag"],
)
def test_a_cell_or_tag_larger_than_anything_a_person_writes_is_refused(make_xlsx, tmp_path, content):
    plain, grown = make_xlsx([["a"]]), tmp_path / "grown.xlsx"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(grown, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if "worksheets" in name else old.read(name))
    assert code(grown) == "imports.bomb"
