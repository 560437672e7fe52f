"""Is a shop reachable, are its credentials taken, may we call what we need?"""

from __future__ import annotations

from dataclasses import dataclass

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
