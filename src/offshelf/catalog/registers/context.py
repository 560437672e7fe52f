"""What reading a register needs besides the file, and what it gathers: faults, and names to look up in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from offshelf.catalog.registers.fields import Fields, shown
from offshelf.catalog.registers.model import Fault
from offshelf.catalog.registers.proofs import Proof
from offshelf.vocabulary.codes import LONGEST, plain_code
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.statements import Licence, Statement


@dataclass(slots=True)
class Asked:
    """A name that must be known: where it stands, and the shop its place is of (empty: any)."""

    name: str
    line: int
    where: str
    shop_id: str = ""


Thing = Statement | Licence | Place
T = TypeVar("T", bound=Thing)


@dataclass(slots=True)
class Written:
    """A thing as it was read, and where a person finds it."""

    thing: Thing
    line: int
    where: str


@dataclass(slots=True)
class Context:
    """One reading of one file. `at` is what the file is true for, `by` who says it, `digest` the SM3 of a file.

    `file` is the register itself. `shows` tells whether a file is one that shows something (`proofs.Proofs.shows`).
    `dated` tells that somebody said `at`: without, what was declared before and stands unchanged is no newer than it was.
    """

    now: datetime
    at: datetime
    by: str
    file: Path
    shops: Collection[str]
    digest: Callable[[Path], str]
    shows: Callable[[Path], bool]
    dated: bool = False
    faults: list[Fault] = field(default_factory=list)
    codes: list[Asked] = field(default_factory=list)  # the merchant's codes
    listings: list[Asked] = field(default_factory=list)  # platform ids in the shop of their place
    scopes: list[Asked] = field(default_factory=list)  # a plan, a listing or a code
    evidence: dict[str, Path] = field(default_factory=dict)  # by hash
    proofs: list[Proof] = field(default_factory=list)
    undated: list[Written] = field(default_factory=list)  # of which nobody said when it was true
    places: list[Written] = field(default_factory=list)

    def made(self, item: Fields, thing: T, *, once: bool = False) -> T:
        """Remember whether an item says when it is true, and return what was read of it."""
        return self.read(thing, item.line, item.where, dated=item.node("at") is not None, once=once)

    def read(self, thing: T, line: int, where: str, *, dated: bool = False, once: bool = False) -> T:
        """Remember where a thing was read, and that nobody said when it is true.

        `once`: it happened at one instant, which only the item itself can say; what the whole file is true for does not.
        """
        written = Written(thing, line, where)
        if isinstance(thing, Place):
            self.places.append(written)
        if not dated and (once or not self.dated):
            self.undated.append(written)
        return thing

    def instant(self, item: Fields) -> datetime:
        """Return what an item is true for: its own `at`, else the file's."""
        at = item.instant("at") or self.at
        if at > self.now:
            item.complain("at", "in_future")
        return at

    def shop(self, item: Fields, name: str = "shop", *, required: bool = False) -> str:
        """Return a shop we have, or ""."""
        shop_id = item.text(name, 64, required=required)
        if shop_id and shop_id not in self.shops:
            item.complain(
                name, "unknown_shop", value=shown(shop_id), known=", ".join(sorted(self.shops)) or "–"
            )
        return shop_id

    def code(self, name: str, line: int, where: str) -> str:
        """Remember a merchant's code to be looked up, and return it as codes are kept."""
        code = plain_code(name)
        if not code:
            self.faults.append(Fault(line, where, "empty", {}))
        elif len(code) > LONGEST:
            self.faults.append(Fault(line, where, "too_long", {"limit": LONGEST}))
        else:
            self.codes.append(Asked(code, line, where))
        return code

    def proof(self, item: Fields) -> str:
        """Return the hash of the file an item names as evidence, or "" where it names none."""
        named = item.text("evidence", 1_000)
        if not named:
            return ""
        code, digest = self.digest_of(named)
        if code:
            item.complain("evidence", code, path=shown(named))
        return digest

    def must_show(self, item: Fields, digest: str) -> None:
        """Complain where the file that an item names as evidence is none that shows anything: bytes are no proof."""
        path = self.evidence.get(digest)
        if path is None:
            return  # complained of already, or none named
        try:
            if not self.shows(path):
                item.complain("evidence", "evidence_unknown", path=shown(path.name))
        except OSError:
            item.complain("evidence", "cannot_read", path=shown(path.name))

    def prove(self, item: Fields, digest: str, proves: str, ended_at: datetime | None = None) -> None:
        """Remember what the file proves that an item names as evidence."""
        where = f"{item.where}.evidence"
        self.proofs.append(Proof(digest, proves, item.line_of("evidence"), where, ended_at))

    def digest_of(self, named: str) -> tuple[str, str]:
        """Return (what is wrong, "") or ("", hash) of a file named from the register's folder."""
        path = self.file.parent / named
        try:
            if not path.is_file():
                return ("not_a_file" if path.exists() else "no_such_file"), ""
            if path.samefile(self.file):
                return "evidence_itself", ""
            if path.stat().st_size == 0:
                return "empty_file", ""
            digest = self.digest(path)
        except (OSError, ValueError):  # a name no file can have, or no right to read it
            return "cannot_read", ""
        self.evidence[digest] = path
        return "", digest
