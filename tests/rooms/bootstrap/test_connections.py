"""Connectors are kept while shop and credentials stay the same."""

from __future__ import annotations

import pytest

from offshelf.access.shops import SLOT_PUSH_KEY, SLOT_PUSH_TOKEN, SLOT_SECRET, Shops
from offshelf.bootstrap.connections import Connections
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.vocabulary.shops import Platform, Shop

SHOP = Shop("flagship", Platform.WECHAT_CHANNELS, "店", "wx1", "https://gate.test")


@pytest.fixture
def shops(sqlite_database: Database, clock: ManualClock) -> Shops:
    shops = Shops(sqlite_database, clock, Seal(FixedKey(Secret("00" * 16), "test")))
    with sqlite_database.begin() as tx:
        shops.add(tx, SHOP, {SLOT_SECRET: Secret("s")})
    return shops


@pytest.fixture
def connections(sqlite_database: Database, clock: ManualClock, shops: Shops) -> Connections:
    return Connections(
        database=sqlite_database,
        clock=clock,
        seal=Seal(FixedKey(Secret("00" * 16), "test")),
        shops=shops,
        http=HttpClient(),
        pacer=Pacer(clock),
    )


def test_new_credentials_make_a_new_connector(
    sqlite_database: Database, clock: ManualClock, shops: Shops, connections: Connections
) -> None:
    first = connections.of("flagship")
    assert (first.inbound, connections.of("flagship") is first) == (None, True)
    clock.advance(1)
    with sqlite_database.begin() as tx:
        shops.rotate(tx, "flagship", SLOT_PUSH_TOKEN, Secret("t"))
        shops.rotate(tx, "flagship", SLOT_PUSH_KEY, Secret("A" * 43))
    assert connections.of("flagship").inbound is not None
