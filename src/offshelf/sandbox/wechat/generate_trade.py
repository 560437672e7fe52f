"""Makes what hangs on the goods: coupons, league plans, orders of the last ninety days, after-sales."""

from __future__ import annotations

from itertools import accumulate
from random import Random

from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.league import plan_key
from offshelf.sandbox.wechat.state import AfterSale, Coupon, Order, Plan, Product, Stores

DAY = 86_400
HISTORY_DAYS = 90
MOST_ORDERS = 50_000
# Order status: share, youngest and oldest age in seconds.
ORDER_MIX = (
    (state.UNPAID, 0.02, 60, 1500),
    (12, 0.01, 600, DAY),
    (13, 0.01, 600, DAY),
    (state.TO_SHIP, 0.10, 1800, 2 * DAY),
    (state.PARTLY_SHIPPED, 0.02, DAY, 3 * DAY),
    (state.SHIPPED, 0.14, DAY, 9 * DAY),
    (state.COMPLETED, 0.54, 8 * DAY, HISTORY_DAYS * DAY),
    (state.REFUNDED, 0.06, 3 * DAY, HISTORY_DAYS * DAY),
    (state.CANCELLED, 0.10, 2 * 3600, HISTORY_DAYS * DAY),
)
PAID = frozenset({12, 13, 20, 21, 30, 100, 200})
CASES = (
    ("REFUND", "MERCHANT_PROCESSING"),
    ("RETURN", "USER_WAIT_RETURN"),
    ("RETURN", "MERCHANT_WAIT_RECEIPT"),
    ("REFUND", "MERCHANT_REFUND_SUCCESS"),
    ("RETURN", "MERCHANT_RETURN_SUCCESS"),
    ("REFUND", "USER_CANCELD"),
    ("REFUND", "MERCHANT_REJECT_REFUND"),
    ("EXCHANGE", "USER_WAIT_RECEIPT"),
    ("REFUND", "PLATFORM_REFUNDING"),
    ("RETURN", "RETURN_CLOSED"),
    ("REFUND", "MERCHANT_OVERDUE_REFUND"),
)
CASE_SHARE = 0.05
COUPON_NAMES = ("新客立减", "满减券", "会员专享", "直播间专享", "老客回馈")


def make_trade(stores: Stores, dice: Random, now: int, place: int) -> None:
    """Fill coupons, league plans, orders and after-sales of one shop."""
    on_sale = [product for product in stores.products.values() if product.status == state.ON_SALE]
    listed = [product for product in stores.products.values() if product.ever_listed]
    _coupons(stores, dice, now, on_sale, listed)
    _plans(stores, dice, now, on_sale)
    _orders(stores, dice, now, place, listed)
    _cases(stores, dice, now, place)


