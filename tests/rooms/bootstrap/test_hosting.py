"""The worker beside the servers: it takes its post when it is free, says so, and ends before anything is closed."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from offshelf.bootstrap.hosting import HostedWorker
from offshelf.bootstrap.wire import initialise
from offshelf.durable.host import WorkerLock
from offshelf.kit.clock import SystemClock
from offshelf.kit.db import Database
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState, Reason
from support.cli_house import build
from support.processes import settings_of


@pytest.fixture
def house(sqlite_database, tmp_path):
    made = build(sqlite_database, SystemClock(), tmp_path / "home")
    yield made
    made.services.io.close()


@pytest.fixture
def hosted(house):
    said: queue.Queue[str] = queue.Queue()
    made = HostedWorker(house.services.worker, said.put, again=0.05)
    yield made, said
    made.end()


def test_it_runs_what_is_started_elsewhere(house, hosted):
    worker, said = hosted
    services = house.services
    house.open_shop("flagship", listings=2)
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    plan = services.plans.propose(services.catalog.on_sale(), reason=Reason.SEASON, by="lin")
    services.plans.check(plan.plan_id)
    services.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    worker.begin()
    assert said.get(timeout=20) == "ready"
    assert services.worker.tended()
    services.plans.start(plan.plan_id, by="lin")
    rested = threading.Event()
    for _ in range(600):
        if services.plans.get(plan.plan_id).state is PlanState.DONE:
            break
        rested.wait(0.05)
    assert services.plans.get(plan.plan_id).state is PlanState.DONE
    assert {goods.shelf for goods in house.shops["flagship"].goods.values()} == {Shelf.OFF}
    worker.end()
    assert not services.worker.tended()


def test_while_another_process_has_the_post_it_says_so_once_and_then_takes_over(house, hosted):
    worker, said = hosted
    house.lock.take()
    worker.begin()
    assert said.get(timeout=20) == "busy"
    with pytest.raises(queue.Empty):
        said.get(timeout=0.5)
    house.lock.close()
    assert said.get(timeout=20) == "ready"


def test_a_worker_that_fails_is_told_and_tried_again(house, hosted, monkeypatch):
    worker, said = hosted
    failing = [RuntimeError("x"), BlockedError("durable.lease_stale", name="worker")]
    serve = house.services.worker.serve

    def broken(**given):
        if failing:
            raise failing.pop(0)
        serve(**given)

    monkeypatch.setattr(house.services.worker, "serve", broken)
    worker.begin()
    assert said.get(timeout=20) == "failed"
    assert said.get(timeout=20) == "ready"


def test_ending_what_was_never_begun_is_no_trouble(house):
    HostedWorker(house.services.worker, print).end()


MAIN = "import sys; from offshelf.bootstrap.main import main; sys.exit(main())"


@contextmanager
def served(home, *options):
    """Start the server as a process of its own; a test that fails leaves none behind."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("OFFSHELF_")}
    around |= {"OFFSHELF_HOME": str(home), "OFFSHELF_LANG": "en"}
    command = [sys.executable, "-c", MAIN, "serve", "--port", "0", *options]
    with subprocess.Popen(command, env=around, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_runs_plans_and_a_stop_ends_the_worker_first(tmp_path, number):
    settings = settings_of(tmp_path / "home")
    initialise(settings)
    database = Database(settings.database_url)
    lock = WorkerLock(database, settings.data_folder)
    with served(settings.home) as process:
        said = [next(iter(process.stderr)) for _ in range(3)]
        assert "First visit" in said[0]
        # On a line of its own: a terminal that makes links takes no word behind it into the address.
        assert re.fullmatch(r"http://127\.0\.0\.1:0/start\?code=[\w-]{12}\n", said[1])
        assert said[2] == "Plans are run here too, as long as this stands.\n"
        assert lock.tended()
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(30) == (-signal.SIGTERM if number == signal.SIGTERM else 130)
    assert "Traceback" not in rest
    assert not lock.tended()
    lock.take()
    lock.close()
    database.close()


def test_serve_without_a_worker_leaves_the_post_to_others(tmp_path):
    settings = settings_of(tmp_path / "home")
    initialise(settings)
    database = Database(settings.database_url)
    lock = WorkerLock(database, settings.data_folder)
    with served(settings.home, "--no-worker") as process:
        assert "First visit" in next(iter(process.stderr))
        lock.take()
        lock.close()
        assert not lock.tended()
        process.terminate()
        process.wait(30)
    database.close()
