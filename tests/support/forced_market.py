"""Two shops that sell the same goods, and the process that deals with what a platform takes off by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.access.shops import Shops
from offshelf.catalog.sync import Sync
from offshelf.delisting import certificate
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.report import render
from offshelf.delisting.result import Results
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Reason
from support.delisting_house import MERCHANT, House
from support.memory_shop import MemoryShop
from support.passive import passive

A, B = ("flagship", "L1"), ("outlet", "L1")


class Market(House):
    """Two shops that sell the same goods under the same codes, and the process over them."""

    def __post_init__(self):
        super().__post_init__()
        self.lost = {}
        self.shops = {"flagship": self.shop, "outlet": MemoryShop(self.clock, "outlet")}
        register = Shops(self.database, self.clock, Seal(FixedKey(Secret("0f" * 16), "test")))
        with self.database.begin() as tx:
            for shop_id in self.shops:
                register.add(tx, replace(MERCHANT, shop_id=shop_id, base_url="http://localhost"), {})
        self.register = register
        beside = self.beside()
        self.tasks, self.events, self.forced = beside.tasks, beside.events, beside.forced
        self.results = Results(
            database=self.database, plans=self.plans, ledger=self.ledger, catalog=self.catalog,
            approvals=self.approvals, shops=register, journal=self.journal,
            held_ups=HeldUps(database=self.database, plans=self.plans, journal=self.journal, clock=self.clock),
        )  # fmt: skip

    def beside(self, plans=None):
        """Return the process as another process has it."""
        return passive(
            self.database, self.clock, catalog=self.catalog, journal=self.journal,
            plans=plans or self.plans, shops=self.register, lost=lambda: self.lost,
        )  # fmt: skip

    def connect(self, shop_id):
        return self.shops[shop_id].connector()

    def sync(self):
        self.clock.advance(1)
        for shop_id, shop in self.shops.items():
            reader = Sync(self.database, self.catalog, self.clock)
            self.clock.live(reader.read(replace(MERCHANT, shop_id=shop_id), shop.connector()))

    def poll(self):
        """Read every shop, then deal with what is found."""
        self.sync()
        return self.forced.sweep()

    def force(self, key, shelf=Shelf.OFF_BY_PLATFORM):
        self.shops[key[0]].goods[key[1]].shelf = shelf

    def approve(self, *keys, reason=Reason.SEASON):
        plan = self.plans.propose(keys, reason=reason, by="lin")
        self.plans.check(plan.plan_id)
        return self.plans.approve(plan.plan_id, plan.fingerprint, by="wang")

    def open_tasks(self):
        return sorted((task.kind, task.shop_id, task.subject) for task in self.tasks.list())

    def told(self, plan_id, lang="en"):
        """Return reason and forced listings of the certificate, and the report's page."""
        result = self.results.of(plan_id)
        made = certificate.build(result, issued_at=self.clock.now(), policy={})["plan"]
        forced = [(item["shop"], item["listing"], item["raw"]) for item in made.get("forced", [])]
        return made["reason"], forced, render(result, lang, issued_at=self.clock.now())


@pytest.fixture
def market(sqlite_database):
    made = Market(sqlite_database)
    for shop in made.shops.values():
        shop.stock(3)
    assert made.poll() == 0
    return made
