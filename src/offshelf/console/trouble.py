"""Expected trouble as a page, or as a piece that is put above the form which met it: nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from offshelf.console.render import show
from offshelf.console.visit import Visit
from offshelf.kit.errors import Kind, OffshelfError
from offshelf.kit.texts import MissingTextError
from offshelf.vocabulary.texts import catalogue

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
        answer.headers["hx-retarget"] = "#flash"
        answer.headers["hx-reswap"] = "innerHTML show:#flash:top"
        answer.headers["hx-reselect"] = ".note"  # whatever part of a page the form would have taken
    return answer


def words_of(error: OffshelfError, language: str) -> str:
    """Return the sentence of an error; the code where the catalogue lacks it."""
    return words_of_code(error.code, error.params, language)[0]


def words_of_code(code: str, params: Mapping[str, object], language: str) -> tuple[str, str]:
    """Return the sentence of an error's code and what to do about it; the code itself where the catalogue lacks it."""
    return _say(f"error.{code}", params, language) or code, _say(f"error.{code}.next", params, language)


def _say(key: str, params: Mapping[str, object], language: str) -> str:
    try:
        return catalogue().say(key, language, **params)
    except MissingTextError:
        return ""
