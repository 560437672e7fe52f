"""Payloads as the reference shows them (§3 to §8)."""

from __future__ import annotations

from typing import Any

ITEM_ID, SKU_ID, ORDER_ID, CASE_ID = (
    "24000000000001",
    "158000000000011",
    "2400000000000101",
    "2400000000009001",
)

ITEM: dict[str, Any] = {
    "itemId": 24000000000001,
    "relItemId": 0,
    "title": "手工竹篮 小号",
    "auditStatus": 2,
    "auditReason": "",
    "onOfflineStatus": 0,
    "offlineReason": "商家下架",
    "duplicationStatus": 2,
    "skuInfos": [
        {
            "kwaiSkuId": 158000000000011,
            "skuStock": 37,
            "reserveStock": 0,
            "skuSalePrice": 3990,
            "isValid": 1,
            "specification": "小号",
            "skuNick": "BSK-S",
        }
    ],
    "createdTime": 1760000000000,
    "updateTime": 1779000001000,
}
LIST: dict[str, Any] = {
    "totalItemCount": 2,
    "currentPageItemCount": 2,
    "currentPageNumber": 1,
    "totalPage": 1,
    "items": [
        {"kwaiItemId": 24000000000001, "title": "手工竹篮 小号", "shelfStatus": 1, "itemStatus": 1},
        {"kwaiItemId": 24000000000002, "title": "手工竹篮 大号", "shelfStatus": 1, "itemStatus": 1},
    ],
}
SKUS: dict[str, Any] = {
    "skuCount": 1,
    "skuList": [
        {
            "kwaiSkuId": 158000000000011,
            "kwaiItemId": 24000000000001,
            "skuStock": 37,
            "reserveStock": 5,
            "skuSalePrice": 3990,
            "isValid": 1,
        }
    ],
}
COUPON: dict[str, Any] = {
    "couponId": 88001122,
    "name": "竹篮立减5元",
    "couponTargetType": 0,
    "itemId": [24000000000001],
    "status": 1,
    "threshold": 3000,
    "reduceAmount": 500,
    "receiveStartTime": 1778000000000,
    "receiveEndTime": 1982000000000,
}
PLAN: dict[str, Any] = {
    "planId": 551122,
    "itemId": 24000000000001,
    "commissionRate": 15,
    "planStatus": 1,
    "planType": 1,
}
COMMISSIONS: dict[str, Any] = {
    "pcursor": "no_more",
    "planCommissions": [
        {"commissionId": 7700001, "planId": 551122, "promoterId": 0, "type": 1, "rate": 15, "status": 1},
        {"commissionId": 7700002, "planId": 551122, "promoterId": 9, "type": 2, "rate": 20, "status": 1},
    ],
}
ACTIVITIES: dict[str, Any] = {"total": 1, "result": [{"activityId": 3301, "activityStatus": 2}]}
ENTRIES: dict[str, Any] = {
    "total": 1,
    "activityItemDataList": [{"itemId": 24000000000001, "itemAuditStatus": 2}],
}
ORDER: dict[str, Any] = {
    "orderBaseInfo": {
        "oid": 2400000000000101,
        "status": 30,
        "totalFee": 3990,
        "createTime": 1779512345000,
        "payTime": 1779512360000,
        "updateTime": 1779512360500,
        "disableDeliveryReasonCode": [],
        "validPromiseShipmentTimeStamp": 1779685160000,
    },
    "orderItemInfo": {
        "itemId": 24000000000001,
        "skuId": 158000000000011,
        "itemTitle": "手工竹篮 小号",
        "num": 1,
        "price": 3990,
    },
    "orderRefundList": [],
    "orderAddress": {"encryptedConsignee": "ENC==", "desensitiseConsignee": "李*", "province": "浙江省"},
}
ORDERS: dict[str, Any] = {"cursor": "nomore", "orderList": [ORDER]}
CASE: dict[str, Any] = {
    "refundId": 2400000000009001,
    "oid": 2400000000000101,
    "itemId": 24000000000001,
    "skuId": 158000000000011,
    "handlingWay": 10,
    "status": 10,
    "negotiateStatus": 1,
    "refundFee": 3990,
    "updateTime": 1779950000000,
}
CASES: dict[str, Any] = {"pcursor": "nomore", "refundOrderInfoList": [CASE]}
VIDEO: dict[str, Any] = {
    "photoId": "3xdemo01",
    "caption": "手工竹篮现货包邮",
    "createTime": 1779000000000,
    "pending": False,
}
