"""Looks whether this installation can work, and says what to do where it cannot."""

from __future__ import annotations

from offshelf.bootstrap.looks import Look, examine_open, machine
from offshelf.bootstrap.wire import open_house
from offshelf.kit.errors import OffshelfError
from offshelf.settings import Settings


def examine(settings: Settings) -> list[Look]:
    """Return `{name, verdict (pass|fail|unknown), code, detail}` per look; `code` names the text `doctor.<code>`.

    With `params` the code is an error's, and they fill its text (`error.<code>`).
    """
    looks = machine(settings)
    try:
        services = open_house(settings)
    except OffshelfError as error:
        return [
            *looks,
            {"name": "house", "verdict": "fail", "code": error.code, "detail": str(settings.home)},
        ]
    try:
        return examine_open(settings, services, whole=True)
    finally:
        services.close()
