"""The import of console exports: a preview that changes nothing, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import hashes

from offshelf.catalog.files import _store
from offshelf.catalog.files.combine import combine
from offshelf.catalog.files.effects import Effects, Verdict
from offshelf.catalog.files.mapping import FileMapping, mapping_for
from offshelf.catalog.files.model import (
    Before,
    Counts,
    FileKind,
    Imported,
    Progress,
    Record,
    RowError,
    Told,
)
from offshelf.catalog.files.parse import Parsed, Parser, Refused
from offshelf.catalog.files.table import Table, opened
from offshelf.catalog.service import Catalog
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.instants import local
from offshelf.vocabulary.shops import Shop

Note = Callable[[Tx, dict[str, Any]], None]
_PIECE = 2_000  # rows staged at once
_BATCH = 200  # things judged and written at once
_LARGEST = 2 * 1024**3  # bytes
SHOWN = 50  # errors and
_FIRST = 5  # things a preview shows


def _silent(_part: str, _done: int, _total: int | None) -> None:
    """Say nothing."""


class Preview:
    """A file that was read whole, and what importing it would do. Nothing was changed. Close it when done."""

    def __init__(self, told: Told, stage: _store.Stage, effects: Effects) -> None:
        self.told = told
        self._stage = stage
        self.effects = effects

    def errors(self) -> Iterator[RowError]:
        """Yield every row error in the order of the file."""
        return self._stage.faults()

    def things(self, size: int) -> Iterator[list[Record]]:
        """Yield the things the file tells of, those with refused rows left out."""
        return self._stage.kept(size)

    def close(self) -> None:
        """Forget the file."""
        self._stage.close()

    def __enter__(self) -> Self:
        """Keep until the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the file."""
        self.close()


class Files:
    """Imports exports of the platforms' consoles into the catalog.

    `note` writes the journal entry of an import inside its transaction: it gets `by`, `shop`, `kind`, `file`,
    `digest` (SM3), `as_of`, `mapping`, `counts` and `skipped_rows` as plain data.
    """

    def __init__(self, database: Database, catalog: Catalog, clock: Clock, note: Note) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._note = note

    def preview(
        self,
        path: Path,
        shop: Shop,
        kind: FileKind,
        *,
        mapping: Path | None = None,
        as_of: datetime | None = None,
        progress: Progress = _silent,
    ) -> Preview:
        """Read a file whole and tell what importing it would do; writes nothing.

        `as_of` is the instant of the export (UTC); without it the file must tell, or hold figures only. Raises
        `UsageError` (`imports.*`) for a file that cannot be believed as a whole; what is wrong with single rows is
        counted and told row by row.
        """
        found = mapping_for(shop.platform, kind, mapping)
        stage = _store.Stage()
        try:
            return self._read(path, shop, found, mapping is not None, as_of, stage, progress)
        except BaseException:
            stage.close()
            raise

    def _read(
        self,
        path: Path,
        shop: Shop,
        mapping: FileMapping,
        own: bool,
        as_of: datetime | None,
        stage: _store.Stage,
        progress: Progress,
    ) -> Preview:
        digest = _digest(path)
        with opened(path, mapping, own=own) as table:
            parser = Parser(mapping, table.header)
            _stage(table, parser, stage, progress)
        parser.refuse_rounded_ids(path.name)
        if parser.rows.read == 0:
            raise UsageError("imports.empty", file=path.name)
        at, at_from = self._as_of(path.name, table, mapping, as_of)
        effects = Effects(self._catalog, shop.shop_id, mapping.kind, at, digest)
        counts = Counts()
        newest, first = self._combine(stage, parser, effects, counts, progress)
        if newest is not None and newest > at:
            raise UsageError("imports.as_of_too_early", file=path.name, as_of=local(at), newest=local(newest))
        errors, parser.rows.refused = stage.fault_counts()
        told = Told(
            file=path.name,
            digest=digest,
            shop_id=shop.shop_id,
            platform=shop.platform.value,
            kind=mapping.kind,
            as_of=at,
            as_of_from=at_from,
            mapping=mapping.info,
            layout=table.layout,
            rows=parser.rows,
            counts=counts,
            unknown_words=dict(parser.unknown_words),
            errors=tuple(error for error, _ in zip(stage.faults(), range(SHOWN), strict=False)),
            error_count=errors,
            first=tuple(first),
            before=self._before(digest, shop.shop_id, mapping.kind),
        )
        return Preview(told, stage, effects)

    def _as_of(
        self, name: str, table: Table, mapping: FileMapping, given: datetime | None
    ) -> tuple[datetime, str]:
        """Return the instant of the export and who says so. The file's own date on disk says nothing."""
        now = self._clock.now()
        at, source = given or table.exported_at, "given" if given else "file"
        if at is None and mapping.kind.figures:
            return now, "now"
        if at is None:
            raise UsageError("imports.as_of_needed", file=name, export=mapping.kind.value)
        if at > now:
            raise UsageError("imports.as_of_future", as_of=local(at), now=local(now))
        return at, source

    def _combine(
        self, stage: _store.Stage, parser: Parser, effects: Effects, counts: Counts, progress: Progress
    ) -> tuple[datetime | None, list[Record]]:
        """Put rows together into things and judge them; return the newest instant told, and the first things."""
        kind = parser.mapping.kind
        column = parser.header.name_of("day" if kind.figures else _KEY[kind])
        newest: datetime | None = None
        first: list[Record] = []
        good: list[Record] = []
        done = 0
        for rows, trouble in stage.things():
            combined = combine(kind, rows, column)
            parser.rows.repeated += combined.repeated
            many = [RowError(rows[0].row, column, trouble)] if trouble == "too_many_rows" else []
            if combined.errors or many:
                stage.add((), [*combined.errors, *many], ())
            if trouble or combined.thing is None:
                counts.left_out += 1
                continue
            good.append(combined.thing)
            newest = max([*combined.thing.get("times", ()), *([newest] if newest else [])], default=None)
            if len(good) >= _BATCH:
                self._judge(stage, effects, counts, good, column, first)
                done += len(good)
                progress("import_things", done, None)
                good = []
        self._judge(stage, effects, counts, good, column, first)
        return newest, first

    def _judge(
        self,
        stage: _store.Stage,
        effects: Effects,
        counts: Counts,
        things: list[Record],
        column: str,
        first: list[Record],
    ) -> None:
        with self._database.read() as tx:
            verdicts = effects.judge(tx, things)
        _count(counts, verdicts)
        kept: list[Record] = []
        for thing, verdict in zip(things, verdicts, strict=True):
            if verdict.word == "refused":
                stage.add((), [RowError(row, column, verdict.code) for row in thing["rows"]], ())
                continue
            kept.append(thing)
            if len(first) < _FIRST:
                first.append({"what": verdict.word} | _shown(thing))
        stage.keep(kept)

    def _before(self, digest: str, shop_id: str, kind: FileKind) -> Before | None:
        with self._database.read() as tx:
            row = _store.last_import(tx, digest, shop_id, kind.value)
        return None if row is None else Before(row["at"], row["by"], row["as_of"])

    def apply(self, preview: Preview, by: str, *, skip_bad_rows: bool = False) -> Imported:
        """Write what a preview told, in one transaction, judged anew against the catalog as it is by then.

        Raises `BlockedError` when rows were refused and `skip_bad_rows` is not set; then nothing is written. With it,
        orders and listings that have a refused row are left out whole. What is known already is not written again.
        """
        told = preview.told
        if told.error_count and not skip_bad_rows:
            raise BlockedError(
                "imports.bad_rows", file=told.file, rows=told.rows.refused, count=told.error_count
            )
        counts = Counts(left_out=told.counts.left_out)
        with self._database.begin() as tx:
            for things in preview.things(_BATCH):
                verdicts = preview.effects.judge(tx, things)
                preview.effects.write(tx, verdicts)
                _count(counts, verdicts)
            written = bool(counts.new or counts.changed)
            if written:
                self._record(tx, told, counts, by)
        return Imported(written, counts, told.rows, told.digest, told.as_of)

    def _record(self, tx: Tx, told: Told, counts: Counts, by: str) -> None:
        _store.put_import(
            tx,
            {
                "digest": told.digest,
                "shop_id": told.shop_id,
                "kind": told.kind.value,
                "as_of": told.as_of,
                "at": self._clock.now(),
                "by": by,
                "name": told.file,
                "mapping": told.mapping.source[:200],
                "mapping_digest": told.mapping.digest,
                "counts": asdict(counts),
            },
        )
        self._note(
            tx,
            {
                "by": by,
                "shop": told.shop_id,
                "kind": told.kind.value,
                "file": told.file,
                "digest": told.digest,
                "as_of": local(told.as_of),
                "mapping": told.mapping.digest,
                "counts": asdict(counts),
                "skipped_rows": told.rows.refused,
            },
        )

    def list(self, shop_id: str | None = None) -> list[dict[str, Any]]:
        """Return imported files, the last first."""
        with self._database.read() as tx:
            return _store.imports(tx, shop_id)


