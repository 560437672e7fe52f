"""Products: reading one, taking it off, deleting it, and the locks that forbid it (reference §5.2 to §5.6)."""

from __future__ import annotations

from typing import Any

from offshelf.kit.instants import from_unix, local
from offshelf.sandbox.douyin import listing, state
from offshelf.sandbox.douyin.audits import HELD, NO_PRODUCT, taken_off
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import FAILED, ILLEGAL, refuse
from offshelf.sandbox.douyin.params import (
    DEFAULT_MISSING,
    flag,
    optional_text,
    optional_whole,
    whole,
    wholes,
    wrong_type,
)
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Product, Sku

ALREADY_OFF = refuse(ILLEGAL, 2010021, "商品状态重复操作,当前为下架")
IS_DELETED = refuse(ILLEGAL, 2010022, "商品状态不合法,当前为删除")
IN_SECKILL = refuse(ILLEGAL, 2010005, "商品处于平台秒杀活动中,不能下架")
IS_PRIZE = refuse(ILLEGAL, 2010004, "奖品商品不支持下架")
IN_ACTIVITY = refuse(FAILED, 2010045, "商品处于平台活动中,不能下架")
OFF_MISSING = refuse(ILLEGAL, 20024, "参数缺失")
GONE = refuse(ILLEGAL, 2010058, "商品已被彻底删除")
NO_OUTER = refuse(ILLEGAL, 4, "out_product_id不存在或商品已被删除")
DELETED_BEFORE = refuse(ILLEGAL, 7, "商品已经删除,不能重复操作")
TOO_MANY_LOCKS = refuse(ILLEGAL, 2010004, "product_ids数量超过限制")


def set_offline(call: Call) -> Any:
    """Take one product off sale, into the warehouse."""
    product_id = whole(call.body, "product_id", OFF_MISSING)
    optional_text(call.body, "outer_product_id")
    product = call.shop.product(product_id)
    if product is None:
        raise NO_PRODUCT.error()
    if product.status == state.DELETED:
        raise IS_DELETED.error()
    if product.status == state.DOWN:
        raise ALREADY_OFF.error()
    if product.prize:
        raise IS_PRIZE.error()
    if product.seckill:
        raise IN_SECKILL.error()
    if state.LOCK_OFF in product.locks:
        raise IN_ACTIVITY.error()
    taken_off(call.shop, product, call.cause)
    return {}


def delete(call: Call) -> Any:
    """Put one product into the recycle bin, or destroy it with `delete_forever`."""
    body = call.body
    product_id, outer = optional_whole(body, "product_id"), optional_whole(body, "out_product_id")
    forever = flag(body, "delete_forever")
    if product_id is None and outer is None:
        raise DEFAULT_MISSING.error()
    product = None if product_id is None else call.shop.product(product_id)
    if product is None:
        raise (NO_OUTER if product_id is None else NO_PRODUCT).error()
    if product.status == state.DELETED and not forever:
        raise DELETED_BEFORE.error()
    if state.LOCK_DELETE in product.locks:
        raise HELD.error()
    product.submission = 0
    status = state.DESTROYED if forever else state.DELETED
    call.shop.move(product, call.cause, status=status, check=state.NOT_SUBMITTED, draft=state.NO_DRAFT)
    return None


def locks(call: Call) -> dict[str, Any]:
    """Return what is forbidden to do with products and their SKUs; unknown products are left out."""
    ids = wholes(call.body, "product_ids", DEFAULT_MISSING)
    if not 1 <= len(ids) <= call.shop.settings.locks_per_call:
        raise TOO_MANY_LOCKS.error()
    found = [call.shop.product(one) for one in dict.fromkeys(ids)]
    return {"product_lock_infos": [_locked(product) for product in found if product is not None]}


