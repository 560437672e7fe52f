"""Writes workbooks part by part, so that a test can make them as odd as it likes."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def cell_xml(place: str, value: Any) -> str:
    """Return a cell: text inline, numbers as they print, `("=", formula, stored)` and `("date", days)`."""
    match value:
        case None:
            return ""
        case ("=", formula, stored):
            inner = "" if stored is None else f"<v>{escape(stored)}</v>"
            return f'<c r="{place}" t="str"><f>{escape(formula)}</f>{inner}</c>'
        case ("date", days):
            return f'<c r="{place}" s="1"><v>{days}</v></c>'
        case ("raw", text):
            return f'<c r="{place}"><v>{text}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{value!r}</v></c>'
        case _:
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def sheet_xml(rows: list[list[Any]]) -> str:
    """Return the XML of a sheet."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(cell_xml(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def write_xlsx(path: Path, *sheets: list[list[Any]], parts: dict[str, str] | None = None) -> Path:
    """Write a workbook with these sheets; `parts` replaces or adds parts of the archive."""
    names = [f"sheet{at}" for at in range(1, len(sheets) + 1)]
    book = "".join(f'<sheet name="{n}" sheetId="{at}" r:id="r{at}"/>' for at, n in enumerate(names, 1))
    links = "".join(
        f'<Relationship Id="r{at}" Target="worksheets/{n}.xml"/>' for at, n in enumerate(names, 1)
    )
    found = {
        "[Content_Types].xml": _TYPES,
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>{book}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/{n}.xml": sheet_xml(rows) for n, rows in zip(names, sheets, strict=True)},
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in found.items():
            archive.writestr(name, text)
    return path
