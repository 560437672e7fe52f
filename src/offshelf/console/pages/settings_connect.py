"""Connecting a shop, step by step: the platform, what to prepare in its console, the credentials. What follows is on the
page of the shop that is stored then, so that a person can go on from there on another day.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from offshelf.access.connecting import PushAddress, push_address
from offshelf.access.roles import Permission
from offshelf.console.pages.settings import tabs_of
from offshelf.console.pages.settings_shops import public_base, record_url, secret_of, steps_of
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.trouble import status_of, told_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.redact import Secret
from offshelf.vocabulary.shops import Platform

_FIELDS = ("shop", "name", "app_id", "account_id", "base_url")


def choose(visit: Visit) -> Response:
    """Ask which platform the shop stands on."""
    return show(
        visit,
        "settings_connect.html",
        tabs=tabs_of(visit, "shops"),
        platforms=tuple(Platform),
        way=steps_of(visit, 1, consents=True),
    )


def prepare(visit: Visit) -> Response:
    """Show what is done in the platform's console: keys, allow list, and the exact address of pushes."""
    platform = _platform(visit)
    shop_id = visit.asked("shop") or visit.house.connecting.free_name(platform)
    push: PushAddress | None = None
    wrong = ""
    try:
        push = push_address(public_base(visit), platform, shop_id)
    except OffshelfError as error:
        wrong = told_of(error, visit.language)
    return _show(
        visit,
        "settings_prepare.html",
        2,
        shop_id=shop_id,
        base=public_base(visit),
        push=push,
        wrong=wrong,
        on=f"/settings/shops/connect/{platform.value}/credentials?{urlencode({'shop': shop_id})}",
    )


def ask(visit: Visit) -> Response:
    """Ask for the credentials."""
    shop_id = visit.asked("shop") or visit.house.connecting.free_name(_platform(visit))
    return _ask(visit, {"shop": shop_id})


def store(visit: Visit) -> Response:
    """Store the shop. What is wrong is said above the form, which keeps what was typed, secrets left out."""
    platform = _platform(visit)
    given = {name: visit.said(name) for name in _FIELDS}
    connecting = visit.house.connecting
    try:
        shop = connecting.described(
            given["shop"],
            platform,
            given["app_id"],
            name=given["name"],
            account_id=given["account_id"],
            base_url=given["base_url"],
        )
        connecting.add(shop, _secrets(visit, platform), by=visit.actor)
    except OffshelfError as error:
        return _ask(visit, given, told_of(error, visit.language), status_of(error))
    then = "/consent" if connecting.asks_consent(platform) else ""
    return visit.goes_to(record_url(shop.shop_id) + then)


def _secrets(visit: Visit, platform: Platform) -> dict[str, Secret]:
    found: dict[str, Secret] = {}
    for row in visit.house.connecting.slots(platform):
        if visit.said(f"secret_{row.slot}"):
            found[row.slot] = secret_of(visit, f"secret_{row.slot}")
    return found


def _ask(visit: Visit, given: dict[str, str], wrong: str = "", status: int = 200) -> Response:
    platform = _platform(visit)
    return _show(
        visit,
        "settings_credentials.html",
        3,
        status=status,
        given={name: given.get(name, "") for name in _FIELDS},
        slots=visit.house.connecting.slots(platform),
        gateway=visit.house.manifests()[platform.value].gateway,
        wrong=wrong,
    )


def _show(visit: Visit, template: str, now: int, **data: Any) -> Response:
    platform = _platform(visit)
    rows = visit.house.manifests()[platform.value].setup
    return show(
        visit,
        template,
        tabs=tabs_of(visit, "shops"),
        platform=platform,
        rows=rows,
        numbered=any(row.what == "account_id" for row in rows),
        way=steps_of(visit, now, consents=visit.house.connecting.asks_consent(platform)),
        **data,
    )


def _platform(visit: Visit) -> Platform:
    try:
        return Platform(visit.named("platform"))
    except ValueError:
        raise UsageError("console.no_such_page", path=visit.request.url.path[:100]) from None


ROUTES = (
    page("/settings/shops/connect", Permission.SHOPS, choose),
    page("/settings/shops/connect/{platform}", Permission.SHOPS, prepare),
    page("/settings/shops/connect/{platform}/credentials", Permission.SHOPS, ask),
    command("/settings/shops/connect/{platform}", Permission.SHOPS, store),
)
