"""Makes one shop's goods from the merchant's assortment: items in every state, in exact proportions."""

from __future__ import annotations

import base64
from random import Random

from offshelf.kit.digest import sm3
from offshelf.sandbox.articles import Article
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from offshelf.sandbox.kuaishou.state import Brand, Identity, Item, Sku, Stores
from offshelf.sandbox.names import BRAND_NAMES, SHOP_NAMES

DAY = 86_400
# Shares of a shop's items; the rest is on sale.
ON_SALE, FLASH = "on", "flash"
SHARES = (
    ("off", 0.08),
    ("violation", 0.01),
    ("banned", 0.003),
    ("deposit", 0.005),
    ("brand", 0.007),
    ("waiting", 0.02),
    ("to_change", 0.005),
    ("rejected", 0.01),
    ("deleted", 0.012),
    ("system", 0.003),
)
OFF_REASONS = {
    "off": state.BY_MERCHANT,
    "violation": state.VIOLATION,
    "banned": state.BANNED,
    "deposit": state.DEPOSIT,
    "brand": state.BRAND,
}
AUDITS = {"waiting": state.WAITING, "to_change": state.TO_CHANGE, "rejected": state.REJECTED}
DELETIONS = {"deleted": state.DELETED_BY_MERCHANT, "system": state.DELETED_BY_SYSTEM}
EDIT_IN_AUDIT = 0.03
HELD_FOR_ACTIVITIES = 0.04
IN_CART = 0.05


def make_identity(engine: Engine, place: int) -> Identity:
    """Return names and credentials of the shop at `place`."""
    seed = engine.config.seed

    def secret(purpose: str, length: int) -> str:
        return sm3(f"{seed}:kuaishou:{place}:{purpose}".encode())[:length]

    return Identity(
        name=f"{SHOP_NAMES[(seed + place) % len(SHOP_NAMES)]}快手店",
        app_key=f"ks{int(secret('app', 15), 16) % 10**18:018d}",
        app_secret=secret("app-secret", 22),
        sign_secret=secret("sign-secret", 32),
        message_key=base64.b64encode(bytes.fromhex(secret("message", 32))).decode(),
        seller_id=str(100_200_300 + seed % 1_000 * 10_000 + place * 7),
        open_id=f"f1{secret('open', 30)}",
    )


def make_goods(engine: Engine, settings: KuaishouSettings, place: int) -> Stores:
    """Return the goods of the shop at `place`: one item for every article of the merchant."""
    dice = engine.dice(f"kuaishou:goods:{place}")
    articles = engine.merchant.articles
    now = int(engine.time.now())
    stores = Stores(brands=_brands(now, place))
    sku_number = 0
    fates = _fates(len(articles), settings, dice)
    for number, (article, fate) in enumerate(zip(articles, fates, strict=True)):
        skus = tuple(
            Sku(
                str(158_000_000_000_011 + place * 10**11 + (sku_number + nth) * 11),
                sku.code,
                sku.value,
                sku.price,
                sku.pool.free,
                physical=sku.pool.free,
            )
            for nth, sku in enumerate(article.skus)
        )
        sku_number += len(skus)
        item_id = str(24_000_000_000_001 + place * 10**10 + number * 7)
        item = _item(article, item_id, skus, dice, now, number)
        item.volume = int(article.pull * 20 * len(articles) ** 0.7)
        _befall(item, fate, now, number)
        stores.items[item_id] = item
    _hold(stores, dice)
    return stores


def _fates(size: int, settings: KuaishouSettings, dice: Random) -> list[str]:
    deck: list[str] = []
    for fate, share in (*SHARES, (FLASH, settings.flash_share)):
        if share:
            deck.extend([fate] * max(1, round(size * share)))
    deck.extend([ON_SALE] * (size - len(deck)))
    dice.shuffle(deck)
    return deck[:size]


def _item(article: Article, item_id: str, skus: tuple[Sku, ...], dice: Random, now: int, number: int) -> Item:
    created = (now - dice.randint(DAY, 400 * DAY)) * 1000
    by_api = dice.random() < 0.3
    return Item(
        item_id=item_id,
        code=article.code,
        title=article.title,
        category=article.category,
        price=article.price,
        skus=skus,
        created=created,
        updated=created + int(dice.random() * (now * 1000 - created)),
        by_api=by_api,
        rel_id=9_000_000_000 + number if by_api else 0,
        remark=dice.random() < 0.85,
        warehouses=dice.random() < 0.02,
        pull=article.pull,
    )


def _befall(item: Item, fate: str, now: int, number: int) -> None:
    """Give an item its state."""
    if fate == FLASH:
        item.kind = state.FLASH
    if fate in OFF_REASONS:
        item.shelf, item.off_reason = state.OFF, OFF_REASONS[fate]
    if fate in AUDITS:
        item.shelf, item.audit, item.ever_on = state.OFF, AUDITS[fate], False
        item.duplication = item.audit
        item.audit_reason = "" if fate == "waiting" else "主图与标题不符"
    if fate in DELETIONS:
        item.shelf, item.status = state.OFF, DELETIONS[fate]
        # Every other one was deleted too long ago to be shown.
        item.deleted_at = (now - (3 if number % 2 else 12) * DAY) * 1000


def _hold(stores: Stores, dice: Random) -> None:
    """Put some items on sale into the live cart, hold stock for activities, and let edits wait for audit."""
    on_sale = [item for item in stores.items.values() if item.on_sale and item.kind == state.OWN]

    def some(share: float) -> list[Item]:
        return dice.sample(on_sale, min(len(on_sale), max(3, round(len(on_sale) * share))))

    for item in some(IN_CART):
        item.in_cart = True
    for item in some(HELD_FOR_ACTIVITIES):
        for sku in item.skus:
            sku.reserve = sku.stock // 3
    for item in some(EDIT_IN_AUDIT):
        item.duplication = state.WAITING


def _brands(now: int, place: int) -> dict[str, Brand]:
    """Return some brands; nothing ties goods to them on the wire, so none takes its goods off when it ends."""
    ends: tuple[str | int, ...] = ((now + 300 * DAY) * 1000, "2028-12-31", "长期")
    ids = (str(3_100_041 + place * 1_000 + number * 17) for number in range(len(ends)))
    found = zip(ids, BRAND_NAMES, ends, strict=False)
    return {brand_id: Brand(brand_id, name, valid) for brand_id, name, valid in found}
