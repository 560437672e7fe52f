"""Takes the merchant's files into force: reads what changed, settles it with the rest, stores and journals it once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.digest import sm3
from offshelf.kit.errors import UsageError
from offshelf.policy import _store
from offshelf.policy import folder as files
from offshelf.policy.load import Book
from offshelf.policy.model import Policy
from offshelf.policy.schema import Known, Pack, read_pack
from offshelf.policy.settle import Own, Settled, settle

Note = Callable[[Tx, str, str, str, dict[str, Any]], object]
_ACTOR = "offshelf"
_Rows = Mapping[str, dict[str, Any]]
_Found = Pack | tuple[UsageError, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that is not in force as it lies there. `error.<code>` says what and how to mend it; `line` 0: no line.

    `kept` tells whether an older, good text of it is still in force.
    """

    code: str
    file: str
    line: int
    params: Mapping[str, str | float]
    kept: bool


@dataclass(frozen=True, slots=True)
class Adopted:
    """A merchant's file in force: its name, version and SM3, how many values, since when."""

    file: str
    pack: str
    version: str
    digest: str
    values: int
    adopted_at: datetime


@dataclass(frozen=True)
class State:
    """What is in force after a look, and what is not and why."""

    book: Book = field(default_factory=Book)
    in_force: Mapping[str, Own] = field(default_factory=dict)
    adopted: tuple[Adopted, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    days: dict[date, Policy] = field(default_factory=dict)


class Adopter:
    """Adopts files. Whoever changes the table holds it alone and finds it as it was read, or tries again."""

    def __init__(
        self, *, folder: Path, database: Database, clock: Clock, note: Note, known: Callable[[], Known]
    ) -> None:
        self._folder = folder
        self._database = database
        self._clock = clock
        self._note = note
        self._known = known
        self._good: dict[tuple[str, str], Pack] = {}  # packs read before, by name and digest

    def adopt(self, seen: files.Seen, today: date) -> State | None:
        """Return what is in force after this look; None when somebody changed a file or the table meanwhile."""
        with self._database.read() as tx:
            rows = _by_file(_store.rows(tx))
        kept = {name: self._read(row["text"], name, None) for name, row in rows.items()}
        texts = self._texts(seen, rows)
        fresh: dict[str, _Found] = {
            name: (text,) if isinstance(text, UsageError) else self._read(text, name, today)
            for name, text in texts.items()
        }
        settled = settle(fresh, kept)
        gone = [name for name in rows if name not in texts]
        new = {
            name: str(texts[name])
            for name, own in settled.in_force.items()
            if own.pack.digest != rows.get(name, {}).get("digest")
        }
        if (new or gone) and not self._write(seen, rows, settled, new=new, gone=gone, before=kept):
            return None
        return self._state(seen, settled, rows, new)

    def kept(self) -> State:
        """Return what was adopted last, by whomever; writes nothing and does not look at the folder."""
        with self._database.read() as tx:
            rows = _by_file(_store.rows(tx))
        texts = {name: self._read(row["text"], name, None) for name, row in rows.items()}
        return self._state(files.Seen({}), settle(texts, texts), rows, {})

    def _texts(self, seen: files.Seen, rows: _Rows) -> dict[str, str | UsageError]:
        """Return the text of every file that counts; without a folder, what was adopted stands in for its files."""
        if not seen.whole:
            return {name: str(row["text"]) for name, row in rows.items()}
        found: dict[str, str | UsageError] = {}
        for name in seen.files:
            try:
                found[name] = files.read(self._folder / name)
            except UsageError as error:
                found[name] = error
        return found

    def _read(self, text: str, name: str, today: date | None) -> _Found:
        """Read a pack. What was good on the day it was adopted is not measured against today again."""
        key = (name, sm3(text.encode()))
        if key in self._good:
            return self._good[key]
        reading = read_pack(text, name, today=today, known=None if today is None else self._known())
        if reading.pack is None:
            return reading.mistakes
        self._good[key] = reading.pack
        return reading.pack

    def _write(
        self,
        seen: files.Seen,
        rows: _Rows,
        settled: Settled,
        *,
        new: Mapping[str, str],
        gone: list[str],
        before: Mapping[str, _Found],
    ) -> bool:
        with self._database.begin() as tx:
            _store.hold(tx)
            if _by_file(_store.rows(tx)) != rows or files.look(self._folder) != seen:
                return False
            for name in gone:
                _store.drop(tx, name)
                body = {
                    "file": name,
                    "digest": rows[name]["digest"],
                    "changed": _changed(before.get(name), None),
                }
                self._note(tx, _ACTOR, "policy.withdrawn", name, body)
            for name, text in new.items():
                own = settled.in_force[name]
                row = {"file": name, "digest": own.pack.digest, "text": text, "by": _ACTOR}
                _store.put(tx, row | {"adopted_at": self._clock.now()})
                body = _told(own, name) | {"changed": _changed(before.get(name), own.pack)}
                self._note(tx, _ACTOR, "policy.adopted", name, body)
        return True

    def _state(self, seen: files.Seen, settled: Settled, rows: _Rows, new: Mapping[str, str]) -> State:
        now = self._clock.now()
        return State(
            book=Book(tuple(value for own in settled.in_force.values() for value in own.values)),
            in_force=settled.in_force,
            adopted=tuple(
                Adopted(
                    file=name,
                    pack=own.pack.name,
                    version=own.pack.version,
                    digest=own.pack.digest,
                    values=len(own.values),
                    adopted_at=now if name in new else rows[name]["adopted_at"],
                )
                for name, own in sorted(settled.in_force.items())
            ),
            troubles=(*self._of_folder(seen, settled), *_troubles(settled)),
        )

    def _of_folder(self, seen: files.Seen, settled: Settled) -> tuple[Trouble, ...]:
        """Return the trouble of a folder that is not there although files of it are in force, or cannot be read."""
        folder, kept = str(self._folder), bool(settled.in_force)
        if seen.missing and kept:
            return (_trouble(UsageError("policy.folder_missing", file=folder, line=0), kept=kept),)
        if seen.why:
            error = UsageError("policy.folder_unreadable", file=folder, line=0, why=seen.why)
            return (_trouble(error, kept=kept),)
        return ()


def _by_file(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["file"]: row for row in rows}


def _told(own: Own, name: str) -> dict[str, Any]:
    weaker = sorted({value.policy_id for value in own.values if value.weaker})
    return {
        "file": name,
        "pack": own.pack.name,
        "version": own.pack.version,
        "digest": own.pack.digest,
        "weaker": weaker,
    }


def _changed(before: _Found | None, after: Pack | None) -> list[str]:
    """Return the ids of which the two packs say something else."""
    said = [
        {(value.policy_id, repr(replace(value, line=0))) for value in pack.values}
        if isinstance(pack, Pack)
        else set()
        for pack in (before, after)
    ]
    return sorted({policy_id for policy_id, _ in said[0] ^ said[1]})


def _troubles(settled: Settled) -> tuple[Trouble, ...]:
    return tuple(
        _trouble(mistake, kept=name in settled.in_force)
        for name, mistakes in sorted(settled.refused.items())
        for mistake in mistakes
    )


def _trouble(mistake: UsageError, *, kept: bool) -> Trouble:
    params = dict(mistake.params)
    return Trouble(mistake.code, str(params["file"]), int(params["line"]), params, kept)
