"""What pages load: our own files and the gathered ones, under names that change with their content.

A name with the digest in it may be kept by browsers for ever. Gathered files are sent compressed as they lie there.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.responses import Response

from offshelf.kit.errors import UsageError

OWN, GATHERED = "static", "_vendor"
SHEET, SHEETS = "console.css", "css"  # one style sheet over the wire; a file for each page in the tree
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_NEEDED = ("tabler.css", "htmx.js", "icons.svg")
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the same compressed, and the mark of its content."""

    name: str
    body: bytes
    packed: bytes
    mark: str


def refuse_missing() -> None:
    """Refuse to serve pages that could load nothing: a clone in which `make assets` was not run."""
    missing = [name for name in _NEEDED if not files("offshelf.console").joinpath(GATHERED, name).is_file()]
    if missing:
        raise UsageError("console.no_assets", name=missing[0])


@cache
def asset(name: str) -> Asset | None:
    """Return a file that pages may load, read once; None for any other name."""
    suffix = name.rpartition(".")[2]
    if suffix not in _TYPES or "/" in name or name.startswith("."):
        return None
    if name == SHEET:
        body = _sheet()
        return Asset(name, body, gzip.compress(body, 9, mtime=0), sha256(body).hexdigest()[:16])
    for folder in (OWN, GATHERED):
        found = files("offshelf.console").joinpath(folder, name)
        if found.is_file():
            body = found.read_bytes()
            return Asset(name, body, _packed(found, name, body), sha256(body).hexdigest()[:16])
    return None


def _sheet() -> bytes:
    """Return the style sheets of all pages as one, the tokens and the frame (`base.css`) first."""
    sheets = [
        one for one in files("offshelf.console").joinpath(OWN, SHEETS).iterdir() if one.name.endswith(".css")
    ]
    ordered = sorted(sheets, key=lambda one: (one.name != "base.css", one.name))
    return b"\n".join(one.read_bytes() for one in ordered)


def _packed(found: Traversable, name: str, body: bytes) -> bytes:
    beside = files("offshelf.console").joinpath(GATHERED, f"{name}.gz")
    if beside.is_file() and found == files("offshelf.console").joinpath(GATHERED, name):
        return beside.read_bytes()
    return gzip.compress(body, 9, mtime=0)


def url_of(name: str) -> str:
    """Return where a file is loaded from."""
    found = asset(name)
    if found is None:
        raise LookupError(f"no asset {name}")
    return f"/assets/{found.mark}/{name}"


def serve(mark: str, name: str, accepts: str) -> Response:
    """Return the file, or that there is none; an old mark is answered with what stands now, not to be kept."""
    found = asset(name)
    if found is None:
        return Response(status_code=404)
    headers = {"cache-control": _FOREVER if mark == found.mark else "no-store", "vary": "Accept-Encoding"}
    packed = "gzip" in accepts
    if packed:
        headers["content-encoding"] = "gzip"
    body = found.packed if packed else found.body
    return Response(body, 200, headers, _TYPES[name.rpartition(".")[2]])
