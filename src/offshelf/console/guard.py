"""What stands around every page: headers, the cap on bodies, the session, the token of forms, the permission.

A request that changes something passes four gates in this order: it is not from another site, its body is not too large,
it carries the token of its session, and whoever is signed in may do it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from offshelf.access.sessions import Signed, proof_of
from offshelf.console.practice import MODE, ON, Practice, practised, seated
from offshelf.console.preferences import language_of, theme_of
from offshelf.console.routing import LARGE, Route
from offshelf.console.trouble import trouble
from offshelf.console.visit import Visit, permissions_of, sign_in_url
from offshelf.kit import log
from offshelf.kit.errors import BlockedError, OffshelfError, UsageError
from offshelf.kit.redact import Secret
from offshelf.services import Services

SESSION = "offshelf_session"
VISITOR = (
    "offshelf_visitor"  # before anybody has signed in: what the token of the first forms is derived from
)
PROOF = "proof"
PROOF_HEADER = "x-proof"
_MOST_FIELDS, _MOST_FILES = 2_000, 50
# Uploads are held in memory (no body is larger): what is handed in gets sealed, and never lies on a disk in clear before.
MultiPartParser.spool_max_size = LARGE
BY_ITSELF = "x-live"  # sent with what a page asks for by itself: no sign that somebody sits there
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}
_UNCHANGING = {"cache-control": "no-store"}


class Guarded:
    """Serves one route."""

    def __init__(
        self, route: Route, open_services: Callable[[], Services], language: str, practice: Practice
    ) -> None:
        self._route = route
        self._open = open_services
        self._language = language
        self._practice = practice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        answer = await self._serve(Request(scope, receive))
        await answer(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        visitor = request.cookies.get(VISITOR, "") or secrets.token_urlsafe(16)
        visit = await run_in_threadpool(self._visit, request, visitor)
        try:
            answer = await self._answer(visit)
        except OffshelfError as error:
            answer = await run_in_threadpool(trouble, visit, error)
        except Exception:  # noqa: BLE001 - the net below bugs: told to the log, never to the reader
            log.logger("console").exception("a page failed: %s %s", request.method, request.url.path)
            answer = await run_in_threadpool(trouble, visit, UsageError("console.bug"))
        for name, value in (HEADERS | _UNCHANGING).items():
            answer.headers.setdefault(name, value)
        if visit.signed is None and VISITOR not in request.cookies:
            keep(answer, request, VISITOR, visitor)
        return answer

    def _visit(self, request: Request, visitor: str) -> Visit:
        house = self._open()
        token = request.cookies.get(SESSION, "")
        seen = not self._route.quiet and BY_ITSELF not in request.headers
        real = house.sessions.of(Secret(token), seen=seen) if token else None
        signed, seat = seated(request, real, self._practice)
        if seat is not None and self._route.real:
            signed = real
        elif seat is not None:
            house = seat.house
        return Visit(
            request,
            house,
            language_of(request, self._language),
            theme_of(request),
            signed,
            proof_of(visitor) if signed is None else signed.proof,
            may=permissions_of(house, signed),
            seat=seat,
            stands=lambda: self._stands(request, house, signed),
        )

    def _stands(self, request: Request, house: Services, signed: Signed | None) -> bool:
        """Tell whether the same reader would be let in again, to the same house: asked while an answer is being sent."""
        now = self._visit(request, "")
        permission = self._route.permission
        same = now.house is house and (now.signed is None) == (signed is None)
        return same and (permission is None or permission in now.may)

    async def _answer(self, visit: Visit) -> Response:
        route, request = self._route, visit.request
        if not route.changes:
            if route.permission is not None and visit.signed is None:
                return _to_sign_in(visit)
            self._admit(visit)
            if _lost_its_seat(visit) and not route.real:
                return visit.goes_to("/practice")  # never the real shops for somebody who means to practise
            return await run_in_threadpool(route.handle, visit)
        _refuse_foreign(request)
        _refuse_large(request, route.most)
        form = await _form_of(request, route.most)
        try:
            fields, uploads, lists = _parts(form)
            if route.permission is not None and visit.signed is None:
                raise BlockedError("console.signed_out")
            _refuse_unproven(request, fields, self._proofs(visit))
            if _lost_its_seat(visit) and not route.real:
                raise BlockedError("console.practice_closed")
            self._admit(visit)
            whole = replace(visit, fields=fields, uploads=uploads, lists=lists)
            return await run_in_threadpool(route.handle, whole)
        finally:
            await form.close()

    def _proofs(self, visit: Visit) -> tuple[str, ...]:
        """Return the tokens a form may carry: that of its house, and of the other one where the route is the reader's."""
        if visit.signed is None or not self._route.real:
            return (visit.proof,)
        return (visit.proof, practised(visit.signed.proof))

    def _admit(self, visit: Visit) -> None:
        if self._route.permission is not None:
            visit.house.users.admit(visit.actor, self._route.permission)


def keep(answer: Response, request: Request, name: str, value: str, *, seconds: int | None = None) -> None:
    """Give a browser a cookie no script can read and no other site can send."""
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")


def _lost_its_seat(visit: Visit) -> bool:
    """Tell whether a browser is in practice mode and the practice house is gone: the server was started anew, say."""
    return visit.seat is None and visit.signed is not None and visit.request.cookies.get(MODE) == ON


def _to_sign_in(visit: Visit) -> Response:
    url = sign_in_url(visit.here)
    if visit.by_htmx:
        return Response(status_code=401, headers={"hx-redirect": url})
    return RedirectResponse(url, 303)


def _refuse_foreign(request: Request) -> None:
    """Refuse what another site sent with the cookies of this one."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    ):
        raise BlockedError("console.foreign_form")


def _refuse_large(request: Request, most: int) -> None:
    """Refuse a body that is too large, or does not say how large it is: browsers always say it of a form."""
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal() or len(declared) > 15 or int(declared) > most:
        raise UsageError("console.too_large", most=f"{most / (1024 * 1024):g}")


async def _form_of(request: Request, most: int) -> FormData:
    """Read a form, or refuse one that holds too many files or broke off on its way."""
    try:
        return await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=most)
    except (HTTPException, ClientDisconnect) as error:
        raise UsageError("console.form_unreadable", most=_MOST_FILES) from error


def _parts(
    form: FormData,
) -> tuple[Mapping[str, str], Mapping[str, tuple[UploadFile, ...]], Mapping[str, tuple[str, ...]]]:
    """Return fields, files and lists of a form; a field for files in which none was chosen holds none."""
    files: dict[str, tuple[UploadFile, ...]] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            lists[name] = (*lists.get(name, ()), value)
        elif value.filename:
            files[name] = (*files.get(name, ()), value)
    return {name: values[-1] for name, values in lists.items()}, files, lists


def _refuse_unproven(request: Request, fields: Mapping[str, str], proofs: tuple[str, ...]) -> None:
    shown = request.headers.get(PROOF_HEADER) or fields.get(PROOF, "")
    if not any(hmac.compare_digest(shown.encode(), one.encode()) for one in proofs):
        raise BlockedError("console.stale_form")
