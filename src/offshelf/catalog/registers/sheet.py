"""Licences in a table (CSV, XLSX): headers in Chinese or English, one paper per row, or one row per paper and code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

from offshelf.catalog.files.cells import bare, code_of, day_of, id_of, text_of
from offshelf.catalog.files.mapping import plain
from offshelf.catalog.files.model import EMPTY, BadCellError, Cell, Row
from offshelf.catalog.files.table import sources
from offshelf.catalog.registers.context import Context
from offshelf.catalog.registers.fields import shown
from offshelf.catalog.registers.model import Draft, Fault
from offshelf.catalog.registers.papers import HOLDER, TITLE, covered, kind_of, no_end, unknown_end
from offshelf.catalog.registers.proofs import Proof, name_of_licence
from offshelf.catalog.registers.standing import EVERYTHING, name_of
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.codes import plain_code
from offshelf.vocabulary.statements import Licence, LicenceKind

COLUMNS = {
    "kind": ("证照类型", "证照种类", "资质类型", "类型", "kind", "type", "licence type", "license type"),
    "number": ("证照编号", "许可证编号", "证书编号", "资质编号", "备案编号", "编号", "number", "no.", "licence number", "license number"),
    "holder": ("持证人", "持有人", "主体名称", "单位名称", "经营者名称", "holder"),
    "title": ("证照名称", "资质名称", "名称", "品牌", "title", "name", "brand"),
    "covers": ("适用商品编码", "适用商品", "商品编码", "商家编码", "规格编码", "covers", "codes", "sku", "merchant code"),
    "valid_from": ("有效期自", "有效期起", "生效日期", "发证日期", "签发日期", "valid from", "issued"),
    "valid_until": ("有效期至", "有效期止", "到期日", "到期日期", "截止日期", "失效日期", "valid until", "expires", "expiry"),
    "shop": ("店铺", "店铺名称", "适用店铺", "shop"),
    "evidence": ("凭证", "凭证文件", "扫描件", "附件", "evidence", "file"),
    "replaces": ("替代证照编号", "替换证照编号", "原证照编号", "replaces"),
}  # fmt: skip
_REQUIRED = ("kind", "number", "covers", "valid_until")
_HEAD = 30  # rows among which the header is looked for
_MOST = 20_000  # rows; papers are few
_EVERYTHING = frozenset({EVERYTHING, "全部", "全部商品", "所有商品", "all"})
_BETWEEN = re.compile(r"[,，;；、|\n\r]+")
_ROUNDED = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_FORMULA = ("=", "+", "@")
_NAMES = {plain(name): field for field, names in COLUMNS.items() for name in names}


def read_sheet(ctx: Context, path: Path) -> Draft:
    """Return the papers of a table; its faults stand in the context.

    Raises `UsageError` (`imports.*`) for a file that is no table, `registers.no_header` without the columns needed.
    """
    names, rows = _table(path)
    found: dict[tuple[str, str, str], tuple[int, Licence]] = {}
    count = 0
    for row in rows:
        count += 1
        if count > _MOST:
            raise UsageError("registers.too_many_rows", file=path.name, limit=_MOST)
        paper = _Line(ctx, row, names).licence()
        if paper is not None:
            _merge(ctx, found, row.number, paper)
    if not count:
        raise UsageError("imports.empty", file=path.name)
    left = tuple(name for name in names if name and plain(name) not in _NAMES)
    papers = tuple(ctx.read(paper, line, "") for line, paper in found.values())
    ctx.proofs += [
        Proof(paper.evidence, name_of_licence(paper), line, "")
        for line, paper in found.values()
        if paper.evidence
    ]
    return Draft(path.name, licences=papers, not_read=left)


def _table(path: Path) -> tuple[list[str], Iterator[Row]]:
    with sources(path) as sheets:
        for _form, _sheet, rows in sheets:
            every = list(islice(rows, _HEAD + _MOST + 1))
            for at, row in enumerate(every[:_HEAD]):
                names = [bare(cell) for cell in row.cells]
                fields = [_NAMES[plain(name)] for name in names if plain(name) in _NAMES]
                if set(_REQUIRED) <= set(fields):
                    _refuse_doubles(path, names, row.number)
                    return names, iter(every[at + 1 :])
    needed = ", ".join(COLUMNS[field][0] for field in _REQUIRED)
    raise UsageError("registers.no_header", file=path.name, needed=needed)


def _refuse_doubles(path: Path, names: Sequence[str], row: int) -> None:
    seen: set[str] = set()
    for name in names:
        field = _NAMES.get(plain(name))
        if field in seen:
            raise UsageError("imports.column_twice", file=path.name, column=shown(name), row=row)
        seen |= {field} if field else set()


def _merge(
    ctx: Context, found: dict[tuple[str, str, str], tuple[int, Licence]], line: int, paper: Licence
) -> None:
    """Put rows of one paper together: a table may have one row for every code."""
    name = name_of(paper)
    if name not in found:
        found[name] = (line, paper)
        return
    first, before = found[name]
    if replace(before, covers=paper.covers) != paper:
        ctx.faults.append(Fault(line, "", "differs_from_row", {"other": first}))
        return
    found[name] = (first, replace(before, covers=tuple(dict.fromkeys((*before.covers, *paper.covers)))))
    wrong = covered(found[name][1].covers)
    if wrong:
        ctx.faults.append(Fault(line, "", wrong))


class _Line:
    """One row of a table of papers."""

    def __init__(self, ctx: Context, row: Row, names: Sequence[str]) -> None:
        self._ctx = ctx
        self._row = row
        self._cells = {
            _NAMES[plain(name)]: (name, row.cells[at] if at < len(row.cells) else EMPTY)
            for at, name in enumerate(names)
            if plain(name) in _NAMES
        }

    def licence(self) -> Licence | None:
        """Return the paper, or None where the row has faults."""
        before = len(self._ctx.faults)
        kind, number = self._kind(), self._number("number", required=True)
        codes, start, (end, known) = self._covers(), self._day("valid_from"), self._end()
        if start and end and end < start:
            self._complain("valid_until", "ends_before")
        paper = Licence(
            kind=kind or LicenceKind.OTHER,
            number=number,
            holder=self._text("holder", HOLDER),
            covers=codes,
            valid_from=start,
            valid_until=end,
            end_known=known,
            source="file",
            observed_at=self._ctx.at,
            shop_id=self._shop(),
            title=self._text("title", TITLE),
            evidence=self._evidence(),
            replaces=self._number("replaces"),
        )
        if paper.replaces and paper.replaces == number:
            self._complain("replaces", "itself", value=shown(number))
        return paper if len(self._ctx.faults) == before else None

    def _complain(self, field: str, code: str, **params: str | int) -> None:
        name = self._cells[field][0] if field in self._cells else ""
        self._ctx.faults.append(Fault(self._row.number, name, code, params))

    def _cell(self, field: str) -> Cell:
        return self._cells.get(field, ("", EMPTY))[1]

    def _text(self, field: str, longest: int) -> str:
        text = text_of(self._cell(field)) or ""
        if len(text) > longest:
            self._complain(field, "too_long", limit=longest)
        return text

    def _number(self, field: str, *, required: bool = False) -> str:
        """Return a number digit for digit: one that a spreadsheet has rounded is refused."""
        cell = self._cell(field)
        try:
            exact = cell.number or bool(_ROUNDED.fullmatch(bare(cell)))
            found = (id_of if exact else code_of)(cell) or ""
        except BadCellError as error:
            self._complain(field, f"cell.{error.code}")
            return ""
        if found.startswith(_FORMULA):
            self._complain(field, "formula")
        if required and not found:
            self._complain(field, "missing", name=field)
        return found

    def _kind(self) -> LicenceKind | None:
        named = text_of(self._cell("kind")) or ""
        kind = kind_of(named)
        if not named:
            self._complain("kind", "missing", name="kind")
        elif kind is None:
            self._complain("kind", "unknown_word", value=shown(named), known=", ".join(LicenceKind))
        return kind

    def _covers(self) -> tuple[str, ...]:
        cell = self._cell("covers")
        if cell.number:
            codes = [self._number("covers")]
        else:
            codes = [plain_code(piece) for piece in _BETWEEN.split(bare(cell))]
        codes = list(dict.fromkeys(EVERYTHING if code in _EVERYTHING else code for code in codes if code))
        wrong = covered(codes)
        if wrong:
            self._complain("covers", wrong)
        return tuple(dict.fromkeys(map(self._code, codes)))

    def _code(self, code: str) -> str:
        if _ROUNDED.fullmatch(code):
            self._complain("covers", "cell.id_lost_digits")
        elif code.startswith(_FORMULA):
            self._complain("covers", "formula")
        elif code != EVERYTHING:
            return self._ctx.code(code, self._row.number, self._cells["covers"][0])
        return code

    def _day(self, field: str) -> date | None:
        try:
            found = day_of(self._cell(field))
        except BadCellError as error:
            self._complain(field, f"cell.{error.code}")
            return None
        return None if found is None else date.fromisoformat(found)

    def _end(self) -> tuple[date | None, bool]:
        """Return the last day and whether the end is known; an empty cell says nothing, so it is not."""
        text = bare(self._cell("valid_until"))
        if no_end(text) or unknown_end(text):
            return None, no_end(text)
        found = self._day("valid_until")
        return found, found is not None

    def _shop(self) -> str:
        found = self._text("shop", 64)
        if found and found not in self._ctx.shops:
            known = ", ".join(sorted(self._ctx.shops)) or "–"
            self._complain("shop", "unknown_shop", value=shown(found), known=known)
        return found

    def _evidence(self) -> str:
        named = self._text("evidence", 500)
        if not named:
            return ""
        code, digest = self._ctx.digest_of(named)
        if code:
            self._complain("evidence", code, path=shown(named))
        return digest
