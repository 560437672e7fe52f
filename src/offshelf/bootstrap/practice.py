"""The practice house: a data folder of its own, a sandbox with three shops, a worker. It lives as long as the server.

Its database, keys, journal and policy are not those of the real house, and its shops are on loopback: nothing done there can
reach a shop or a customer. It is thrown away when the server ends, and when somebody begins anew.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from offshelf.access.actor import Actor
from offshelf.access.roles import Role
from offshelf.bootstrap.demo_merchant import Merchant
from offshelf.bootstrap.sandbox_process import sandbox_process
from offshelf.bootstrap.sandboxed_shops import open_shops
from offshelf.bootstrap.wire import initialise, open_house
from offshelf.catalog.service import Key
from offshelf.console.practice import Opening, Seat, Standing
from offshelf.delisting.model import Plan
from offshelf.kit import log
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.instants import iso
from offshelf.kit.redact import Secret
from offshelf.services import Services
from offshelf.settings import Settings
from offshelf.vocabulary.plans import ActKind, Reason
from offshelf.vocabulary.shops import Platform
from offshelf.vocabulary.texts import catalogue

SHOPS = {
    Platform.WECHAT_CHANNELS: "practice-wechat",
    Platform.DOUYIN: "practice-douyin",
    Platform.KUAISHOU: "practice-kuaishou",
}
_SIZE, _SEED = 60, 7
_DATABASE = "offshelf.db"
_TRIED = 40  # goods looked at to find some that can go off at once
_AT_ONCE = frozenset(
    {ActKind.DRAIN_STOCK.value, ActKind.TAKE_OFF.value}
)  # an affiliate plan ends tomorrow at the earliest
_POLICY = """\
# Whoever practises is alone, and need not wait: a real shop needs two people for what cannot be undone.
pack: practice
version: 1
values:
  - {{id: approval.persons.irreversible, value: 1, unit: count, kind: house, source: {why}, why: {why}, observed_on: {day}, effective_from: {day}}}
  - {{id: approval.delay.irreversible, value: 0, unit: minutes, kind: house, source: {why}, why: {why}, observed_on: {day}, effective_from: {day}}}
"""


@dataclass(frozen=True, slots=True)
class _Open:
    services: Services
    product: Key
    ends: ExitStack


class PracticeHouse:
    """The practice house of one server. Opened beside the requests, by one thread at a time."""

    def __init__(self, real: Settings) -> None:
        self._home = real.home / "practice"
        self._language = real.language
        self._guard = threading.Lock()
        self._opening = Opening(Standing.CLOSED)
        self._open: _Open | None = None
        self._thread: threading.Thread | None = None

    @property
    def opening(self) -> Opening:
        """Return how it stands."""
        return self._opening

    def begin(self) -> None:
        """Open it in a thread of its own, unless it stands or is being opened."""
        with self._guard:
            if self._opening.standing in (Standing.OPENING, Standing.OPEN):
                return
            self._opening = Opening(Standing.OPENING, "sandbox")
            self._thread = threading.Thread(target=self._make, name="practice", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Stop everything and throw it away; waits for an opening that is under way."""
        self.wait()
        with self._guard:
            here, self._open = self._open, None
            self._opening = Opening(Standing.CLOSED)
            if here is not None:
                here.ends.close()
            shutil.rmtree(self._home, ignore_errors=True)

    def wait(self) -> Opening:
        """Wait for an opening that is under way; returns how it stands then."""
        if self._thread is not None:
            self._thread.join()
        return self._opening

    def seat(self, name: str) -> Seat | None:
        """Return the place of somebody: registered on their first visit, as an owner, so that they can try everything."""
        with self._guard:
            here = self._open
            if here is None:
                return None
            return Seat(here.services, _user(here.services, name), here.product)

    # -- opening ------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        ends = ExitStack()
        try:
            made = self._made(ends)
        except Exception as error:  # noqa: BLE001 - whatever it was: told on the page, and everything is taken down again
            ends.close()
            log.logger("practice").exception("the practice house did not open")
            trouble = error if isinstance(error, OffshelfError) else UsageError("console.bug")
            self._opening = Opening(Standing.FAILED, self._opening.part, trouble)
            return
        with self._guard:
            self._open, self._opening = made, Opening(Standing.OPEN)

    def _made(self, ends: ExitStack) -> _Open:
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir(parents=True)
        settings = _settings(self._home, self._language)
        url = ends.enter_context(sandbox_process(_SIZE, _SEED, [platform.value for platform in SHOPS]))
        initialise(settings)
        services = replace(open_house(settings), practice_only=True)
        ends.callback(services.close)
        self._write_policy(services)
        self._tell("shops")
        shops = list(open_shops(services, url, SHOPS, by="offshelf"))
        self._tell("reading")
        for shop in shops:
            services.call(services.sync.read(shop, services.connect(shop.shop_id)))
        self._tell("papers")
        product = _product(services, settings)
        ends.enter_context(_worker(settings))
        return _Open(services, product, ends)

    def _tell(self, part: str) -> None:
        self._opening = Opening(Standing.OPENING, part)

    def _write_policy(self, services: Services) -> None:
        folder = self._home / "policy"
        folder.mkdir(exist_ok=True)
        why = catalogue().say("console.practice.policy_why", self._language)
        text = _POLICY.format(day=iso(services.clock.now())[:10], why=why)
        (folder / "practice.yaml").write_text(text, "utf-8")