def _locked(product: Product) -> dict[str, Any]:
    held = bool(product.activity or product.seckill)
    return {
        "product_id": int(product.product_id),
        "product_locks": list(product.locks),
        "sku_lock_infos": [
            {
                "sku_id": int(sku.sku_id),
                "sku_locks": [state.SKU_LOCK_PRICE, state.SKU_LOCK_DECREASE]
                if held
                else [state.SKU_LOCK_DECREASE],
            }
            for sku in product.skus
            if held or sku.reserved
        ],
    }


def detail(call: Call) -> dict[str, Any]:
    """Return one product with all its states and SKUs. Ids are text here, times are Beijing time."""
    product_id, outer = optional_text(call.body, "product_id"), optional_text(call.body, "out_product_id")
    if optional_text(call.body, "show_draft") not in {"", "true", "false"}:
        raise wrong_type("show_draft")
    if not product_id:
        raise (NO_OUTER if outer else DEFAULT_MISSING).error()
    product = call.shop.product(product_id)
    if product is None:
        raise GONE.error()
    presell = product.presell_type
    return {
        "product_id": int(product.product_id),
        "product_id_str": product.product_id,
        "outer_product_id": product.code,
        "name": product.title,
        "status": product.status,
        "check_status": product.check_status,
        "draft_status": product.draft_status,
        "create_time": local(from_unix(product.create_time)),
        "update_time": local(from_unix(product.update_time)),
        "presell_type": presell,
        "presell_config_level": 0,
        "presell_delay": 7 if presell else 0,
        "presell_end_time": local(from_unix(call.shop.now() + 9 * 86_400)) if presell else "",
        "presell_delivery_type": presell,
        "delivery_delay_day": 2,
        "limit_per_buyer": 0,
        "maximum_per_order": 0,
        "minimum_per_order": 1,
        "sell_channel": [0],
        "start_sale_type": product.start_sale_type,
        "reduce_type": 1,
        "category_detail": listing.categories(product),
        "after_sale_service": '{"supply_day_return_selector":"7-1","damaged_order_return":"1"}',
        "is_sub_product": False,
        "spec_prices": [_price(sku, presell) for sku in product.skus],
    }


def _price(sku: Sku, presell: int) -> dict[str, Any]:
    return {
        "sku_id": int(sku.sku_id),
        "outer_sku_id": sku.code,
        "code": sku.code,
        "price": sku.price,
        "sku_type": sku.kind,
        "stock_num": sku.normal + sku.reserved,
        "lock_stock_num": sku.locked,
        "prom_stock_num": sku.reserved,
        "step_stock_num": sku.stepped,
        "lock_step_stock_num": 0,
        "stock_num_map": {"WH1": sku.regional} if sku.kind == state.REGIONAL else {},
        "presell_delay": 7 if presell else 0,
    }


def true_state(shop: Shop, product: Product) -> dict[str, Any]:
    """Return everything the sandbox knows about a product, for tests and the control calls."""
    return {
        "product_id": product.product_id,
        "shop": shop.identity.app_key,
        "code": product.code,
        "title": product.title,
        "status": product.status,
        "check_status": product.check_status,
        "draft_status": product.draft_status,
        "on_sale": product.on_sale,
        "ever_listed": product.ever_listed,
        "changed_at": product.changed_at,
        "activity": product.activity,
        "seckill": product.seckill,
        "prize": product.prize,
        "locks": list(product.locks),
        "skus": [
            {
                "sku_id": sku.sku_id,
                "code": sku.code,
                "price": sku.price,
                "kind": sku.kind,
                "normal": sku.normal,
                "reserved": sku.reserved,
                "regional": sku.regional,
                "stepped": sku.stepped,
                "locked": sku.locked,
                "sold": sku.sold,
                "owed": sku.owed,
            }
            for sku in product.skus
        ],
    }


METHODS = {
    "product.listV2": listing.LIST,
    "product.detail": Method(detail, tells=listing.STATES, limited=listing.LIMITED),
    "product.setOffline": Method(
        set_offline, writes=True, busy=refuse(FAILED, 2010002, "更新超时"), limited=listing.LIMITED
    ),
    "product.del": Method(delete, writes=True),
    "product.batchGetProductLocks": Method(locks),
}
