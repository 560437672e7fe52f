"""What the console's pages cost: server time at a catalog of many listings and twenty people at work, and bytes over the wire.

The server is a process of its own over a real data folder; people are connections that look at a page, think for a second,
and look at the next one. A page's time is measured from the sent request to the last byte, on loopback.
"""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from offshelf.access.roles import Role
from offshelf.bootstrap.wire import initialise, open_house
from offshelf.kit.clock import SystemClock
from offshelf.kit.redact import Secret
from offshelf.services import Services
from offshelf.settings import Settings
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.shops import Platform, Shop
from support.memory_shop import MemoryShop
from support.processes import settings_of

LISTINGS, PLANNED, PEOPLE, SECONDS, THINK = 100_000, 2_000, 20, 40, 1.0
SHOPS = (Platform.WECHAT_CHANNELS, Platform.DOUYIN, Platform.KUAISHOU)
MOST_MS, COLD_KB, WARM_KB = 100, 700, 15
_NAME, _SECRET = "bench", "a passphrase for the benchmark"
_SERVER = """
import sys
from offshelf.bootstrap.serving import serve_house
from support.processes import settings_of
from pathlib import Path
serve_house(settings_of(Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2]), lambda url, first: print("ready", flush=True))
"""
_ASSET = re.compile(r'(?:href|src)="(/assets/[^"#]+)')


@dataclass(frozen=True)
class Prepared:
    """A data folder with everything pages show, and the names that stand in their addresses."""

    settings: Settings
    plan_id: str
    shop_id: str
    listing_id: str


def pages_of(ready: Prepared) -> tuple[str, ...]:
    """Return the pages that are measured."""
    plan = f"/plans/{ready.plan_id}"
    return (
        "/",
        "/products",
        "/products?text=TEA-7&shelf=on",
        "/products?order=title&down=1&page=900",
        f"/products/{ready.shop_id}/{ready.listing_id}",
        "/plans",
        "/plans/new",
        f"{plan}/checks",
        f"{plan}/linked",
        f"{plan}/approval",
        f"{plan}/run",
        f"{plan}/proof",
        "/tasks",
        "/papers",
        "/journal",
        "/policy",
        "/settings",
        "/settings/shops",
        "/settings/users",
        "/settings/keys",
        "/me",
        "/practice",
    )


def pages_at_work(listings: int = LISTINGS) -> list[dict[str, Any]]:
    """Return the figures: the slowest page's 95th percentile over the aim, and the heaviest page cold and warm."""
    with tempfile.TemporaryDirectory() as folder:
        ready = prepared(Path(folder), listings)
        with served(ready.settings) as url:
            cookies = signed_in(url)
            weights = {page: weight(url, cookies, page) for page in pages_of(ready)}
            times = asyncio.run(worked(url, cookies, pages_of(ready)))
    return [_slowest(times, listings), *_heaviest(weights)]


