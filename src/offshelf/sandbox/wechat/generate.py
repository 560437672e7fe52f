"""Makes one shop's goods from the seed: listings, stock, drafts, limited-time sales, brands (in exact proportions)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from random import Random

from offshelf.kit.digest import sm3
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.names import BRAND_NAMES, CATEGORIES, SHOP_NAMES, Category
from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.state import Brand, Identity, Product, Right, Sku, Stores, Task

DAY = 86_400
# Shares of a shop's listings; the rest is on sale without anything pending.
STATUS_SHARES = (
    (state.SELF_OFF, 0.08),
    (state.SOLD_OUT, 0.03),
    (state.VIOLATION, 0.01),
    (state.DEPOSIT_SHORT, 0.005),
    (state.BRAND_EXPIRED, 0.01),
    (state.BANNED, 0.005),
    (state.RECYCLED, 0.015),
    (state.NEVER_LISTED, 0.03),
)
IN_AUDIT_WHILE_ON_SALE = 0.03
RUNNING_TASKS = 0.04
SKU_COUNTS = ((1, 2, 3, 4, 5, 6), (26, 48, 70, 84, 93, 100))
LONG_TAIL = 0.9


def make_identity(engine: Engine, place: int) -> Identity:
    """Return names and credentials of the shop at `place`."""
    seed = engine.config.seed

    def secret(purpose: str, length: int) -> str:
        return sm3(f"{seed}:{place}:{purpose}".encode())[:length]

    key = base64.b64encode(bytes.fromhex(sm3(f"{seed}:{place}:aes".encode()))).decode().rstrip("=")
    return Identity(
        name=SHOP_NAMES[(seed + place) % len(SHOP_NAMES)],
        username=f"gh_{secret('name', 12)}",
        app_id=f"wx{secret('app', 16)}",
        app_secret=secret("app-secret", 32),
        assistant_app_id=f"wx{secret('assistant', 16)}",
        assistant_app_secret=secret("assistant-secret", 32),
        push_token=secret("push", 24),
        encoding_aes_key=key,
        open_time=int(engine.time.now()) - 700 * DAY,
    )


def make_goods(engine: Engine, place: int) -> Stores:
    """Return the goods of the shop at `place`."""
    dice = engine.dice(f"goods:{place}")
    now = int(engine.time.now())
    stores = Stores(brands=_brands(dice, now), rights=_rights(now))
    size = engine.config.size
    statuses = _statuses(size, dice)
    ranks = list(range(1, size + 1))
    dice.shuffle(ranks)
    numbers = _numbers(place)
    effective = [brand.brand_id for brand in stores.brands.values() if brand.status != 6]
    expired = [brand.brand_id for brand in stores.brands.values() if brand.status == 6]
    running = [0] * len(CATEGORIES)
    kinds = dice.choices(range(len(CATEGORIES)), [category.share for category in CATEGORIES], k=size)
    for listing in range(size):
        kind = kinds[listing]
        running[kind] += 1
        product = _product(dice, numbers, kind, running[kind], now)
        _place(product, statuses[listing], ranks[listing], size, dice)
        if product.status == state.BRAND_EXPIRED:
            product.brand_id = expired[0]
        elif dice.random() < 0.4:
            product.brand_id = dice.choice(effective)
        stores.products[product.product_id] = product
    _pend(stores, dice, size)
    _tasks(stores, dice, size, now)
    for _ in range(5):
        stores.affiliate[next(numbers)] = (f"wx{dice.getrandbits(64):016x}", "达人带货商品")
    return stores


def _numbers(place: int) -> Iterator[str]:
    # 17 digits: above 2^53, and all of one length.
    number = 10_000_412_200_731_000 + place * 10**14
    while True:
        yield str(number)
        number += 1_031


def _statuses(size: int, dice: Random) -> list[int]:
    deck: list[int] = []
    for status, share in STATUS_SHARES:
        deck.extend([status] * max(1, round(size * share)))
    deck.extend([state.ON_SALE] * (size - len(deck)))
    dice.shuffle(deck)
    return deck[:size]


def _product(dice: Random, numbers: Iterator[str], kind: int, number: int, now: int) -> Product:
    category = CATEGORIES[kind]
    code = f"{category.prefix}{number:04d}"
    roll = dice.random() * SKU_COUNTS[1][-1]
    count = next(many for many, edge in zip(*SKU_COUNTS, strict=True) if roll < edge)
    price = category.lowest + int((category.highest - category.lowest) * dice.random() ** 2.2)
    price = max(100, price // 100 * 100 - 10)
    skus = tuple(
        Sku(next(numbers), f"{code}-{chr(65 + place)}", price + price * place // 4 // 100 * 100, 0)
        for place in range(count)
    )
    return Product(
        product_id=next(numbers),
        code=code,
        title=_title(dice, category),
        category=kind,
        skus=skus,
        status=state.ON_SALE,
        edit_status=state.AUDIT_PASSED,
        edit_time=now - dice.randint(DAY, 400 * DAY),
        has_out_id=dice.random() < 0.85,
    )


def _title(dice: Random, category: Category) -> str:
    opening = category.openings[int(dice.random() * len(category.openings))]
    noun = category.nouns[int(dice.random() * len(category.nouns))]
    ending = category.endings[int(dice.random() * len(category.endings))]
    return f"{opening}{noun} {ending} {category.sku_values[int(dice.random() * 3)]}"


def _place(product: Product, status: int, rank: int, size: int, dice: Random) -> None:
    """Give a product its status, popularity, past sales and stock."""
    product.status = status
    product.ever_listed = status != state.NEVER_LISTED
    product.pull = rank**-LONG_TAIL if product.ever_listed else 0.0
    product.sold_before = int(product.pull * 20 * size**0.7) if product.ever_listed else 0
    product.in_window = product.ever_listed and status != state.RECYCLED and dice.random() < 0.9
    if status == state.NEVER_LISTED:
        product.edit_status = state.EDITING
    for sku in product.skus:
        if status == state.SOLD_OUT:
            continue
        sku.normal = min(5000, int(dice.lognormvariate(3.4, 1.0)) + 1)
        if dice.random() < 0.01:
            sku.regional = dice.randint(1, 20)
        sku.physical = sku.normal + sku.regional


def _pend(stores: Stores, dice: Random, size: int) -> None:
    """Put newer drafts of products on sale into audit, and one in three of the never-listed ones."""
    on_sale = [product for product in stores.products.values() if product.status == state.ON_SALE]
    for product in dice.sample(on_sale, min(len(on_sale), max(1, round(size * IN_AUDIT_WHILE_ON_SALE)))):
        product.edit_status = state.IN_AUDIT
    drafts = [product for product in stores.products.values() if product.status == state.NEVER_LISTED]
    for product in drafts[::3]:
        product.edit_status = state.IN_AUDIT


def _tasks(stores: Stores, dice: Random, size: int, now: int) -> None:
    free = [
        product
        for product in stores.products.values()
        if product.status == state.ON_SALE and product.edit_status != state.IN_AUDIT
    ]
    shares = ((1, RUNNING_TASKS), (0, 0.01), (2, 0.015))
    wanted = [status for status, share in shares for _ in range(max(1, round(size * share)))]
    for number, (status, product) in enumerate(
        zip(wanted, dice.sample(free, min(len(free), len(wanted))), strict=False)
    ):
        _task(stores, dice, product, status, 88_120_044_317 + number * 13, now)


def _task(stores: Stores, dice: Random, product: Product, status: int, number: int, now: int) -> None:
    lengths = {0: (dice.randint(1, 72) * 3600, 5 * DAY), 1: (-dice.randint(1, 72) * 3600, 6 * DAY)}
    begin, length = lengths.get(status, (-20 * DAY, 3 * DAY))
    stocks = {sku.sku_id: max(1, sku.normal // 3) for sku in product.skus[: dice.randint(1, 3)]}
    prices = {sku.sku_id: sku.price * 4 // 5 for sku in product.skus}
    start = now + begin
    task = Task(str(number), product.product_id, status, start - DAY, start, start + length, stocks, prices)
    stores.tasks[task.task_id] = task
    if status == 1:
        product.task_id = task.task_id
        for sku in product.skus:
            sku.reserved = min(sku.normal, stocks.get(sku.sku_id, 0))
            sku.normal -= sku.reserved


def _brands(dice: Random, now: int) -> dict[str, Brand]:
    brands: dict[str, Brand] = {}
    # Permanent, long, soon to expire (twice), far, expired.
    ends = (0, 900 * DAY, 12 * DAY, 25 * DAY, 400 * DAY, -30 * DAY)
    for place, (name, end) in enumerate(zip(BRAND_NAMES, ends, strict=True)):
        brand_id = str(10_077_120 + place * 31 + dice.randint(0, 9))
        status = 6 if end < 0 else 3
        end_time = now + end if end else 0
        brands[brand_id] = Brand(brand_id, name, status, now - 600 * DAY, end_time, granted=place % 2 == 1)
    return brands


def _rights(now: int) -> dict[str, Right]:
    """Return a right to every category goods stand in, and one to another category that has lapsed."""
    opened = now - 700 * DAY
    rights = {
        category.cat_ids[-1]: Right(category.cat_ids[-1], opened, now + (400 + 90 * place) * DAY, 31 + place)
        for place, category in enumerate(CATEGORIES)
    }
    return rights | {"540999": Right("540999", opened, opened + DAY, 31)}
