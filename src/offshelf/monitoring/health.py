"""Is a shop reachable, are its credentials taken, may we call what we need?"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.monitoring import _store
from offshelf.platforms.contract import ANEW, CallFailedError, CallResult, Connector, Meaning
from offshelf.vocabulary.shops import Shop


@dataclass(frozen=True, slots=True)
class Health:
    """What one look at a shop showed. `code` names the text (`health.<code>`)."""

    shop_id: str
    ok: bool
    code: str
    platform_code: str
    trace_id: str


class Passed(StrEnum):
    """What a look says of one thing a shop needs. What was not reached is unknown, and unknown is not well."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


# What a call needs, in the order in which it can fail, with the code of a look that failed there.
_NEEDS = {
    "network": "unreachable",
    "credentials": "credentials_refused",
    "consent": "consent_lost",
    "permission": "not_permitted",
    "pace": "throttled",
}

_CODES = {
    Meaning.AUTH: "credentials_refused",
    Meaning.ASK_PERSON: "not_permitted",
    Meaning.NOT_SENT: "unreachable",
    Meaning.QUOTA: "throttled",
    Meaning.NOT_NOW: "throttled",
}


async def look(shop: Shop, connector: Connector) -> Health:
    """Read the first page of listings: the cheapest call that needs network, token and permission."""
    try:
        await connector.listings.ids()
    except CallFailedError as error:
        return _ill(shop, error.result)
    return Health(shop.shop_id, ok=True, code="well", platform_code="", trace_id="")


def _ill(shop: Shop, result: CallResult) -> Health:
    code = _CODES.get(result.meaning, "unclear_answer")
    if result.meaning is Meaning.AUTH and ANEW in result.note:
        code = "consent_lost"
    return Health(shop.shop_id, ok=False, code=code, platform_code=result.code, trace_id=result.trace_id)


def needs_of(health: Health, *, consents: bool) -> dict[str, Passed]:
    """Return what a look says of each thing a call needs, by name, in the order in which it can fail.

    A refusal says that what comes before it was there: a platform that refuses the credentials was reached. One that asks
    to come later has judged nothing, and an answer nobody can read says nothing at all. `consents`: the platform asks for
    a person's consent.
    """
    names = [name for name in _NEEDS if name != "consent" or consents]
    if health.ok:
        return dict.fromkeys(names, Passed.YES)
    failed = next((name for name in names if _NEEDS[name] == health.code), None)
    told = dict.fromkeys(names, Passed.UNKNOWN)
    if failed is None:
        return told
    before = names[:1] if failed == "pace" else names[: names.index(failed)]
    return told | dict.fromkeys(before, Passed.YES) | {failed: Passed.NO}


@dataclass(frozen=True, slots=True)
class Look:
    """A look that was kept: the last one at a shop."""

    health: Health
    at: datetime


class Looks:
    """Looks at shops and keeps the last look at each."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        connect: Callable[[str], Connector],
        call: Callable[[Coroutine[Any, Any, Health]], Health],
    ) -> None:
        self._database = database
        self._clock = clock
        self._connect = connect
        self._call = call

    def at(self, shop: Shop) -> Health:
        """Call a shop once and keep what it showed. Raises what the connector refuses: a credential that is missing."""
        health = self._call(look(shop, self._connect(shop.shop_id)))
        row = {
            "shop_id": shop.shop_id,
            "at": self._clock.now(),
            "ok": health.ok,
            "code": health.code,
            "platform_code": health.platform_code[:100],
            "trace_id": health.trace_id[:200],
        }
        with self._database.begin() as tx:
            _store.put_look(tx, row)
        return health

    def last(self) -> dict[str, Look]:
        """Return the last look at each shop, by shop; shops nobody looked at have none."""
        with self._database.read() as tx:
            rows = _store.looks(tx)
        names = ("shop_id", "ok", "code", "platform_code", "trace_id")
        return {
            shop_id: Look(Health(**{name: row[name] for name in names}), row["at"])
            for shop_id, row in rows.items()
        }
