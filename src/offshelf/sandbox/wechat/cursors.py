"""Cursors: opaque, bound to the path, the shop and the other parameters of the call that began the paging."""

from __future__ import annotations

import base64
import json
from typing import Any

from offshelf.kit.digest import sm3
from offshelf.sandbox.wechat.envelope import RefusalError

STALE_CURSOR = 606006


def bind(body: dict[str, Any], cursor_name: str, *scope: str) -> str:
    """Return the fingerprint of everything a cursor is bound to: all parameters but the cursor itself."""
    rest = {name: value for name, value in body.items() if name != cursor_name}
    document = json.dumps([scope, rest], sort_keys=True, ensure_ascii=False)
    return sm3(document.encode())[:12]


def write_cursor(position: str, fingerprint: str) -> str:
    """Return a cursor that stands after `position`."""
    check = sm3(f"{position}|{fingerprint}".encode())[:8]
    return base64.urlsafe_b64encode(f"{position}|{fingerprint}|{check}".encode()).decode().rstrip("=")


def read_cursor(cursor: str, fingerprint: str) -> str:
    """Return the position; 606006 when the cursor is not ours or was given for other parameters."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise RefusalError(STALE_CURSOR) from None
    position, _, rest = text.partition("|")
    if rest != f"{fingerprint}|{sm3(f'{position}|{fingerprint}'.encode())[:8]}":
        raise RefusalError(STALE_CURSOR)
    return position
