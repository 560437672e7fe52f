"""Registers on one database with a catalog of a few goods, and a folder with the merchant's files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from offshelf.catalog.licences.joining import join
from offshelf.catalog.places.service import ident
from offshelf.catalog.registers.declare import Around, Declarations
from offshelf.catalog.registers.model import Declared, Draft
from offshelf.catalog.registers.proofs import Sealed
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database, metadata
from offshelf.tasks.register_proofs import RegisterProofs
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.statements import Licence, LicenceKind, Statement, StatementKind
from support.databases import START
from support.evidence import evidence_store

SHOPS = ("flagship", "outlet")
GOODS = {"L1": "TEA-1", "L2": "TEA-2", "L3": "TEA-3"}


def licence(number: str = "N-1", until: date | None = date(2027, 3, 31), **more: Any) -> Licence:
    """Return a food licence for TEA-1 that was seen at the start."""
    given: dict[str, Any] = {
        "kind": LicenceKind.FOOD_LICENCE,
        "holder": "h",
        "covers": ("TEA-1",),
        "valid_from": None,
        "source": "file",
        "observed_at": START,
    }
    return Licence(number=number, valid_until=until, **(given | more))


def backup(hours: float = 0, **more: Any) -> Statement:
    """Return a statement about a backup, so many hours after the start."""
    detail = {"through": "2026-11-20T00:00:00.000Z", "rows": 7}
    at = START + timedelta(hours=hours)
    given: dict[str, Any] = {"subject": "flagship", "at": at, "by": "lin", "detail": detail}
    return Statement(StatementKind.BACKUP, **(given | more))


class Recorded(RegisterProofs):
    """The real store of evidence, which writes down what it is asked to seal."""

    def __init__(self, database: Database, sealed: list[Path]) -> None:
        super().__init__(evidence_store(database))
        self.asked = sealed

    def keep(self, path: Path) -> Sealed:
        self.asked.append(path)
        return super().keep(path)


@dataclass
class RegisterHouse:
    """The registers and what is around them. `places` are those handed on, `sealed` the files that were sealed."""

    database: Database
    clock: ManualClock
    folder: Path
    notes: list[tuple[Any, ...]] = field(default_factory=list)
    places: list[Any] = field(default_factory=list)
    sealed: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        def note(_tx: Any, *said: Any) -> None:
            self.notes.append(said)

        self.registers = Registers(database=self.database, clock=self.clock, note=note)
        self.proofs = Recorded(self.database, self.sealed)
        around = Around(
            shops=lambda: SHOPS,
            record_places=lambda _tx, found: self.places.extend(found),
            place_of=self.last_seen,
            join_papers=partial(join, self.registers),
            proofs=self.proofs,
            has_plan=lambda plan: plan == "P-261121-7KQ4M2",
        )
        self.declarations = Declarations(
            database=self.database, clock=self.clock, registers=self.registers, around=around
        )

    def last_seen(self, _tx: Any, place: Place) -> Place | None:
        """Return the newest of what was handed on under the name of a place."""
        same = [one for one in self.places if ident(one) == ident(place)]
        return max(same, key=lambda one: one.observed_at, default=None)

    def stock(self) -> None:
        """Put the goods on the flagship's shelves, and TEA-1 on the outlet's under the same id."""
        seen = [("flagship", listing, code) for listing, code in GOODS.items()] + [("outlet", "L1", "TEA-1")]
        with self.database.begin() as tx:
            Catalog(self.database).record_listings(tx, [_listing(*one) for one in seen])

    def draft(self, text: str, name: str = "register.yaml", **more: Any) -> Draft:
        """Read a text as a file."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return self.declarations.read(path, by="lin", **more)

    def declare(self, text: str, **more: Any) -> Declared:
        """Read a text that has no fault, and write it."""
        draft = self.draft(text, **more)
        assert draft.faults == ()
        return self.declarations.apply(draft, by="lin")

    def faults(self, text: str, **more: Any) -> list[tuple[int, str, str]]:
        """Return (line, where, code) of what is wrong with a text, having seen that nothing was written."""
        before = self.contents()
        draft = self.draft(text, **more)
        assert self.contents() == before
        return [(fault.line, fault.where, fault.code) for fault in draft.faults]

    def contents(self) -> dict[str, list[Any]]:
        """Return every row of the database."""
        with self.database.read() as tx:
            return {n: [tuple(r) for r in tx.execute(t.select())] for n, t in metadata.tables.items()}


def _listing(shop_id: str, listing_id: str, code: str) -> Listing:
    sku = Sku("s1", f"{code}-BOX", "盒", 100, 5, stock_at=START)
    return Listing(shop_id, listing_id, code, code, Shelf.ON, Audit.NONE, "5", 100, (sku,), START)


def at(text: str) -> datetime:
    """Return an instant."""
    return datetime.fromisoformat(text)


def one(section: str, **fields: object) -> str:
    """Return a register with one item; a field that is None is left out."""
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return f"{section}:\n  - " + "\n    ".join(lines) + "\n"


def paper(**fields: object) -> str:
    """Return a register with one food licence."""
    given = {"kind": "food_licence", "number": "N-1", "covers": "[TEA-1]", "valid_until": "2027-03-31"}
    return one("licences", **(given | fields))


def place(**fields: object) -> str:
    """Return a register with one video."""
    given = {"kind": "video", "shop": "flagship", "ref": "v1", "members": "[{code: TEA-1}]"}
    return one("places", **(given | fields))


def said(kind: str, subject: str | None, **fields: object) -> str:
    """Return a register with one statement."""
    return one("statements", kind=kind, subject=subject, **fields)