def _coupons(stores: Stores, dice: Random, now: int, on_sale: list[Product], listed: list[Product]) -> None:
    for number in range(max(8, len(listed) // 40)):
        shape = number % 4  # bound to few, mixed over many, shop-wide, bound to few
        kind = 101 + number % 3 if shape == 2 else 1 + number % 4
        if shape == 2:
            bound: tuple[str, ...] = ()
        elif shape == 1:
            bound = tuple(p.product_id for p in dice.sample(listed, min(len(listed), dice.randint(8, 30))))
        else:
            bound = tuple(p.product_id for p in dice.sample(on_sale, min(len(on_sale), dice.randint(1, 4))))
        status = (2, 2, 2, 1, 2, 3, 2, 4)[number % 8]
        begin = now - dice.randint(1, 40) * DAY
        end = now - DAY if status == 3 else now + dice.randint(2, 60) * DAY
        total = dice.randint(50, 5000)
        received = 0 if status == 1 else dice.randint(0, total)
        coupon = Coupon(
            coupon_id=str(51_200_031_877 + number * 17),
            name=COUPON_NAMES[number % len(COUPON_NAMES)],
            kind=kind,
            status=status,
            create_time=begin,
            update_time=begin,
            start_time=begin,
            end_time=end,
            discount_fee=dice.choice((500, 1000, 2000)),
            product_ids=bound,
            total=total,
            received=received,
            used=received // 3,
        )
        stores.coupons[coupon.coupon_id] = coupon


def _plans(stores: Stores, dice: Random, now: int, on_sale: list[Product]) -> None:
    chosen = dice.sample(on_sale, max(4, len(on_sale) * 3 // 10) if len(on_sale) >= 4 else len(on_sale))
    for number, product in enumerate(chosen):
        kinds = (3,) if number % 12 == 3 else (1, 2) if number % 6 == 1 else (1,)
        for kind in kinds:
            info_id = "" if kind == 1 else str(700_018_834 + number * 7 + kind)
            status = 2 if number % 9 == 8 else 1
            plan = Plan(
                plan_key(kind, product.product_id, info_id),
                kind,
                product.product_id,
                info_id,
                status,
                dice.randint(5, 40),
                now - 20 * DAY,
                now + 60 * DAY,
                () if kind == 1 else tuple(f"sph{dice.getrandbits(40):010x}" for _ in range(kind)),
            )
            stores.plans[plan.key] = plan


def _orders(stores: Stores, dice: Random, now: int, place: int, listed: list[Product]) -> None:
    count = min(MOST_ORDERS, max(60, 2 * len(listed)))
    deck = [entry for entry in ORDER_MIX for _ in range(max(1, round(count * entry[1])))]
    pulls = list(accumulate(product.pull for product in listed))
    bought = dice.choices(listed, cum_weights=pulls, k=len(deck))
    # Only what can be bought can be waiting for payment.
    for number, ((status, _, youngest, oldest), product) in enumerate(zip(deck, bought, strict=True)):
        sku = product.skus[int(dice.random() * len(product.skus))]
        created = now - youngest - int(dice.random() * (oldest - youngest))
        order = Order(
            order_id=str(3_731_120_045_519_902_208 + place * 10**16 + number * 104_729),
            product_id=product.product_id,
            sku_id=sku.sku_id,
            units=1 if dice.random() < 0.85 else 2,
            price=sku.price,
            status=status,
            create_time=created,
            update_time=_updated(status, created, now, dice),
            openid=f"oA{dice.getrandbits(48):012x}",
            scene=dice.choice((1, 2, 2, 3, 4, 5, 6)),
        )
        if status in PAID:
            order.pay_time = min(now, created + 40)
        if status in {state.SHIPPED, state.COMPLETED}:
            order.ship_time = min(now, created + DAY)
        if status == state.UNPAID:
            sku.locked += order.units
            sku.physical += order.units
        stores.orders[order.order_id] = order


def _updated(status: int, created: int, now: int, dice: Random) -> int:
    if status == state.UNPAID:
        return created
    later = {state.TO_SHIP: 40, 12: 40, 13: 40, state.CANCELLED: 1800}.get(status, dice.randint(DAY, 9 * DAY))
    return min(now, created + later)


def _cases(stores: Stores, dice: Random, now: int, place: int) -> None:
    paid = [order for order in stores.orders.values() if order.status in {20, 21, 30, 100, 200}]
    count = min(len(paid), max(len(CASES), round(len(paid) * CASE_SHARE)))
    for number, order in enumerate(dice.sample(paid, count)):
        kind, status = CASES[number % len(CASES)]
        created = order.create_time + int(dice.random() * (now - order.create_time))
        case = AfterSale(
            aftersale_id=str(2_000_001_184_420_011 + place * 10**12 + number * 1_021),
            order_id=order.order_id,
            product_id=order.product_id,
            sku_id=order.sku_id,
            units=1,
            kind=kind,
            status=status,
            amount=order.price,
            create_time=created,
            update_time=created + int(dice.random() * (now - created)),
            openid=order.openid,
            complaint_id=str(560_001_000 + number) if number % 7 == 6 else "",
        )
        order.aftersale_ids = (*order.aftersale_ids, case.aftersale_id)
        stores.aftersales[case.aftersale_id] = case
