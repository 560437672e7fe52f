"""Mapping files: which column of an export is which field, which words mean what, which columns are personal data."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from offshelf.catalog.files.model import FileKind, MappingInfo
from offshelf.kit.digest import sm3
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.shops import Platform
from offshelf.vocabulary.trade import OrderState

CERTAINTIES = ("known", "partly", "inferred", "own")
_UNITS = {"count": "count", "fen": "money", "ppm": "ratio"}
_CASES = ("merchant", "others", "nobody", "unknown")
_ASKS = ("open", "closed")
# Field: (type, must the file have it). What a kind needs to become an observation.
_FIELDS: dict[FileKind, dict[str, tuple[str, bool]]] = {
    FileKind.PRODUCTS: {
        "listing_id": ("id", True),
        "title": ("text", True),
        "state": ("word", False),
        "merchant_code": ("code", False),
        "price": ("money", False),
        "sku_id": ("id", False),
        "sku_code": ("code", False),
        "sku_title": ("text", False),
        "stock": ("count", False),
    },
    FileKind.ORDERS: {
        "order_id": ("id", True),
        "line_id": ("id", False),
        "listing_id": ("id", True),
        "sku_id": ("id", False),
        "sku_code": ("code", False),
        "sku_title": ("text", False),
        "quantity": ("quantity", True),
        "paid": ("money", False),
        "state": ("word", True),
        "aftersale": ("word", False),
        "created_at": ("instant", True),
        "paid_at": ("instant", False),
        "shipped_at": ("instant", False),
        "completed_at": ("instant", False),
        "ship_by": ("instant", False),
    },
    FileKind.AFTERSALES: {
        "aftersale_id": ("id", True),
        "order_id": ("id", True),
        "listing_id": ("id", False),
        "sku_id": ("id", False),
        "sku_code": ("code", False),
        "state": ("word", True),
        "amount": ("money", False),
        "created_at": ("instant", False),
        "updated_at": ("instant", False),
    },
    FileKind.TRAFFIC: {"day": ("day", True), "listing_id": ("id", False)},
    FileKind.MARKETING: {"day": ("day", True), "listing_id": ("id", False)},
}
_WORDS: dict[tuple[FileKind, str], frozenset[str]] = {
    (FileKind.PRODUCTS, "state"): frozenset(Shelf),
    (FileKind.ORDERS, "state"): frozenset(OrderState),
    (FileKind.ORDERS, "aftersale"): frozenset(_ASKS),
    (FileKind.AFTERSALES, "state"): frozenset(_CASES),
}
# Column names that tell of a person whatever the console; a mapping may not read them.
_PERSONAL = re.compile(
    r"收件|收货人|收货地|姓名|手机|电话|地址|昵称|身份证|微信号|邮箱|买家|买方|用户名|街道"
)
_FIGURE = re.compile(r"[a-z][a-z0-9_]{1,60}")
_MAPPING_LIMIT = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Column:
    """One field: its names in the export, how to read it, and whether every row must hold it."""

    field: str
    names: tuple[str, ...]
    type: str
    required: bool
    unit: str = ""  # of a figure: count, fen, ppm


@dataclass(frozen=True, slots=True)
class FileMapping:
    """The columns of one export of one console."""

    platform: Platform
    kind: FileKind
    columns: tuple[Column, ...]
    drop: frozenset[str]
    words: Mapping[str, Mapping[str, str]]
    info: MappingInfo

    def by_name(self) -> dict[str, Column]:
        """Return columns by plain name."""
        return {plain(name): column for column in self.columns for name in column.names}

    def personal(self, name: str) -> bool:
        """Tell whether a column holds personal data."""
        return plain(name) in self.drop or bool(_PERSONAL.search(name))


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a column name without what differs between versions of an export: width, case, spaces, `(元)`."""
    text = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return text.removesuffix("(元)").strip("*\ufeff")


@cache
def shipped() -> tuple[FileMapping, ...]:
    """Return every mapping that comes with the program."""
    folder = resources.files("offshelf.catalog.files").joinpath("mappings")
    found = []
    for platform in Platform:
        for kind in FileKind:
            entry = folder.joinpath(platform.value, f"{kind.value}.toml")
            if entry.is_file():
                name = f"{platform.value}/{kind.value}.toml"
                found.append(_read(name, entry.read_bytes(), platform, kind))
    return tuple(found)


