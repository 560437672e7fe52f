"""Makes what hangs on the goods: coupons, plans, strategies, videos, orders of the last ninety days, after-sales."""

from __future__ import annotations

from itertools import accumulate
from random import Random

from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.aftersales import OUT_FOR_DELIVERY, UNDER_WAY
from offshelf.sandbox.douyin.clockwork import next_midnight
from offshelf.sandbox.douyin.state import (
    Case,
    Coupon,
    Identity,
    Order,
    Product,
    SimplePlan,
    Stores,
    Strategy,
    TargetedPlan,
    Video,
)
from offshelf.sandbox.douyin.trade import receiver, sealed, tracking_no

DAY = 86_400
HISTORY = 89 * DAY
MOST_ORDERS = 50_000
# Order status: share, youngest and oldest age in seconds.
ORDER_MIX = (
    (state.UNPAID, 0.02, 60, 1_500),
    (state.PART_PAID, 0.005, 3_600, DAY),
    (state.IN_RISK, 0.01, 600, DAY),
    (state.TO_SHIP, 0.10, 1_800, 2 * DAY),
    (state.PART_SHIPPED, 0.02, DAY, 3 * DAY),
    (state.SHIPPED, 0.14, DAY, 7 * DAY),
    (state.FINISHED, 0.54, 8 * DAY, HISTORY),
    (state.CANCELLED, 0.11, 7_200, HISTORY),
    (state.REFUNDED_UNSHIPPED, 0.02, 3 * DAY, HISTORY),
    (state.REFUNDED_SHIPPED, 0.02, 9 * DAY, HISTORY),
    (state.REFUNDED_RECEIVED, 0.01, 12 * DAY, HISTORY),
)
UNPAID_STATES = frozenset({state.UNPAID, state.CANCELLED})
SHIPPED_STATES = frozenset({state.PART_SHIPPED, state.SHIPPED, state.FINISHED, 22, 39})
# Kind, status, and the order status the case hangs on.
CASES = (
    (1, 6, state.SHIPPED),
    (2, 6, state.TO_SHIP),
    (0, 7, state.FINISHED),
    (0, 11, state.FINISHED),
    (1, 12, state.REFUNDED_SHIPPED),
    (2, 12, state.REFUNDED_UNSHIPPED),
    (0, 12, state.REFUNDED_RECEIVED),
    (1, 27, state.SHIPPED),
    (1, 28, state.FINISHED),
    (0, 29, state.FINISHED),
    (3, 13, state.FINISHED),
    (3, 8, state.FINISHED),
    (2, 51, state.CANCELLED),
)
COUPON_KINDS = ((3, 1), (3, 2), (7, 2), (4, 2), (6, 3), (3, 1), (13, 2), (15, 1))
COUPON_NAMES = (
    "商品满减券",
    "商品直减券",
    "全店通用券",
    "粉丝专享",
    "新人券",
    "爆款满减",
    "达人专属",
    "复购券",
)


def make_trade(stores: Stores, identity: Identity, dice: Random, now: int, place: int) -> None:
    """Fill coupons, plans, videos, orders and cases of one shop."""
    on_sale = [product for product in stores.products.values() if product.on_sale]
    listed = [product for product in stores.products.values() if product.ever_listed]
    _coupons(stores, dice, now, on_sale)
    _plans(stores, dice, now, place, on_sale)
    _videos(stores, identity, dice, now, listed)
    _orders(stores, dice, now, place, listed)
    _cases(stores, dice, now, place)


