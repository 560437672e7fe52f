"""Makes one shop's goods from the merchant's assortment and the seed: states, stock, events (in exact proportions)."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from offshelf.kit.digest import sm3
from offshelf.sandbox.articles import Article
from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.operator import ACTIVITY_LOCKS, SECKILL_LOCKS
from offshelf.sandbox.douyin.state import Identity, Product, Sku, Stores
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.names import SHOP_NAMES

DAY = 86_400
UP, DOWN = state.UP, state.DOWN
# status, check_status, draft_status: share of a shop's listings. The rest is on sale without anything pending.
STATE_SHARES = (
    ((UP, state.PASSED, state.WAITING), 0.03),
    ((DOWN, state.NOT_SUBMITTED, state.NO_DRAFT), 0.08),
    ((UP, state.WAITING, state.WAITING), 0.02),
    ((UP, state.REFUSED, state.REFUSED), 0.01),
    ((UP, state.NOT_SUBMITTED, state.NOT_SUBMITTED), 0.02),
    ((DOWN, state.PARKED, state.NO_DRAFT), 0.01),
    ((DOWN, state.BANNED, state.NO_DRAFT), 0.005),
    ((state.DELETED, state.NOT_SUBMITTED, state.NO_DRAFT), 0.015),
)
# Of what is on sale: share in a platform activity, in a seckill, a prize, in presale, with stock kept for one creator,
# with a locked edit.
ACTIVITIES, SECKILLS, PRIZES, PRESALES, KEPT, NO_EDIT = 0.02, 0.01, 0.005, 0.02, 0.02, 0.01
# Never on sale so far: first audit, refused, draft box, parked.
NEVER_LISTED = frozenset(
    {(UP, state.WAITING), (UP, state.REFUSED), (UP, state.NOT_SUBMITTED), (DOWN, state.PARKED)}
)


def make_identity(engine: Engine, place: int) -> Identity:
    """Return names and credentials of the shop at `place`."""
    seed = engine.config.seed

    def digits(purpose: str) -> int:
        return int(sm3(f"{seed}:douyin:{place}:{purpose}".encode())[:15], 16)

    secret = sm3(f"{seed}:douyin:{place}:app-secret".encode())
    return Identity(
        name=SHOP_NAMES[(seed + place) % len(SHOP_NAMES)],
        app_key=f"7{digits('app') % 10**18:018d}",
        app_secret="-".join((secret[:8], secret[8:12], secret[12:16], secret[16:20], secret[20:32])),
        shop_id=str(4_000_000 + digits("shop") % 900_000 * 10 + place % 10),
        user_id=str(100_000_000_000 + digits("user") % 10**10),
        open_time=int(engine.time.now()) - 700 * DAY,
    )


def make_goods(engine: Engine, place: int) -> Stores:
    """Return the goods of the shop at `place`: one product for every article of the merchant, its whole stock listed."""
    dice = engine.dice(f"douyin:goods:{place}")
    now = int(engine.time.now())
    articles = engine.merchant.articles
    states = _states(len(articles), dice)
    numbers, sku_numbers = _numbers(3_600_000_000_000_000_001, place), _numbers(1_790_000_000_000_011, place)
    stores = Stores()
    for article, states_of in zip(articles, states, strict=True):
        product = _product(dice, article, next(numbers), sku_numbers, states_of, now)
        stores.products[product.product_id] = product
    _single_out(list(stores.products.values()), dice, now)
    return stores


def _numbers(first: int, place: int) -> Iterator[str]:
    number = first + place * 10**9
    while True:
        yield str(number)
        number += 17


def _states(size: int, dice: Random) -> list[tuple[int, int, int]]:
    deck: list[tuple[int, int, int]] = []
    for states, share in STATE_SHARES:
        deck.extend([states] * max(1, round(size * share)))
    deck.extend([(UP, state.PASSED, state.PASSED)] * (size - len(deck)))
    dice.shuffle(deck)
    return deck[:size]


def _product(
    dice: Random,
    article: Article,
    product_id: str,
    sku_numbers: Iterator[str],
    states: tuple[int, int, int],
    now: int,
) -> Product:
    listed = states[:2] not in NEVER_LISTED
    created = now - dice.randint(60 * DAY, 400 * DAY)
    return Product(
        product_id=product_id,
        code=article.code,
        title=article.title,
        category=article.category,
        skus=tuple(
            Sku(next(sku_numbers), sku.code, sku.value, sku.price, sku.pool.free, physical=sku.pool.free)
            for sku in article.skus
        ),
        status=states[0],
        check_status=states[1],
        draft_status=states[2],
        create_time=created,
        update_time=created + dice.randint(0, 59 * DAY),
        pull=article.pull if listed else 0.0,
        ever_listed=listed,
        sold_before=int(article.pull * 400) if listed else 0,
        start_sale_type=1 if states[1] == state.PARKED else 0,
        reasons=("商品信息与资质不符",) if states[1] == state.REFUSED else (),
    )


def _single_out(products: list[Product], dice: Random, now: int) -> None:
    """Give some products on sale what makes them hard to take off, in a fixed order of kinds."""
    plain = [p for p in products if p.on_sale and not p.in_audit]
    dice.shuffle(plain)
    size = len(products)
    chosen = iter(plain)
    for share, mark in (
        (ACTIVITIES, _in_activity),
        (SECKILLS, _in_seckill),
        (PRIZES, _prize),
        (PRESALES, _presale),
        (KEPT, _kept),
        (NO_EDIT, _no_edit),
    ):
        for _ in range(max(1, round(size * share))):
            product = next(chosen, None)
            if product is not None:
                mark(product, dice, now)
    for number, product in enumerate(chosen):
        if number % 60 == 7:
            _other_stock(product.skus[0], state.REGIONAL if number % 120 == 7 else state.STEPPED)


def _in_activity(product: Product, dice: Random, now: int) -> None:
    product.activity, product.locks = f"ACT{product.product_id[-6:]}", ACTIVITY_LOCKS
    product.held_until = now + dice.randint(2, 12) * DAY
    _reserve(product)


def _in_seckill(product: Product, dice: Random, now: int) -> None:
    product.seckill, product.locks = f"SEC{product.product_id[-6:]}", SECKILL_LOCKS
    product.held_until = now + dice.randint(6, 48) * 3_600
    _reserve(product)


def _prize(product: Product, _: Random, __: int) -> None:
    product.prize = True


def _presale(product: Product, _: Random, __: int) -> None:
    product.presell_type = 1


def _kept(product: Product, _: Random, __: int) -> None:
    _reserve(product)


def _no_edit(product: Product, _: Random, __: int) -> None:
    product.locks = (state.LOCK_EDIT,)


def _reserve(product: Product) -> None:
    for sku in product.skus:
        sku.reserved = sku.normal // 3
        sku.normal -= sku.reserved


def _other_stock(sku: Sku, kind: int) -> None:
    sku.kind = kind
    if kind == state.REGIONAL:
        sku.regional, sku.normal = sku.normal, 0
    else:
        sku.stepped = sku.normal // 2
        sku.normal -= sku.stepped
