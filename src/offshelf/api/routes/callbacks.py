"""Where platforms push to. A push is verified, stored once and acknowledged; acting on it comes later."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from offshelf.api import asked as q
from offshelf.kit.errors import UsageError
from offshelf.kit.log import logger
from offshelf.platforms.contract import Delivery, InboundPort
from offshelf.services import Services

_log = logger("api")
router = APIRouter(prefix="/callbacks", tags=["callbacks"])


@router.get("/{platform}/{shop_id}", response_class=PlainTextResponse)
def answer_challenge(house: q.House, request: Request, platform: str, shop_id: q.ShopId) -> PlainTextResponse:
    """Answer the platform's check of this address."""
    text = _port(house, platform, shop_id).challenge(dict(request.query_params))
    if text is None:
        raise UsageError("api.not_authentic")
    return PlainTextResponse(text)


@router.post("/{platform}/{shop_id}", response_class=PlainTextResponse)
def receive_push(
    house: q.House, request: Request, platform: str, shop_id: q.ShopId, body: q.RawBody
) -> Response:
    """Take what a platform pushes. What is not authentic is refused and leaves no trace."""
    port = _port(house, platform, shop_id)
    pushes = port.open(Delivery(dict(request.query_params), dict(request.headers), body))
    if pushes is None:
        raise UsageError("api.not_authentic")
    # Acknowledged whether it is new or came before: the platform only wants to know that it arrived.
    for push in pushes:
        house.inbox.receive(
            source=shop_id,
            external_id=push.external_id,
            topic=push.topic,
            event=push.event,
            subject=push.subject,
            raw_status=push.raw_status,
            happened_at=push.happened_at,
        )
    receipt = port.receipt()
    return Response(receipt.body, media_type=receipt.media_type)


def _port(house: Services, platform: str, shop_id: str) -> InboundPort:
    """Return the port of a shop. Every refusal is that of a bad signature: strangers do not learn our shops."""
    try:
        shop = house.shops.get(shop_id)
        port = house.connect(shop_id).inbound
    except UsageError as error:
        _log.info("a push for %s was refused: %s", shop_id, error.code)
        raise UsageError("api.not_authentic") from None
    if port is None or shop.platform.value != platform:
        raise UsageError("api.not_authentic")
    return port
