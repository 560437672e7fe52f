"""The licences port: brands with their registration and grants, and category rights (reference §14)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import amount, need, rows, text
from offshelf.platforms.contract import LicenceSeen
from offshelf.platforms.wechat_channels import translate_licences as translate
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.errors import STALE
from offshelf.platforms.wechat_channels.manifest import limit


class Licences:
    """Implements `LicencesPort`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def held(self) -> tuple[LicenceSeen, ...]:
        """Return every brand the shop may use or might use, and every category right, lapsed ones too."""
        return (*_told_apart(await self._brands()), *await self._rights())

    async def _brands(self) -> list[LicenceSeen]:
        size = limit("brand_page")

        def page(fields: dict[str, Any], at: datetime) -> Sheet[LicenceSeen]:
            found = [translate.brand(entry, at) for entry in need(fields, "brands", rows)]
            return Sheet(found, text(fields.get("next_key")), need(fields, "total_num", amount))

        async def turn(cursor: str, _page: int) -> Sheet[LicenceSeen]:
            body = {"page_size": size, "next_key": cursor}
            return (await self._client.read(wire.BRAND_LIST, body, page)).value

        found = await follow(self._client, wire.BRAND_LIST, turn, STALE)
        return list({one.ref: one for one in found}.values())

    async def _rights(self) -> list[LicenceSeen]:
        def read(fields: dict[str, Any], at: datetime) -> list[LicenceSeen]:
            return [translate.category_right(entry, at) for entry in need(fields, "list", rows)]

        # The platform wants the flag (reference §14); without a filter it gives effective and lapsed ones.
        found = (await self._client.read(wire.CATEGORY_RIGHTS, {"is_filter_status": False}, read)).value
        return translate.one_per_category(found)


def _told_apart(brands: list[LicenceSeen]) -> list[LicenceSeen]:
    """Return them with numbers that name one each: two brands may stand on one registration."""
    often = Counter(one.number for one in brands)
    return [
        one if often[one.number] == 1 else replace(one, number=f"{one.number}/{one.ref}") for one in brands
    ]
