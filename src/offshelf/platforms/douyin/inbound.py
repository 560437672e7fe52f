"""The inbound port: pushes of the platform, verified and opened (reference §12). Pure: no I/O, no clock.

A push is only a hint to look. The platform signs no time of sending, so replays are not refused here: the inbox drops
what came before by its id.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from offshelf.kit.digest import sm3
from offshelf.kit.instants import SHANGHAI
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.reading import evidence, identity, instant, mark, raw, table
from offshelf.platforms.contract import Delivery, Push, Receipt
from offshelf.platforms.douyin import sign, wire

_LARGEST = 1 << 20
# When a message does not say when: before everything, so that it never overrules what was seen.
_UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANTS = (
    "update_time",
    "modify_time",
    "success_time",
    "close_time",
    "cancel_time",
    "complete_time",
    "refuse_time",
    "pay_time",
    "apply_time",
    "create_time",
)
_RECEIPT = Receipt('{"code":0,"msg":"success"}', "application/json")


class Inbound:
    """Implements `InboundPort` for one shop, `account_id` in the platform's numbering ("" where it is not known)."""

    def __init__(self, app_key: str, secret: Callable[[], Secret | None], account_id: str) -> None:
        self._app_key = app_key
        self._secret = secret
        self._account_id = account_id

    def challenge(self, query: Mapping[str, str]) -> str | None:  # noqa: ARG002 - the port's
        """Answer nothing: the platform checks an address by posting a test message."""
        return None

    def open(self, delivery: Delivery) -> tuple[Push, ...] | None:
        """Verify and open what was posted; None when it is not signed by this app's secret over these very bytes.

        A message that cannot be read, and one about another shop of the same app, tells nothing.
        """
        if len(delivery.body) > _LARGEST or not self._signed(delivery):
            return None
        pushes = (self._push(message) for message in _messages(delivery.body))
        return tuple(push for push in pushes if push is not None)

    def receipt(self) -> Receipt:
        """Return what the platform wants as answer, within five seconds."""
        return _RECEIPT

    def _signed(self, delivery: Delivery) -> bool:
        given, secret = delivery.headers.get("event-sign", ""), self._secret()
        if not given or secret is None or delivery.headers.get("app-id") != self._app_key:
            return False
        wanted = sign.event_sign(self._app_key, secret.reveal(), delivery.body)
        return hmac.compare_digest(wanted.encode(), given.encode())

    def _push(self, message: dict[str, Any]) -> Push | None:
        tag = identity(message.get("tag"))
        if tag is None or tag == wire.TEST_TAG:
            return None
        data = _data(message.get("data"))
        shop = identity(data.get("shop_id"))
        if shop is not None and self._account_id and shop != self._account_id:
            return None
        event = wire.event(tag)
        subject = (identity(data.get(event.subject)) if event.subject else None) or ""
        ident = mark(message.get("msg_id", message.get("msgId")))
        return Push(
            external_id=ident or f"{tag}:sm3-{sm3(_plain(message))[:16]}",
            topic=event.topic if subject else "other",
            event=tag,
            subject=subject,
            raw_status=_state(event, data),
            happened_at=_happened_at(data, ident or ""),
        )


def _messages(body: bytes) -> list[dict[str, Any]]:
    """Return the messages of a body: an array, or a single one."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def _data(value: object) -> dict[str, Any]:
    """Return what a message carries: JSON as text, or an object."""
    if isinstance(value, str):
        try:
            return table(json.loads(value))
        except (ValueError, RecursionError):
            return {}
    return table(value)


def _plain(message: dict[str, Any]) -> bytes:
    return json.dumps(message, sort_keys=True).encode()


def _state(event: wire.Event, data: dict[str, Any]) -> str:
    """Return the state the push tells of, as evidence; three of them where it carries all."""
    three = table(data.get("status"))
    if three:
        return evidence(*(raw(three.get(name)) for name in ("status", "check_status", "draft_status")))
    return next((raw(data[name]) for name in event.state if name in data), "")


def _happened_at(data: dict[str, Any], ident: str) -> datetime:
    """Return the latest instant a message speaks of, else the one in its id (`…:tag:seconds:…`, inferred)."""
    told = [found for name in _INSTANTS if (found := _instant(data.get(name))) is not None]
    if told:
        return max(told)
    parts = ident.split(":")
    return (instant(parts[2]) if len(parts) > 2 else None) or _UNTOLD


def _instant(value: object) -> datetime | None:
    found = instant(value)
    if found is not None or not isinstance(value, str):
        return found
    try:  # Beijing time as text, on some messages
        told = datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):  # the first hours of the year 1 have no UTC
        return None
    return told if told > _UNTOLD else None  # "0001-01-01" is how some write "not set"
