"""A register that was sent instead of lying in a folder of the merchant, and the mark of what it would do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from offshelf.catalog.registers.declare import Declarations
from offshelf.catalog.registers.model import Declared, Draft
from offshelf.kit.digest import sm3, sm3_of

_STEM, _SUFFIX = 60, 8  # characters kept of the name of a file that was sent


def read_sent(
    declarations: Declarations,
    name: str,
    data: bytes,
    *,
    by: str,
    new: bool = False,
    as_of: datetime | None = None,
) -> Draft:
    """Read what was sent; see `Declarations.read`. It lies alone, so it can name no evidence."""
    plain = PurePath("".join(char for char in name.replace("\\", "/") if char.isprintable()).strip(".")).name
    stem, suffix = PurePath(plain).stem[:_STEM] or "register", PurePath(plain).suffix[:_SUFFIX]
    with TemporaryDirectory(prefix="offshelf-") as folder:  # of this process only, and gone afterwards
        path = Path(folder) / f"{stem}{suffix}"
        path.write_bytes(data)
        return declarations.read(path, by=by, new=new, as_of=as_of)


def mark_of(done: Declared, data: bytes) -> str:
    """Return what stands for a file together with what writing it would do: the SM3 of both.

    Whoever agrees to a preview agrees to its mark; another file, or the same after somebody wrote meanwhile, has another.
    """
    statements = [[said.kind.value, said.subject, effect.value] for said, effect in done.statements]
    licences = [
        [paper.kind.value, paper.number, paper.shop_id, effect.value] for paper, effect in done.licences
    ]
    places = [[place.shop_id, place.kind.value, place.ref] for place in done.draft.places]
    return sm3_of({"file": sm3(data), "statements": statements, "licences": licences, "places": places})