def _product(services: Services, settings: Settings) -> Key:
    """Return goods a beginner can take off at once, and write down what no platform tells, their notice included.

    Found by trying on a copy: the practice house itself begins without plans.
    """
    merchant = Merchant(services, settings.home)
    keys = list(services.catalog.on_sale())
    merchant.write_register(services.catalog.listings(keys[-1:]).values())
    known = services.catalog.listings(keys)
    # Emptying a stock is a part of what is shown.
    keys.sort(key=lambda key: not any(sku.stock for sku in known[key].skus))
    product = _tried(settings, keys)
    merchant.give_notice(product[1])
    return product


def _tried(settings: Settings, keys: Sequence[Key]) -> Key:
    home = settings.home / "trial"
    shutil.copytree(settings.home, home, ignore=shutil.ignore_patterns("*.db*", "trial"))
    with (
        closing(sqlite3.connect(settings.home / _DATABASE)) as here,
        closing(sqlite3.connect(home / _DATABASE)) as there,
    ):
        here.backup(there)
    services = open_house(_settings(home, settings.language))
    try:
        merchant = Merchant(services, home)
        plan: Plan | None = None
        for key in keys[:_TRIED]:
            merchant.give_notice(key[1])
            amend = None if plan is None else plan.plan_id
            plan = services.plans.propose([key], reason=Reason.SEASON, by="offshelf-practice", amend=amend)
            services.plans.check(plan.plan_id)
            kinds = {row["kind"] for row in services.ledger.counts(plan.plan_id)}
            if kinds <= _AT_ONCE and not services.plans.blockers(plan.plan_id):
                return key
        return keys[0]
    finally:
        services.close()
        shutil.rmtree(home, ignore_errors=True)


def _settings(home: Path, language: str) -> Settings:
    return Settings(home, f"sqlite:///{home / _DATABASE}", None, language, "ERROR", "")


def _user(services: Services, name: str) -> Actor:
    """Return a user of the practice house of this name; nobody ever signs in there by a passphrase."""
    users = services.users
    known = {user.name: user for user in users.all()}
    if name not in known:
        first = next((Actor(one.name, one.user_id) for one in known.values()), None)
        users.add(name, [Role.OWNER], Secret(secrets.token_urlsafe(32)), by=first or name)
        known = {user.name: user for user in users.all()}
    return Actor(name, known[name].user_id)


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """Run a worker of the practice house as its own process, until the end."""
    code = "import sys; from offshelf.bootstrap.main import main; sys.exit(main(['worker']))"
    around = {name: value for name, value in os.environ.items() if not name.startswith("OFFSHELF_")}
    around |= {"OFFSHELF_HOME": str(settings.home), "OFFSHELF_LANG": settings.language, "PYTHONPATH": _path()}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=around, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield
        finally:
            process.terminate()


def _path() -> str:
    """Return where this program was imported from: the worker is the same one."""
    return str(Path(__file__).resolve().parents[2])
