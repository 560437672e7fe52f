"""The licences port: the brands of the shop (reference §9). Nothing else is told, and of brands no end we can read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import amount, evidence, identity, need, raw, rows, text
from offshelf.platforms.contract import Force, LicenceSeen
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.manifest import limit, words
from offshelf.platforms.kuaishou.paging import numbered
from offshelf.platforms.kuaishou.translate import data
from offshelf.vocabulary.statements import LicenceKind

_TITLE = 500  # characters


class Licences:
    """Implements `LicencesPort`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def held(self) -> tuple[LicenceSeen, ...]:
        """Return every brand of the shop."""
        size = limit("brand_page")

        async def turn(_cursor: str, page: int) -> Sheet[LicenceSeen]:
            def read(fields: dict[str, Any], at: datetime) -> Sheet[LicenceSeen]:
                payload = data(fields)
                found = [_brand(entry, at) for entry in need(payload, "authBrands", rows)]
                return numbered(found, page, size, need(payload, "totalCount", amount))

            body = {"pageNum": page, "pageSize": size}
            return (await self._client.read(wire.BRAND_LIST, body, read)).value

        found = await follow(self._client, wire.BRAND_LIST, turn)
        return tuple({one.ref: one for one in found}.values())


def _brand(entry: dict[str, Any], at: datetime) -> LicenceSeen:
    """Read one brand. The form of `validDate` is not published: it is kept as evidence, and the end is unknown."""
    brand_id = need(entry, "brandId", identity)
    status = entry.get("status")
    return LicenceSeen(
        ref=brand_id,
        kind=LicenceKind.BRAND_AUTHORISATION,
        number=brand_id,
        title=text(entry.get("brandName"))[:_TITLE],
        holder="",
        valid_from=None,
        valid_until=None,
        end_known=False,
        force=Force(words("brand").get(raw(status), Force.UNKNOWN.value)),
        raw_status=evidence(raw(status), raw(entry.get("validDate"))),
        observed_at=at,
        brand_ids=(brand_id,),
    )
