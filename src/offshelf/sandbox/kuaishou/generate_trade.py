"""Makes what hangs on the goods: plans, activities, coupons, videos, orders of the last months, after-sales."""

from __future__ import annotations

from itertools import accumulate
from random import Random

from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.state import (
    Activity,
    Clip,
    Commission,
    Coupon,
    Entry,
    Item,
    Order,
    Photo,
    Plan,
    Refund,
    Stores,
)

DAY = 86_400
DAY_MS = DAY * 1000
HISTORY_DAYS = 88
MOST_ORDERS = 50_000
# Order status: share, youngest and oldest age in seconds.
ORDER_MIX = (
    (state.UNPAID, 0.02, 60, 1500),
    (state.PAID, 0.12, 1800, 2 * DAY),
    (state.SHIPPED, 0.14, DAY, 9 * DAY),
    (state.SIGNED, 0.05, 4 * DAY, 12 * DAY),
    (state.SUCCESS, 0.53, 8 * DAY, HISTORY_DAYS * DAY),
    (state.CLOSED, 0.14, 2 * 3600, HISTORY_DAYS * DAY),
)
PAID = frozenset({state.PAID, state.SHIPPED, state.SIGNED, state.SUCCESS})
# Way, status, negotiation.
CASES = (
    (10, 10, 1),
    (1, 11, 1),
    (1, 30, 2),
    (1, 40, 1),
    (10, 60, 2),
    (1, 60, 2),
    (10, 70, 3),
    (3, 45, 2),
    (10, 20, 3),
    (1, 21, 3),
    (10, 50, 2),
    (3, 60, 2),
)
CASE_SHARE = 0.05
COUPON_NAMES = ("新客立减", "满减券", "会员专享", "直播间专享", "老客回馈")


def make_trade(stores: Stores, dice: Random, now: int, place: int) -> None:
    """Fill everything but the goods of one shop. `now` is Unix seconds."""
    on_sale = [item for item in stores.items.values() if item.on_sale]
    listed = [item for item in stores.items.values() if item.ever_on]
    _plans(stores, dice, now * 1000, place, on_sale)
    _activities(stores, dice, now * 1000, place)
    _coupons(stores, dice, now * 1000, place, on_sale)
    _videos(stores, dice, now * 1000, listed)
    _orders(stores, dice, now, place, listed)
    _cases(stores, dice, now * 1000, place)


