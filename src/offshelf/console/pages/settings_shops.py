"""Shops: how they stand, and one shop with everything that can be done to it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from offshelf.access.connecting import code_in
from offshelf.access.practice import is_practice
from offshelf.access.roles import Permission
from offshelf.console.pages.settings import tabs_of
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.trouble import status_of, told_of, words_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.redact import Secret
from offshelf.monitoring.connected import Standing, State
from offshelf.monitoring.health import needs_of

CHIPS = {
    State.CONSENT_LOST: "bad",
    State.NO_CONSENT: "warn",
    State.ILL: "bad",
    State.NEVER_READ: "unknown",
    State.WELL: "ok",
}


def record_url(shop_id: str) -> str:
    """Return the page of a shop."""
    return f"/settings/shop/{quote(shop_id, safe='')}"


def view(visit: Visit) -> Response:
    """Show every shop."""
    return show(
        visit,
        "settings_shops.html",
        tabs=tabs_of(visit, "shops"),
        rows=visit.house.connected.all(),
        chips=CHIPS,
        url=record_url,
    )


def record(visit: Visit) -> Response:
    """Show one shop: how it stands, its last look, its reading, its credentials."""
    return _record(visit)


def _record(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    house, shop_id = visit.house, visit.named("shop_id")
    standing = house.connected.of(shop_id)
    platform = standing.shop.platform
    look, consents = standing.look, house.connecting.asks_consent(platform)
    return show(
        visit,
        "settings_shop.html",
        status=status,
        tabs=tabs_of(visit, "shops"),
        one=standing,
        shop=standing.shop,
        practice=is_practice(standing.shop),
        chips=CHIPS,
        consents=consents,
        needs={} if look is None else needs_of(look.health, consents=consents),
        **_reading(visit, shop_id),
        slots=house.connecting.slots(platform),
        stored=house.shops.stored(shop_id),
        way=steps_of(visit, 5 if standing.state is not State.NO_CONSENT else 4, consents=consents),
        setting_up=_unfinished(standing),
        url=record_url(shop_id),
        wrong=wrong,
    )


def _unfinished(standing: Standing) -> bool:
    return standing.read_at is None


def steps_of(visit: Visit, now: int, *, consents: bool) -> list[tuple[str, str]]:
    """Return the steps of connecting a shop, `now` counted from 1; the fourth is for platforms that ask for consent."""
    names = ("platform", "prepare", "credentials", "consent", "try")
    return [
        (
            "done" if number < now else "now" if number == now else "later",
            visit.say(f"console.connect.step_{name}"),
        )
        for number, name in enumerate(names, 1)
        if name != "consent" or consents
    ]


def reading(visit: Visit) -> Response:
    """Show how far a reading is: a piece that pages ask for again while it goes on."""
    shop = visit.house.shops.get(visit.named("shop_id"))
    if not visit.by_htmx:
        return visit.goes_to(record_url(shop.shop_id))
    return show(visit, "pieces/reading.html", url=record_url(shop.shop_id), **_reading(visit, shop.shop_id))


def _reading(visit: Visit, shop_id: str) -> dict[str, Any]:
    found = visit.house.readings.of(shop_id)
    trouble = found.trouble if found is not None else None
    return {
        "reading": found,
        "trouble_told": "" if trouble is None else words_of(trouble, visit.language),
    }


def look(visit: Visit) -> Response:
    """Call a shop once and show what that showed."""
    shop = visit.house.shops.get(visit.named("shop_id"))
    return _done(visit, lambda: visit.house.looks.at(shop), "#look")


def read(visit: Visit) -> Response:
    """Begin to read a shop whole; the page shows how far it is."""
    shop = visit.house.shops.get(visit.named("shop_id"))
    return _done(visit, lambda: visit.house.readings.begin(shop, by=visit.actor), "#reading")


def rotate(visit: Visit) -> Response:
    """Store another credential."""
    shop_id, slot = visit.named("shop_id"), visit.named("slot")

    def change() -> None:
        visit.house.connecting.rotate(shop_id, slot, secret_of(visit, "secret"), by=visit.actor)

    return _done(visit, change, "#credentials")


def secret_of(visit: Visit, name: str) -> Secret:
    """Return a secret that was typed; refuses none at all, and what nobody can see."""
    value = visit.said(name)
    if not value or not value.isprintable():
        raise UsageError("access.empty_secret")
    return Secret(value)


def remove(visit: Visit) -> Response:
    """Remove a shop and destroy its credentials, when its name was typed."""
    shop_id = visit.named("shop_id")
    try:
        visit.house.connecting.remove(shop_id, by=visit.actor, typed=visit.said("typed"))
    except OffshelfError as error:
        return _record(visit, told_of(error, visit.language), status_of(error))
    return visit.goes_to("/settings/shops")


def _done(visit: Visit, act: Callable[[], object], part: str) -> Response:
    """Do something to a shop and show it again; trouble is told above it."""
    try:
        act()
    except OffshelfError as error:
        return _record(visit, told_of(error, visit.language), status_of(error))
    return visit.goes_to(record_url(visit.named("shop_id")) + part)


# -- consent ------------------------------------------------------------------------------------------------------


def consent(visit: Visit) -> Response:
    """Show where to consent, and take what came back: the platform may lead straight back to this page."""
    return _consent(visit)


def _consent(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    shop = visit.house.shops.get(visit.named("shop_id"))
    state, there = _state(visit, shop.shop_id), visit.asked("back") or visit.said("back")
    back = there or f"{_base(visit)}{record_url(shop.shop_id)}/consent"
    came = visit.asked("code")
    return show(
        visit,
        "settings_consent.html",
        status=status,
        tabs=tabs_of(visit, "shops"),
        shop=shop,
        consent_url=visit.house.connecting.consent_page(shop.shop_id, back, state),
        back=back,
        came=f"{_base(visit)}{visit.here}" if came else "",
        way=steps_of(visit, 4, consents=True),
        rows=[row for row in visit.house.manifests()[shop.platform.value].setup if row.what == "consent"],
        url=record_url(shop.shop_id),
        wrong=wrong,
    )


def redeem(visit: Visit) -> Response:
    """Turn the code into tokens."""
    shop_id = visit.named("shop_id")
    try:
        code = code_in(visit.said("code"), _state(visit, shop_id))
        visit.house.connecting.redeem(shop_id, code, by=visit.actor)
    except OffshelfError as error:
        return _consent(visit, told_of(error, visit.language), status_of(error))
    return visit.goes_to(record_url(shop_id))


def _state(visit: Visit, shop_id: str) -> str:
    """Return what the consent page gives back: known to this session only, another one for every shop."""
    return hmac.new(visit.proof.encode(), f"consent {shop_id}".encode(), "sha256").hexdigest()[:32]


def _base(visit: Visit) -> str:
    return f"{visit.request.url.scheme}://{visit.request.url.netloc}"


def public_base(visit: Visit) -> str:
    """Return the address this server has for the world outside: as it was typed, else as it was called."""
    return visit.asked("base") or _base(visit)


ROUTES = (
    page("/settings/shops", Permission.READ, view),
    page("/settings/shop/{shop_id}", Permission.READ, record),
    page("/settings/shop/{shop_id}/reading", Permission.READ, reading),
    command("/settings/shop/{shop_id}/look", Permission.SYNC, look),
    command("/settings/shop/{shop_id}/read", Permission.SYNC, read),
    command("/settings/shop/{shop_id}/credentials/{slot}", Permission.SHOPS, rotate),
    command("/settings/shop/{shop_id}/remove", Permission.SHOPS, remove),
    page("/settings/shop/{shop_id}/consent", Permission.SHOPS, consent),
    command("/settings/shop/{shop_id}/consent", Permission.SHOPS, redeem),
)
