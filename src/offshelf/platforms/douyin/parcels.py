"""The parcels port: asking the carrier to bring one back (reference §8.4). Only parcels of an after-sale case."""

from __future__ import annotations

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import CallResult
from offshelf.platforms.douyin import translate_trade as translate
from offshelf.platforms.douyin import wire
from offshelf.vocabulary.trade import Parcel


class Parcels:
    """Implements `ParcelsPort`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def intercept(self, aftersale_id: str, parcel: Parcel) -> CallResult:
        """Write: ask for one parcel, collected and not yet out for delivery. Not repeatable, may cost money."""
        body = {
            "after_sale_id": wire.number(aftersale_id),
            "op_from": wire.FROM_SHOP,
            "intercept_targets": [{"company_code": parcel.company, "tracking_no": parcel.tracking_no}],
        }
        reply = await self._client.write_seen(wire.INTERCEPT, body)
        return (
            translate.intercept_result(reply.result, reply.fields, parcel)
            if reply.result.ok
            else reply.result
        )
