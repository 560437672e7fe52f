"""The looks of the doctor: at this machine, and at a house that is open."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from typing import Any

from offshelf.kit.errors import OffshelfError
from offshelf.services import Services
from offshelf.settings import Settings

_FREE = 200 * 1024 * 1024  # bytes; below this a journal or report may not fit
Look = dict[str, Any]


def examine_open(settings: Settings, services: Services, *, whole: bool) -> list[Look]:
    """Return the looks of `examine` at a house that is open; unless `whole`, without the slow ones: the journal's chain and
    a call to every shop.
    """
    known = [*_held_up(services), *_policy(services)]
    slow = (_journal(services), _shops(services)) if whole else ([], [])
    return [*machine(settings), *slow[0], *known, *slow[1]]


def machine(settings: Settings) -> list[Look]:
    """Return the looks that need no house."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return [
        _look("python", sys.version_info >= (3, 11), "python", version),
        _look("sqlite", sqlite3.sqlite_version_info >= (3, 35), "sqlite", sqlite3.sqlite_version),
        _disk(settings),
    ]


def _journal(services: Services) -> list[Look]:
    verdict = services.journal.verify()
    return [_look("journal", verdict.ok, "journal", str(verdict.count))]


def _held_up(services: Services) -> list[Look]:
    return [
        {"name": plan_id, "verdict": "fail", "code": why.code, "detail": why.code, "params": dict(why.params)}
        for plan_id, why in services.results.held_ups.all().items()
    ]


def _shops(services: Services) -> list[Look]:
    shops = services.shops.all()
    found: list[Look] = []
    if not shops:
        found.append({"name": "shops", "verdict": "unknown", "code": "no_shops", "detail": ""})
    for shop in shops:
        try:
            health = services.looks.at(shop)
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
