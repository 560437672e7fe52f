"""Looks whether this installation can work, and says what to do where it cannot."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from typing import Any

from offshelf.bootstrap.wire import open_house
from offshelf.kit.errors import OffshelfError
from offshelf.monitoring.health import look
from offshelf.services import Services
from offshelf.settings import Settings

_FREE = 200 * 1024 * 1024  # bytes; below this a journal or report may not fit
Look = dict[str, Any]


def examine(settings: Settings) -> list[Look]:
    """Return `{name, verdict (pass|fail|unknown), code, detail}` per look; `code` names the text `doctor.<code>`.

    With `params` the code is an error's, and they fill its text (`error.<code>`).
    """
    version = ".".join(str(part) for part in sys.version_info[:3])
    looks = [
        _look("python", sys.version_info >= (3, 11), "python", version),
        _look("sqlite", sqlite3.sqlite_version_info >= (3, 35), "sqlite", sqlite3.sqlite_version),
        _disk(settings),
    ]
    try:
        services = open_house(settings)
    except OffshelfError as error:
        return [
            *looks,
            {"name": "house", "verdict": "fail", "code": error.code, "detail": str(settings.home)},
        ]
    try:
        return [*looks, *_house(services)]
    finally:
        services.close()


def _house(services: Services) -> list[Look]:
    verdict = services.journal.verify()
    found = [_look("journal", verdict.ok, "journal", str(verdict.count))]
    found += [
        {"name": plan_id, "verdict": "fail", "code": why.code, "detail": why.code, "params": dict(why.params)}
        for plan_id, why in services.results.held_ups.all().items()
    ]
    found += _policy(services)
    shops = services.shops.all()
    if not shops:
        found.append({"name": "shops", "verdict": "unknown", "code": "no_shops", "detail": ""})
    for shop in shops:
        try:
            health = services.call(look(shop, services.connect(shop.shop_id)))
        except OffshelfError as error:
            found.append({"name": shop.shop_id, "verdict": "fail", "code": error.code, "detail": str(error)})
            continue
        found.append(_look(shop.shop_id, health.ok, f"shop_{health.code}", health.platform_code))
    return found


def _policy(services: Services) -> list[Look]:
    """Return a look for every own policy file that is not in force as it lies there, or that all are."""
    troubles = services.policies.troubles()
    if not troubles:
        return [_look("policy", not troubles, "policy", str(len(services.policies.adopted())))]
    return [
        {
            "name": trouble.file,
            "verdict": "fail",
            "code": trouble.code,
            "detail": str(trouble.line),
            "params": dict(trouble.params),
        }
        for trouble in troubles
    ]


def _disk(settings: Settings) -> Look:
    folder = settings.data_folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return _look("disk", free > _FREE, "disk", f"{free // (1024 * 1024)} MiB")


def _look(name: str, ok: bool, code: str, detail: str) -> Look:
    return {"name": name, "verdict": "pass" if ok else "fail", "code": code, "detail": detail}
