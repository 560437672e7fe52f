"""What the merchant really has: one assortment and one stock behind the shops on all platforms.

Every shop lists the whole of an article's goods. What is ordered on one platform is taken off the listed stock on the
others by the merchant's own stock system, at once; so buyers everywhere compete for the same goods, and whoever puts
more on sale than there is, oversells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from offshelf.sandbox.names import CATEGORIES
from offshelf.sandbox.storefront import Storefront

LONG_TAIL = 0.9
SKU_COUNTS = ((1, 2, 3, 4, 5, 6), (26, 48, 70, 84, 93, 100))


@dataclass(slots=True)
class Pool:
    """The goods of one SKU of the merchant. `added` are units put on sale over an API beyond what was withdrawn.

    `free` is what no order had claimed when the shops opened: what each of them lists.
    """

    goods: int
    free: int
    sold: int = 0
    added: int = 0

    @property
    def oversold(self) -> int:
        """Return paid units beyond the goods and what was added."""
        return max(0, self.sold - self.goods - self.added)

    @property
    def oversold_without_api(self) -> int:
        """Return paid units beyond the goods alone."""
        return max(0, self.sold - self.goods)


@dataclass(frozen=True, slots=True)
class ArticleSku:
    """One specification of an article, by the merchant's own code. `price` is fen."""

    code: str
    value: str
    price: int
    pool: Pool


@dataclass(frozen=True, slots=True)
class Article:
    """A product of the merchant. `category` indexes `names.CATEGORIES`; `pull` is how much buyers are drawn to it."""

    code: str
    title: str
    category: int
    price: int
    pull: float
    skus: tuple[ArticleSku, ...]


@dataclass(slots=True)
class Merchant:
    """The merchant behind the shops. `shared` fronts sell from the same pools, by SKU code.

    `hub`: what is ordered at one is taken off the others at once; without, each sells on what it lists.
    """

    articles: list[Article] = field(default_factory=list)
    pools: dict[str, Pool] = field(default_factory=dict)
    shared: list[Storefront] = field(default_factory=list)
    hub: bool = True

    def stock(self, articles: Sequence[Article]) -> None:
        """Take the assortment into the books."""
        self.articles = list(articles)
        self.pools = {sku.code: sku.pool for article in articles for sku in article.skus}

    @property
    def oversold(self) -> int:
        """Return paid units beyond the goods and what was added, over all pools; 0 where nothing is shared."""
        return sum(pool.oversold for pool in self.pools.values()) if self.shared else 0

    @property
    def oversold_without_api(self) -> int:
        """Return paid units beyond the goods alone."""
        return sum(pool.oversold_without_api for pool in self.pools.values()) if self.shared else 0

    def ordered(self, front: Storefront, sku_code: str, units: int) -> None:
        """Units were ordered at one front: the others may no longer sell them."""
        for other in self.shared if self.hub else ():
            if other is not front:
                other.withdraw(sku_code, units)

    def paid(self, sku_code: str, units: int) -> None:
        """Units were paid."""
        pool = self.pools.get(sku_code)
        if pool is not None:
            pool.sold += units

    def added(self, sku_code: str, units: int) -> None:
        """Units were put on sale over an API beyond what was withdrawn there before."""
        pool = self.pools.get(sku_code)
        if pool is not None:
            pool.added += units

    def restocked(self, sku_code: str, units: int) -> None:
        """The merchant got more goods, or has goods set aside for unpaid orders a shop began with."""
        pool = self.pools.get(sku_code)
        if pool is not None:
            pool.goods += units


def make_articles(dice: Random, size: int) -> list[Article]:
    """Return an assortment of `size` articles: titles, SKU grids, long-tailed pull and stock."""
    ranks = list(range(1, size + 1))
    dice.shuffle(ranks)
    kinds = dice.choices(range(len(CATEGORIES)), [category.share for category in CATEGORIES], k=size)
    running = [0] * len(CATEGORIES)
    articles = []
    for kind, rank in zip(kinds, ranks, strict=True):
        running[kind] += 1
        articles.append(_article(dice, kind, running[kind], rank))
    return articles


def _article(dice: Random, kind: int, number: int, rank: int) -> Article:
    category = CATEGORIES[kind]
    code = f"{category.prefix}{number:04d}"
    roll = dice.random() * SKU_COUNTS[1][-1]
    count = next(many for many, edge in zip(*SKU_COUNTS, strict=True) if roll < edge)
    price = category.lowest + int((category.highest - category.lowest) * dice.random() ** 2.2)
    price = max(100, price // 100 * 100 - 10)
    skus = tuple(
        ArticleSku(
            f"{code}-{chr(65 + place)}",
            category.sku_values[place],
            price + price * place // 4 // 100 * 100,
            _pool(min(5000, int(dice.lognormvariate(3.4, 1.0)) + 1)),
        )
        for place in range(count)
    )
    title = " ".join(
        [dice.choice(category.openings) + dice.choice(category.nouns), dice.choice(category.endings)]
    )
    return Article(code, title, kind, price, rank**-LONG_TAIL, skus)


def _pool(units: int) -> Pool:
    return Pool(units, units)
