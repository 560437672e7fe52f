"""Real processes for tests of crashes: a sandbox, a worker that can be killed, and a house that is ready to run.

A house is prepared once per test process (read, proposed, checked, approved) and copied for each test; each test gets
a fresh sandbox of the same seed, so every copy meets the same shop.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offshelf.access.shops import SLOT_SECRET
from offshelf.bootstrap.demo_merchant import Merchant, write_policy
from offshelf.bootstrap.sandbox_process import sandbox_call
from offshelf.bootstrap.wire import initialise, open_house
from offshelf.kit.clock import SystemClock
from offshelf.kit.redact import Secret
from offshelf.services import Services
from offshelf.settings import Settings
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.shops import Platform, Shop

SHOP = "s1"
_MAIN = "import sys; from offshelf.bootstrap import main; sys.exit(main())"
_SANDBOX = (
    "import sys; from offshelf.bootstrap.serving import serve_sandbox as s; "
    "s(0, int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None, sys.argv[4] or None)"
)


def settings_of(home: Path, database_url: str = "") -> Settings:
    """Return settings of a house in a folder of its own."""
    return Settings(home, database_url or f"sqlite:///{home / 'offshelf.db'}", None, "en", "ERROR", "")


@contextmanager
def sandbox_process(size: int, seed: int = 7, faults: str = "", quota: str = "") -> Iterator[str]:
    """Run a sandbox; yields its address."""
    command = [sys.executable, "-c", _SANDBOX, str(size), str(seed), faults, quota]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            line = next(line for line in process.stderr or () if " ready on " in line)
            yield line.split(" ready on ")[1].split()[0]
        finally:
            process.kill()


def open_shop(services: Services, url: str, probe: str = "storefront") -> Shop:
    """Add the sandbox's first shop to a house."""
    described = sandbox_call(url, "GET", "/_sandbox", None)["shops"][0]
    shop = Shop(SHOP, Platform.WECHAT_CHANNELS, described["name"], described["app_id"], url, probe)
    with services.database.begin() as tx:
        services.shops.add(tx, shop, {SLOT_SECRET: Secret(described["app_secret"])})
    return shop


@dataclass(frozen=True, slots=True)
class Ready:
    """A house with an approved plan over everything on sale."""

    home: Path
    plan_id: str
    listings: int
    size: int

    def copy(self, to: Path, url: str) -> Settings:
        """Copy the house and point its shop at another sandbox of the same seed."""
        shutil.copytree(self.home, to)
        return moved(settings_of(to), url)


def moved(settings: Settings, url: str) -> Settings:
    """Point the shop of a house at another sandbox."""
    services = open_house(settings)
    with services.database.begin() as tx:
        services.shops.move(tx, SHOP, url)
    services.close()
    return settings


def prepare(home: Path, size: int, database_url: str = "") -> Ready:
    """Read, propose, check and approve against a sandbox that is gone afterwards."""
    settings = settings_of(home, database_url)
    initialise(settings)
    write_policy(home, SystemClock().now(), "en")
    with sandbox_process(size) as url:
        services = open_house(settings)
        try:
            shop = open_shop(services, url)
            services.call(services.sync.read(shop, services.connect(SHOP)))
            merchant = Merchant(services, home)
            merchant.write_register([])
            plan = services.plans.propose(services.catalog.on_sale(), reason=Reason.SEASON, by="t")
            merchant.give_notice(plan.plan_id)
            services.plans.check(plan.plan_id)
            merchant.decide_orders(plan)
            services.plans.check(plan.plan_id)
            for person in ("t", "u"):
                services.plans.approve(plan.plan_id, plan.fingerprint, by=person)
            services.plans.confirm(plan.plan_id, plan.fingerprint, by="t")
            return Ready(home, plan.plan_id, len(plan.listings), size)
        finally:
            services.close()


@pytest.fixture(scope="session")
def ready_200(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Return a prepared house over a shop of 200 listings."""
    return prepare(tmp_path_factory.mktemp("ready") / "home", 200)


def offshelf(settings: Settings, *arguments: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
    """Run the `offshelf` command as a process of its own."""
    env = os.environ | {
        "OFFSHELF_HOME": str(settings.home),
        "OFFSHELF_DATABASE_URL": settings.database_url.replace("+psycopg", ""),
        "OFFSHELF_CRASH_AT": crash_at,
        "OFFSHELF_LANG": "en",
    }
    command = [sys.executable, "-c", _MAIN, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def effects(url: str, actor: str = "api") -> list[tuple[Any, ...]]:
    """Return what really happened in a sandbox by an actor, without order, instants and call numbers."""
    found = sandbox_call(url, "GET", f"/_sandbox/ledger?actor={actor}&limit=1000000", None)["effects"]
    names = ("kind", "product_id", "sku_id", "subject", "before", "after")
    return sorted(tuple(str(effect[name]) for name in names) for effect in found)
