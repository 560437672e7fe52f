"""Trouble as RFC 9457 problem documents. The one table from our kinds and codes to HTTP statuses stands here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from offshelf.api.languages import choose
from offshelf.kit.errors import Kind, OffshelfError
from offshelf.kit.texts import MissingTextError
from offshelf.platforms.contract import CallFailedError
from offshelf.vocabulary.texts import catalogue, listed

MEDIA_TYPE = "application/problem+json"
_BY_KIND = {Kind.USAGE: 400, Kind.BLOCKED: 409, Kind.INCOMPLETE: 409, Kind.OUTSIDE: 502}
_BY_CODE = {
    "api.no_key": 401,
    "api.not_authentic": 403,
    "access.by_differs": 403,
    "access.key_names_nobody": 403,
    "access.not_permitted": 403,
    "access.user_disabled": 403,
    "api.no_such_path": 404,
    "api.no_such_method": 405,
    "plan.fingerprint_differs": 412,
    "api.too_large": 413,
    "api.key_reused": 422,
    "api.needs_if_match": 428,
    "api.bug": 500,
    "platforms.throttled": 503,
}
_UNKNOWN = "unknown"  # `plan.unknown`, `access.unknown_shop`: a name that stands for nothing here
_AWAY = "database"  # our own storage is not there for now


def status_of(code: str, kind: Kind) -> int:
    """Return the HTTP status of an error."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    room, _, name = code.partition(".")
    if kind is Kind.USAGE and name.split("_")[0] == _UNKNOWN:
        return 404
    if kind is Kind.OUTSIDE and room == _AWAY:
        return 503
    return _BY_KIND[kind]


def problem(error: OffshelfError, language: str, **more: Any) -> Response:
    """Return the problem document of an error in a language; `more` are further members."""
    status = status_of(error.code, error.kind)
    body = {
        "type": f"urn:offshelf:error:{error.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _say(f"error.{error.code}", language, error) or error.code,
        "code": error.code,
        "next": _say(f"error.{error.code}.next", language, error),
    }
    headers = {"content-language": "zh-CN" if language == "zh" else "en", "vary": "Accept-Language"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(body | more, status, headers, MEDIA_TYPE)


def _say(key: str, language: str, error: OffshelfError) -> str:
    """Return the text, or nothing where the catalogue lacks it: the code alone still tells what happened."""
    try:
        return catalogue().say(key, language, **listed(error.params, language))
    except MissingTextError:
        return ""


def language_of(request: Request) -> str:
    """Return the language of the answer to a request."""
    default: str = request.app.state.language
    return choose(request.headers.get("accept-language", ""), default)


def register(app: FastAPI) -> None:
    """Make the app answer every expected trouble with a problem document."""
    app.add_exception_handler(OffshelfError, _ours)
    app.add_exception_handler(CallFailedError, _platform)
    app.add_exception_handler(RequestValidationError, _input)
    app.add_exception_handler(HTTPException, _http)


async def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, OffshelfError):
        raise error
    return problem(error, language_of(request))


async def _platform(request: Request, error: Exception) -> Response:
    if not isinstance(error, CallFailedError):
        raise error
    code = error.result.code or "-"
    trouble = OffshelfError("api.platform_failed", kind=Kind.OUTSIDE, method=error.result.method, code=code)
    return problem(trouble, language_of(request))


async def _input(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Place and kind only: what was sent may hold a secret in the wrong field and is never sent back.
    wrong = [
        {"where": ".".join(str(part) for part in item["loc"]), "what": str(item["type"])}
        for item in error.errors()[:20]
    ]
    trouble = OffshelfError("api.bad_input", where=wrong[0]["where"] if wrong else "-")
    return problem(trouble, language_of(request), errors=wrong)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer = problem(OffshelfError("api.no_such_method"), language_of(request))
        answer.headers.update(error.headers or {})
        return answer
    code = "api.no_such_path" if error.status_code == HTTPStatus.NOT_FOUND else "api.bad_input"
    return problem(OffshelfError(code, where="-"), language_of(request))
