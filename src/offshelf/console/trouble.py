"""Expected trouble as a page, or as a piece that is put above the form which met it: nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.responses import Response

from offshelf.console.render import remedy, show
from offshelf.console.visit import Visit
from offshelf.kit.errors import Kind, OffshelfError
from offshelf.kit.texts import MissingTextError
from offshelf.vocabulary.texts import catalogue

_WRONG = re.compile(r"wrong-[a-z0-9-]+")  # a place above a form for what was wrong with it
_COUNTED = re.compile(r"\b([a-z_]+)×(\d+)")
_STATUS = {Kind.USAGE: 400, Kind.BLOCKED: 409, Kind.INCOMPLETE: 409, Kind.OUTSIDE: 502}
_BY_CODE = {
    "console.no_such_page": 404,
    "console.too_large": 413,
    "console.stale_form": 403,
    "console.foreign_form": 403,
    "console.signed_out": 401,
    "console.bug": 500,
    "access.not_permitted": 403,
    "access.locked": 429,
}


def status_of(error: OffshelfError) -> int:
    """Return the HTTP status of an error; a name that stands for nothing here is a page that is not there."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    unknown = error.kind is Kind.USAGE and error.code.partition(".")[2].startswith("unknown")
    return 404 if unknown else _STATUS[error.kind]


def trouble(visit: Visit, error: OffshelfError) -> Response:
    """Return the answer to a request that met expected trouble."""
    text, then = words_of_code(error.code, error.params, visit.language)
    told = {"code": error.code, "text": text, "next": then}
    template = "pieces/trouble.html" if visit.by_htmx else "trouble.html"
    answer = show(visit, template, status=status_of(error), trouble=told)
    if visit.by_htmx:  # it belongs above the form, whatever the form wanted to replace
        place = visit.request.headers.get("hx-target", "")
        place = place if _WRONG.fullmatch(place) else "flash"
        answer.headers["hx-retarget"] = f"#{place}"
        answer.headers["hx-reswap"] = f"innerHTML show:#{place}:top"
        answer.headers["hx-reselect"] = ".note"  # whatever part of a page the form would have taken
    return answer


def words_of(error: OffshelfError, language: str) -> str:
    """Return the sentence of an error; the code where the catalogue lacks it."""
    return words_of_code(error.code, error.params, language)[0]


def told_of(error: OffshelfError, language: str) -> str:
    """Return the sentence of an error and what to do, to stand above the form that met it."""
    return " ".join(words_of_code(error.code, error.params, language)).strip()


def words_of_code(code: str, params: Mapping[str, object], language: str) -> tuple[str, str]:
    """Return the sentence of an error's code and what to do about it; the code itself where the catalogue lacks it.

    What to do is said for this console where the catalogue has words for it, else as everywhere.
    """
    try:
        then = remedy(code, language, **params)
    except MissingTextError:
        then = ""
    return _say(f"error.{code}", params, language) or code, then


def _say(key: str, params: Mapping[str, object], language: str) -> str:
    try:
        return catalogue().say(key, language, **_in_words(params, language))
    except MissingTextError:
        return ""


def _in_words(params: Mapping[str, object], language: str) -> dict[str, object]:
    """Return what fills the texts, with kinds of evidence in words: `screenshot×2` is told as two screenshots."""

    def word(found: re.Match[str]) -> str:
        key = f"evidence_kind.{found[1]}"
        return (
            f"{catalogue().say(key, language)} × {found[2]}" if catalogue().has(key, language) else found[0]
        )

    return {
        name: _COUNTED.sub(word, value) if isinstance(value, str) else value for name, value in params.items()
    }