def prepared(home: Path, listings: int) -> Prepared:
    """Fill a data folder: shops of three platforms, a plan that was checked, people."""
    settings = settings_of(home / "house")
    initialise(settings)
    services = open_house(settings)
    try:
        services.users.add(_NAME, [Role.OWNER], Secret(_SECRET), by=_NAME)
        me = services.users.sign_in(_NAME, Secret(_SECRET))
        keys = [key for platform in SHOPS for key in _filled(services, platform, listings // len(SHOPS))]
        plan = services.plans.propose(keys[:PLANNED], reason=Reason.SEASON, by=me)
        services.plans.check(plan.plan_id)
        services.sweep()
        return Prepared(settings, plan.plan_id, *keys[0])
    finally:
        services.close()


def _filled(services: Services, platform: Platform, listings: int) -> list[tuple[str, str]]:
    shop_id = f"bench-{platform.value}"
    shop = Shop(shop_id, platform, f"{platform.value} 旗舰店", "app", "http://127.0.0.1:9", "none")
    with services.database.begin() as tx:
        services.shops.add(tx, shop, {"secret": Secret("none")})
    memory = MemoryShop(SystemClock(), shop_id)
    memory.stock(listings)
    services.call(services.sync.read(shop, memory.connector()))
    return [(shop_id, listing_id) for listing_id in memory.goods]


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Run the server as its own process; yields its address."""
    port = _free_port()
    root = Path(__file__).resolve().parent.parent
    around = {"PYTHONPATH": f"{root / 'src'}:{root / 'tests'}", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", _SERVER, str(settings.home), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=around) as process:
        try:
            assert (process.stdout or iter(())).readline().strip() == "ready"
            url = f"http://127.0.0.1:{port}"
            _answering(url)
            yield url
        finally:
            process.terminate()


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answering(url: str) -> None:
    """Connect until somebody answers; the process has said that it is about to listen."""
    with httpx2.Client(transport=httpx2.HTTPTransport(retries=20)) as client:
        client.get(f"{url}/healthz").raise_for_status()


def signed_in(url: str) -> Mapping[str, str]:
    """Return the cookies of somebody who has signed in."""
    with httpx2.Client(base_url=url) as client:
        found = re.search(r'name="proof" value="([0-9a-f]{64})"', client.get("/sign-in").text)
        assert found is not None
        answer = client.post("/sign-in", data={"proof": found[1], "name": _NAME, "passphrase": _SECRET})
        assert answer.status_code == 303, answer.text
        return dict(client.cookies)


def weight(url: str, cookies: Mapping[str, str], page: str) -> tuple[int, int]:
    """Return bytes over the wire, compressed: with everything the page loads, and the page alone."""
    with httpx2.Client(base_url=url, cookies=dict(cookies), headers={"accept-encoding": "gzip"}) as client:
        with client.stream("GET", page) as answer:
            assert answer.status_code == 200, (page, answer.status_code)
            body = b"".join(answer.iter_raw())
            text = httpx2.Response(200, headers=answer.headers, content=body).text
        loaded = {found for found in _ASSET.findall(text) if not found.endswith("mark.svg")}
        return len(body) + sum(_bytes(client, path) for path in loaded), len(body)


def _bytes(client: httpx2.Client, path: str) -> int:
    with client.stream("GET", path) as answer:
        return sum(len(piece) for piece in answer.iter_raw())


async def worked(url: str, cookies: Mapping[str, str], pages: Sequence[str]) -> dict[str, list[float]]:
    """Let people look at pages for a while; returns milliseconds by page."""
    times: dict[str, list[float]] = {page: [] for page in pages}
    await asyncio.gather(*(_person(url, cookies, pages, times, number) for number in range(PEOPLE)))
    return times


async def _person(
    url: str, cookies: Mapping[str, str], pages: Sequence[str], times: dict[str, list[float]], number: int
) -> None:
    chance, clock = random.Random(number), SystemClock()
    async with httpx2.AsyncClient(base_url=url, cookies=dict(cookies), timeout=30) as client:
        await clock.sleep(chance.random() * THINK)
        until = perf_counter() + SECONDS
        while perf_counter() < until:
            page = chance.choice(pages)
            began = perf_counter()
            answer = await client.get(page)
            times[page].append((perf_counter() - began) * 1000)
            assert answer.status_code == 200, (page, answer.status_code)
            await clock.sleep(THINK)


def _slowest(times: Mapping[str, Sequence[float]], listings: int) -> dict[str, Any]:
    tails = {page: statistics.quantiles(some, n=20)[-1] for page, some in times.items() if len(some) >= 20}
    worst = max(tails, key=lambda page: tails[page])
    told = ", ".join(
        f"{_short(page)} {tails[page]:.0f}" for page in sorted(tails, key=lambda one: -tails[one])
    )
    return {
        "name": f"slowest page, 95th percentile / {MOST_MS} ms",
        "ratio": tails[worst] / MOST_MS,
        "aim": "<= 1",
        "met": len(tails) == len(times) and tails[worst] <= MOST_MS,
        "detail": f"{listings:,} listings, {PEOPLE} people; ms: {told}",
    }


def _heaviest(weights: Mapping[str, tuple[int, int]]) -> Iterator[dict[str, Any]]:
    for name, most, place in (("cold", COLD_KB, 0), ("warm", WARM_KB, 1)):
        worst = max(weights, key=lambda page, at=place: weights[page][at])  # type: ignore[misc]
        size = weights[worst][place] / 1000
        yield {
            "name": f"heaviest page {name} / {most} kB",
            "ratio": size / most,
            "aim": "<= 1",
            "met": size <= most,
            "detail": f"{_short(worst)}: {size:.1f} kB compressed",
        }


def _short(page: str) -> str:
    return re.sub(r"[PR]-[0-9A-Z-]+", "P", page)
