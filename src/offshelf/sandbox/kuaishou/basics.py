"""The shop, its seller and its score (reference §9)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.kuaishou.calls import SHOP, USER, Call, Endpoint, data
from offshelf.sandbox.kuaishou.envelope import RefusalError
from offshelf.sandbox.kuaishou.params import within

NO_MERCHANT = 63570501


def shop_info(call: Call) -> dict[str, Any]:
    """Return name and type of the shop; there is no id and no word on whether it is open."""
    if call.shop.closed:
        raise RefusalError(NO_MERCHANT)
    return data({"shopName": call.shop.identity.name, "shopType": 5})


def seller(call: Call) -> dict[str, Any]:
    """Return who the token belongs to."""
    identity = call.shop.identity
    return data(
        {
            "name": identity.name,
            "head": "https://img.example/head.jpg",
            "sellerId": int(identity.seller_id),
            "openId": identity.open_id,
        }
    )


def brands(call: Call) -> dict[str, Any]:
    """Return one page of the shop's brands."""
    number = within(call.body, "pageNum", 1, 2**31)
    size = within(call.body, "pageSize", 1, 50)
    identity, every = call.shop.identity, list(call.shop.stores.brands.values())
    shown = every[(number - 1) * size : number * size]
    return data(
        {
            "openId": identity.open_id,
            "shopId": int(identity.seller_id),
            "totalCount": len(every),
            "pageCount": -(-len(every) // size),
            "authBrands": [
                {
                    "brandId": int(one.brand_id),
                    "brandName": one.name,
                    "validDate": one.valid,
                    "status": one.status,
                }
                for one in shown
            ],
        }
    )


def score(_: Call) -> dict[str, Any]:
    """Return the shop's score."""
    dimensions = [
        {"dimName": name, "scoreStr": points}
        for name, points in (("商品体验", "4.71"), ("物流体验", "4.80"), ("售后体验", "4.66"))
    ]
    return data({"hasData": True, "summary": {"scoreStr": "4.73"}, "scoreDim": dimensions})


ENDPOINTS = {
    "open.shop.info.get": Endpoint("GET", shop_info, SHOP),
    "open.shop.brand.page.get": Endpoint("GET", brands, SHOP, tells_status=True),
    "open.user.seller.get": Endpoint("GET", seller, USER),
    "open.score.shop.get": Endpoint("GET", score, SHOP),
}