def mapping_for(platform: Platform, kind: FileKind, own: Path | None) -> FileMapping:
    """Return the mapping of a console's export, or the merchant's own. Raises `UsageError` where it cannot be used."""
    if own is not None:
        try:
            data = own.read_bytes()[: _MAPPING_LIMIT + 1]
        except OSError as error:
            raise UsageError("imports.cannot_read", path=str(own), why=error.strerror or "-") from error
        return _read(own.name, data, platform, kind)
    for mapping in shipped():
        if (mapping.platform, mapping.kind) == (platform, kind):
            return mapping
    raise UsageError("imports.no_mapping", platform=platform.value, export=kind.value)


def _read(name: str, data: bytes, platform: Platform, kind: FileKind) -> FileMapping:
    try:
        document = tomllib.loads(data[:_MAPPING_LIMIT].decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError("imports.mapping_bad", file=name, why=str(error)) from error
    if (document.get("platform"), document.get("kind")) != (platform.value, kind.value):
        told = f"{document.get('platform')}/{document.get('kind')}"
        raise UsageError("imports.mapping_bad", file=name, why=f"{told} ≠ {platform.value}/{kind.value}")
    certainty = str(document.get("certainty", "own"))
    if certainty not in CERTAINTIES:
        raise UsageError("imports.mapping_bad", file=name, why=f"certainty = {certainty}")
    columns = (*_columns(name, document, kind), *_figures(name, document, kind))
    _refuse_doubles(name, columns, kind)
    return FileMapping(
        platform=platform,
        kind=kind,
        columns=columns,
        drop=frozenset(plain(column) for column in _strings(name, "drop", document.get("drop", []))),
        words=_words(name, document, kind),
        info=MappingInfo(name, certainty, str(document.get("observed_on", "")), sm3(data)),
    )


def _columns(name: str, document: Mapping[str, Any], kind: FileKind) -> Iterable[Column]:
    known = _FIELDS[kind]
    for field, names in _table(name, "columns", document).items():
        if field not in known:
            raise UsageError("imports.mapping_bad", file=name, why=f"columns.{field}")
        type_, required = known[field]
        yield Column(field, _named(name, field, names), type_, required)


def _figures(name: str, document: Mapping[str, Any], kind: FileKind) -> Iterable[Column]:
    for figure, entry in _table(name, "figures", document).items():
        unit = entry.get("unit") if isinstance(entry, dict) else None
        if not kind.figures or unit not in _UNITS or not _FIGURE.fullmatch(figure):
            raise UsageError("imports.mapping_bad", file=name, why=f"figures.{figure}")
        yield Column(
            figure, _named(name, figure, entry.get("names")), _UNITS[unit], required=False, unit=unit
        )


def _named(file: str, field: str, names: object) -> tuple[str, ...]:
    found = _strings(file, field, names)
    for name in found:
        if _PERSONAL.search(name):
            raise UsageError("imports.mapping_personal", file=file, column=name)
    return found


def _strings(file: str, what: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise UsageError("imports.mapping_bad", file=file, why=what)
    return tuple(value)


def _table(file: str, what: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    value = document.get(what, {})
    if not isinstance(value, dict):
        raise UsageError("imports.mapping_bad", file=file, why=what)
    return value


def _refuse_doubles(file: str, columns: Sequence[Column], kind: FileKind) -> None:
    seen: set[str] = set()
    for column in columns:
        for name in {plain(name) for name in column.names}:
            if name in seen:
                raise UsageError("imports.mapping_bad", file=file, why=f"{name} ×2")
            seen.add(name)
    present = {column.field for column in columns}
    missing = [field for field, (_, required) in _FIELDS[kind].items() if required and field not in present]
    if missing or (kind.figures and not any(column.unit for column in columns)):
        raise UsageError("imports.mapping_bad", file=file, why=", ".join(missing) or "figures")


def _words(file: str, document: Mapping[str, Any], kind: FileKind) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for field, words in _table(file, "words", document).items():
        allowed = _WORDS.get((kind, field), frozenset())
        if not isinstance(words, dict) or not allowed or not set(words.values()) <= allowed:
            raise UsageError("imports.mapping_bad", file=file, why=f"words.{field}")
        found[field] = {plain(word): meaning for word, meaning in words.items()}
    return found