_KEY = {
    FileKind.PRODUCTS: "listing_id",
    FileKind.ORDERS: "order_id",
    FileKind.AFTERSALES: "aftersale_id",
}


def _digest(path: Path) -> str:
    """Return the SM3 of a file of any size. Raises `UsageError` when it cannot be read."""
    hasher = hashes.Hash(hashes.SM3())
    try:
        with path.open("rb") as stream:
            size = 0
            while piece := stream.read(1024 * 1024):
                size += len(piece)
                if size > _LARGEST:
                    raise UsageError("imports.too_large", file=path.name, limit=_LARGEST // 1024**2)
                hasher.update(piece)
    except OSError as error:
        raise UsageError("imports.cannot_read", path=str(path), why=error.strerror or "-") from error
    return hasher.finalize().hex()


def _stage(table: Table, parser: Parser, stage: _store.Stage, progress: Progress) -> None:
    good: list[Parsed] = []
    faults: list[RowError] = []
    bad_keys: list[str] = []
    for row in table.rows:
        for found in parser.read(row):
            if isinstance(found, Refused):
                faults += found.errors
                bad_keys.append(found.key)
            else:
                good.append(found)
        if len(good) + len(faults) >= _PIECE:
            stage.add(good, faults, bad_keys)
            good, faults, bad_keys = [], [], []
            progress("import_rows", parser.rows.read, None)
    stage.add(good, faults, bad_keys)
    progress("import_rows", parser.rows.read, parser.rows.read)


def _count(counts: Counts, verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        name = "left_out" if verdict.word == "refused" else verdict.word
        setattr(counts, name, getattr(counts, name) + 1)


def _shown(thing: Record) -> Record:
    return {name: value for name, value in thing.items() if name not in {"rows", "times"}}
