"""Eight processes hit an expired token at once: the platform is asked for a new one exactly once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from offshelf.bootstrap.sandbox_process import sandbox_call
from offshelf.bootstrap.wire import initialise, open_house
from support.databases import Postgres
from support.processes import SHOP, open_shop, sandbox_process, settings_of

WORKERS = 8
# Reads a page, says so, waits for a word, then reads 24 pages, eight at a time; exits 1 when one of them failed.
WORKER = """
import asyncio, sys
from pathlib import Path
from support.processes import SHOP, settings_of
from offshelf.bootstrap.wire import open_house
services = open_house(settings_of(Path(sys.argv[1]), sys.argv[2]))
connector = services.connect(SHOP)
services.call(connector.listings.ids())
print("ready", flush=True)
sys.stdin.readline()
async def many():
    for _ in range(3):
        await asyncio.gather(*(connector.listings.ids() for _ in range(8)))
services.call(many())
services.close()
"""


def tokens_asked(url: str) -> int:
    """Return how often the platform was asked for a token."""
    counted: dict[str, Any] = sandbox_call(url, "GET", "/_sandbox/calls", None)["tokens"]
    return sum(counted.values())


@pytest.mark.processes
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_eight_processes_refresh_an_expired_token_once(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url_of_database = ""
    if engine == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url_of_database = server.url(server.create_empty())
    settings = settings_of(tmp_path / "home", url_of_database)
    initialise(settings)
    with sandbox_process(20) as url:
        services = open_house(settings)
        open_shop(services, url)
        services.call(services.connect(SHOP).listings.ids())
        services.close()
        command = [sys.executable, "-c", WORKER, str(settings.home), url_of_database]
        path = {"PYTHONPATH": str(Path(__file__).resolve().parent.parent), "PATH": ""}
        workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=path)
            for _ in range(WORKERS)
        ]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        before = tokens_asked(url)
        sandbox_call(url, "POST", "/_sandbox/tokens/expire", {})
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.close()
        codes = []
        for worker in workers:
            codes.append(worker.wait())
            assert worker.stdout is not None
            worker.stdout.close()
        assert codes == [0] * WORKERS
        assert tokens_asked(url) - before == 1