def _plans(stores: Stores, dice: Random, now: int, place: int, on_sale: list[Item]) -> None:
    many = min(len(on_sale), max(6, len(on_sale) * 3 // 10))
    next_id = 7_700_001 + place * 10**7
    for number, item in enumerate(dice.sample(on_sale, many)):
        kind = 5 if number % 12 == 3 else 1
        status = state.PLAN_CLOSED if number % 9 == 8 else state.OPEN
        created = now - dice.randint(5, 300) * DAY_MS
        plan = Plan(str(551_122 + place * 10**7 + number * 3), item.item_id, kind, status, created, created)
        # The first plan has more commissions than fit on one page.
        chosen = 24 if number == 0 else dice.randint(1, 3) if number % 6 == 1 else 0
        for one in (kind, *[2] * chosen):
            promoter = 0 if one == 1 else 900_800_000 + dice.randint(0, 9_999)
            rate = dice.randint(5, 40)
            plan.commissions.append(
                Commission(str(next_id), plan.plan_id, one, rate, promoter, created, created)
            )
            next_id += 1
        stores.plans[plan.plan_id] = plan


def _activities(stores: Stores, dice: Random, now: int, place: int) -> None:
    promoted = [plan.item_id for plan in stores.plans.values() if plan.status == state.OPEN]
    for number in range(4):
        entries = {
            item_id: Entry(item_id, (2, 2, 1, 3)[nth % 4], dice.randint(50, 300), dice.randint(10, 50))
            for nth, item_id in enumerate(dice.sample(promoted, min(len(promoted), 3 + number * 2)))
        }
        begin = now - dice.randint(1, 20) * DAY_MS
        activity = Activity(
            str(33_001 + place * 10**6 + number * 17),
            2 if number == 3 else 1,
            f"好物招商第{number + 1}期",
            800_700_600 + number,
            3,
            begin,
            begin + 60 * DAY_MS,
            entries,
        )
        stores.activities[activity.activity_id] = activity


def _coupons(stores: Stores, dice: Random, now: int, place: int, on_sale: list[Item]) -> None:
    for number in range(max(10, len(on_sale) // 40)):
        target = (0, 0, 1, 0, 15)[number % 5]
        bound = dice.sample(on_sale, min(len(on_sale), dice.randint(1, 12))) if target == 0 else []
        shape = number % 7  # 3 has not begun, 4 was ended, 6 has expired
        begin = now + 2 * DAY_MS if shape == 3 else now - dice.randint(1, 40) * DAY_MS
        end = now - DAY_MS // 2 if shape == 6 else now + dice.randint(5, 60) * DAY_MS
        reduce = dice.choice((500, 1000, 2000))
        coupon = Coupon(
            coupon_id=str(88_001_122 + place * 10**7 + number * 19),
            name=COUPON_NAMES[number % len(COUPON_NAMES)],
            target=target,
            item_ids=tuple(item.item_id for item in bound),
            status={4: state.ENDED, 6: state.EXPIRED}.get(shape, state.VALID),
            threshold=reduce * 6,
            reduce=reduce,
            total=dice.randint(50, 5000),
            receive_from=begin,
            receive_to=end,
            valid_from=begin,
            valid_to=end,
            created=min(begin, now) - DAY_MS,
            updated=min(begin, now) - DAY_MS,
        )
        stores.coupons[coupon.coupon_id] = coupon


def _videos(stores: Stores, dice: Random, now: int, listed: list[Item]) -> None:
    many = max(25, len(listed) // 10)
    for number in range(many):
        item = dice.choice(listed)
        created = now - (many - number) * DAY_MS // 3
        photo = Photo(
            photo_id=f"3x{number + 4096:08x}",
            caption=f"{item.title} 现货包邮",
            created=created,
            likes=dice.randint(0, 900),
            comments=dice.randint(0, 90),
            views=dice.randint(100, 50_000),
            pending=number == many - 1,
        )
        stores.photos[photo.photo_id] = photo
        if number % 3 == 0:
            clip = Clip(str(66_000_100 + number), item.title, created, 1 + number % 2)
            stores.clips[clip.video_id] = clip


def _orders(stores: Stores, dice: Random, now: int, place: int, listed: list[Item]) -> None:
    count = min(MOST_ORDERS, max(60, 2 * len(listed)))
    deck = [entry for entry in ORDER_MIX for _ in range(max(2, round(count * entry[1])))]
    pulls = list(accumulate(item.pull or 1e-6 for item in listed))
    bought = dice.choices(listed, cum_weights=pulls, k=len(deck))
    for number, ((status, _, youngest, oldest), item) in enumerate(zip(deck, bought, strict=True)):
        sku = item.skus[int(dice.random() * len(item.skus))]
        units = 1 if dice.random() < 0.85 else 2
        created = (now - youngest) * 1000 - int(dice.random() * (oldest - youngest) * 1000)
        order = Order(
            order_id=str(2_400_000_000_000_101 + place * 10**13 + number * 13),
            item_id=item.item_id,
            sku_id=sku.sku_id,
            units=units,
            price=sku.price,
            status=status,
            created=created,
            updated=created,
            buyer=f"f1b{dice.getrandbits(48):012x}",
            cps=number % 3 == 0,
        )
        _live_through(order, now * 1000, number)
        if status == state.UNPAID:
            sku.locked += units
            sku.physical += units
        stores.orders[order.order_id] = order


def _live_through(order: Order, now: int, number: int) -> None:
    """Fill the instants an order of this status has behind it."""
    if order.status in PAID:
        order.paid = min(now, order.created + 40_000)
        order.risk = 10_001 if order.status == state.PAID and number % 23 == 0 else 0
        order.blocked = (2,) if order.status == state.PAID and number % 11 == 0 else ()
    if order.status in PAID - {state.PAID}:
        order.shipped = min(now, order.created + DAY_MS)
    if order.status in {state.SIGNED, state.SUCCESS}:
        order.received = min(now, order.created + 4 * DAY_MS)
    closed = order.created + 1_800_000 if order.status == state.CLOSED else order.created
    order.updated = min(now, max(closed, order.paid, order.shipped, order.received))


def _cases(stores: Stores, dice: Random, now: int, place: int) -> None:
    paid = [order for order in stores.orders.values() if order.paid]
    count = min(len(paid), max(len(CASES), round(len(paid) * CASE_SHARE)))
    for number, order in enumerate(dice.sample(paid, count)):
        way, status, negotiation = CASES[number % len(CASES)]
        item = stores.items[order.item_id]
        sku = item.sku(order.sku_id)
        created = order.paid + int(dice.random() * (now - order.paid))
        case = Refund(
            refund_id=str(2_450_000_000_009_001 + place * 10**12 + number * 11),
            order_id=order.order_id,
            item_id=order.item_id,
            sku_id=order.sku_id,
            sku_code=sku.code if sku is not None else "",
            units=1,
            way=way,
            status=status,
            negotiation=negotiation,
            fee=0 if way == state.EXCHANGE else order.price,
            created=created,
            updated=created + int(dice.random() * (now - created)),
            buyer=order.buyer,
        )
        order.refund_ids = (case.refund_id, *order.refund_ids)
        stores.refunds[case.refund_id] = case