def _coupons(stores: Stores, dice: Random, now: int, on_sale: list[Product]) -> None:
    for number in range(max(8, len(on_sale) // 40)):
        kind, sub_type = COUPON_KINDS[number % len(COUPON_KINDS)]
        bound: tuple[str, ...] = ()
        if kind in {3, 13, 15}:
            bound = tuple(p.product_id for p in dice.sample(on_sale, min(len(on_sale), dice.randint(1, 6))))
        status = (2, 2, 2, 1, 2, 3, 2, 4)[number % 8]
        begin = now + DAY if status == 1 else now - dice.randint(2, 40) * DAY
        end = now - DAY if status == 3 else now + dice.randint(3, 60) * DAY
        total = dice.randint(50, 5_000)
        coupon = Coupon(
            coupon_id=str(7_200_000_000_000_000_017 + number * 1_009),
            name=COUPON_NAMES[number % len(COUPON_NAMES)],
            status=status,
            kind=kind,
            sub_type=sub_type,
            begin=begin,
            end=end,
            credit=0 if sub_type == 3 else dice.choice((500, 1_000, 2_000)),
            threshold=9_900 if sub_type == 1 else 0,
            product_ids=bound,
            total=total,
            used=0 if status == 1 else dice.randint(0, total),
        )
        stores.coupons[coupon.coupon_id] = coupon


def _plans(stores: Stores, dice: Random, now: int, place: int, on_sale: list[Product]) -> None:
    chosen = dice.sample(on_sale, max(min(6, len(on_sale)), len(on_sale) * 3 // 10))
    for number, product in enumerate(chosen):
        product_id = product.product_id
        plan = SimplePlan(
            promotion_id=str(3_500_000_000_000_000_001 + place * 10**12 + number * 7),
            product_id=product_id,
            status=(1, 1, 1, 2, 1, 1, 4, 1, 1, 5)[number % 10] if number > 2 else 1,
            ratio=dice.randint(5, 40),
            update_time=now - DAY,
            create_time=now - 30 * DAY,
        )
        if number % 8 == 1:
            plan.exclusive, plan.exclusive_ratio = True, dice.randint(10, 50)
        stores.simple[product_id] = plan
        if number % 4 == 2 or number < 2:
            _targeted(stores, dice, now, place, product_id)
        if number % 5 == 0:
            _strategy(stores, dice, now, place, product_id)


def _targeted(stores: Stores, dice: Random, now: int, place: int, product_id: str) -> None:
    number = len(stores.targeted)
    # The second ends today, every seventh is over; the rest runs for weeks.
    ends = {1: int(next_midnight(now)) - 1}.get(number, now + dice.randint(10, 60) * DAY)
    over = number % 7 == 6
    plan = TargetedPlan(
        plan_id=str(1_800_000_000_000_001 + place * 10**9 + number * 11),
        product_id=product_id,
        status=2 if over else 1,
        ratio=dice.randint(5, 60),
        begin=now - 30 * DAY,
        end=now - DAY if over else ends,
        kols=dice.randint(1, 30),
    )
    stores.targeted[plan.plan_id] = plan


def _strategy(stores: Stores, dice: Random, now: int, place: int, product_id: str) -> None:
    number = len(stores.strategies)
    kol_range = 1 + number % 2
    kols = () if kol_range == 1 else tuple(70_000_000_000 + dice.randint(1, 10**9) for _ in range(3))
    strategy = Strategy(
        strategy_id=str(3_456_782 + place * 10**6 + number * 3),
        product_id=product_id,
        status=(1, 1, 2, 1, 3)[number % 5],
        kol_range=kol_range,
        ratio=dice.randint(5, 50),
        begin=now - 20 * DAY,
        end=now + dice.randint(5, 90) * DAY,
        kols=kols,
    )
    stores.strategies[strategy.strategy_id] = strategy


def _videos(stores: Stores, identity: Identity, dice: Random, now: int, listed: list[Product]) -> None:
    for number in range(max(6, len(listed) // 10)):
        linked = dice.sample(listed, min(len(listed), (1, 1, 2, 0, 3)[number % 5]))
        video = Video(
            video_id=str(7_400_000_000_000_000_003 + int(identity.shop_id) * 10**6 + number * 13),
            user_id=identity.user_id,
            status=-1 if number % 11 == 10 else 0,
            create_time=now - dice.randint(1, 85) * DAY,
            plays=dice.randint(50, 500_000),
            product_ids=tuple(product.product_id for product in linked),
        )
        stores.videos[video.video_id] = video


def _orders(stores: Stores, dice: Random, now: int, place: int, listed: list[Product]) -> None:
    count = min(MOST_ORDERS, max(60, 2 * len(listed)))
    deck = [entry for entry in ORDER_MIX for _ in range(max(1, round(count * entry[1])))]
    pulls = list(accumulate(product.pull for product in listed))
    bought = dice.choices(listed, cum_weights=pulls, k=len(deck))
    for number, ((planned, _, youngest, oldest), product) in enumerate(zip(deck, bought, strict=True)):
        sku = product.skus[int(dice.random() * len(product.skus))]
        units = 1 if dice.random() < 0.85 else 2
        created = now - youngest - int(dice.random() * (oldest - youngest))
        # Only what can be bought can be waiting for payment.
        possible = planned != state.UNPAID or (product.on_sale and sku.normal >= units)
        status = planned if possible else state.CANCELLED
        order = Order(
            order_id=str(6_900_000_000_000_000_021 + place * 10**15 + number * 104_729),
            product_id=product.product_id,
            sku_id=sku.sku_id,
            units=units,
            price=sku.price,
            status=status,
            create_time=created,
            update_time=created if status == state.UNPAID else min(now, created + dice.randint(60, 3 * DAY)),
            receiver=receiver(dice),
            sealed=sealed(dice),
            c_biz=dice.choice((0, 2, 2, 8)),
            author_id=dice.choice((0, 70_000_000_001)),
            trade_type=dice.choice((0,) * 9 + (1,)),
        )
        _age(order, now)
        if status == state.UNPAID:
            # Its units are part of what is listed: they come back when it runs out.
            sku.normal -= units
            sku.locked += units
        stores.orders[order.order_id] = order


def _age(order: Order, now: int) -> None:
    if order.status in UNPAID_STATES:
        order.cancel_reason = "用户不想买了" if order.status == state.CANCELLED else ""
        return
    order.pay_time = min(now, order.create_time + 40)
    if order.status in SHIPPED_STATES:
        order.ship_time = min(now, order.create_time + DAY)
        order.tracking_no = tracking_no(order.order_id)
    if order.status in {state.FINISHED, state.REFUNDED_RECEIVED}:
        order.finish_time = min(now, order.create_time + 7 * DAY)


def _cases(stores: Stores, dice: Random, now: int, place: int) -> None:
    free: dict[int, list[Order]] = {}
    for order in stores.orders.values():
        free.setdefault(order.status, []).append(order)
    for orders in free.values():
        dice.shuffle(orders)
    for number in range(max(2 * len(CASES), len(stores.orders) // 25)):
        kind, status, order_status = CASES[number % len(CASES)]
        if not free.get(order_status):
            continue
        order = free[order_status].pop()
        created = order.create_time + int(dice.random() * (now - order.create_time))
        case = Case(
            case_id=str(7_100_000_000_000_000_031 + place * 10**15 + number * 1_021),
            order_id=order.order_id,
            product_id=order.product_id,
            units=order.units,
            kind=kind,
            status=status,
            amount=order.price * order.units,
            create_time=created,
            update_time=created + int(dice.random() * (now - created)),
            reason=dice.choice((1, 2)),
        )
        if order_status == state.SHIPPED:
            case.parcel_state = UNDER_WAY if number // len(CASES) % 2 == 0 else OUT_FOR_DELIVERY
        order.case_id = case.case_id
        stores.cases[case.case_id] = case
