"""Init, demo, doctor, servers, the worker and the sandbox's verbs."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from support.cli_house import Cli, House, build
from support.databases import START

LINE = {
    "plan": "P-1",
    "listings": 3,
    "places": 6,
    "outcomes": {"done": 6, "refused": 0},
    "verified_off": 3,
    "sold_after_off": 0,
    "oversold": 0,
    "certificate": "/x/c.json",
}


def test_init_tells_where_things_are_unless_quiet(run_cli: Cli) -> None:
    assert "/data/offshelf.db" in run_cli("init").out
    assert run_cli("init", "--quiet").out == ""
    assert run_cli.used == [("initialise",), ("initialise",)]


def test_the_last_line_of_the_demo_is_its_document(run_cli: Cli) -> None:
    def demo(*given: object) -> object:
        run_cli.used.append(given)
        print("noise on stdout")
        return LINE

    run_cli.doors = {"demo": demo}
    told = run_cli("demo", "--size", "30", "--faults", "0.2", "--keep", "here")
    assert told.code == 0
    assert json.loads(told.out.splitlines()[-1]) == LINE
    assert "noise" not in told.out
    assert run_cli.used == [(30, 7, 0.2, "here", "en")]
    assert run_cli.json("demo") == LINE


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_demo_speaks_the_language_of_the_call(run_cli: Cli, language: str) -> None:
    """Whatever the environment says: the report and the preview are written in it too."""
    run_cli.doors = {"demo": lambda *given: LINE | {"said": given[-1]}}
    assert run_cli.json("demo", "--lang", language)["said"] == language


def test_the_door_of_the_demo_hands_the_language_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from offshelf.bootstrap import demo, main

    asked: dict[str, Any] = {}
    monkeypatch.setenv("OFFSHELF_LANG", "en")
    monkeypatch.setattr(demo, "show", lambda **given: asked.update(given) or LINE)
    assert main(["demo", "--lang", "zh", "--json"]) == 0
    assert asked["language"] == "zh"


def test_a_demo_that_did_not_prove_everything_is_four(run_cli: Cli) -> None:
    run_cli.doors = {"demo": lambda *_: LINE | {"verified_off": 2}}
    assert run_cli("demo", "--json").code == 4


@pytest.mark.parametrize(
    ("code", "verdict", "exit_code"),
    [
        ("python", "pass", 0),
        ("no_shops", "unknown", 0),
        ("disk", "fail", 3),
        ("database.not_initialised", "fail", 3),
        ("shop_unreachable", "fail", 5),
    ],
)
def test_the_doctor_says_what_to_do(run_cli: Cli, code: str, verdict: str, exit_code: int) -> None:
    run_cli.doors = {"doctor": lambda: [{"name": "x", "verdict": verdict, "code": code, "detail": "7"}]}
    told = run_cli("doctor", "--json")
    assert told.code == exit_code
    row = told.json["looks"][0]
    assert row["message"]
    assert bool(row["next"]) == (code != "shop_well")
    assert run_cli("doctor", "--lang", "zh").code == exit_code


def test_the_doctor_tells_what_is_wrong_with_an_own_policy_file(run_cli: Cli) -> None:
    params = {"file": "own.yaml", "line": 5, "id": "fresh.listings"}
    look = {
        "name": "own.yaml",
        "verdict": "fail",
        "code": "policy.not_a_number",
        "detail": "5",
        "params": params,
    }
    run_cli.doors = {"doctor": lambda: [look]}
    told = run_cli("doctor", "--lang", "zh")
    assert told.code == 3
    assert "own.yaml 第 5 行：fresh.listings 写了单位，但值不是整数。" in " ".join(told.out.split())
    assert "own.yaml：请写不加引号的数字，或去掉单位。" in told.out


def test_the_doctor_names_its_looks_in_the_language(run_cli: Cli) -> None:
    run_cli.doors = {
        "doctor": lambda: [{"name": "disk", "verdict": "pass", "code": "disk", "detail": "7 MiB"}]
    }
    assert " 磁盘 " in run_cli("doctor", "--lang", "zh").out


def test_servers_get_their_address(run_cli: Cli) -> None:
    served = run_cli("serve", "--port", "8601")
    told, worker_said = run_cli.used[0][-2:]
    assert (served.code, served.err) == (0, "")
    assert run_cli("serve", "--port", "8602", "--no-worker").code == 0
    assert run_cli.used.pop()[-1] is None  # nobody runs plans there
    assert run_cli("sandbox", "serve", "--size", "40", "--quota", "all=5/1s").code == 0
    assert run_cli.used == [
        ("serve_house", "127.0.0.1", 8601, told, worker_said),
        ("serve_sandbox", 8700, 40, 7, None, "all=5/1s", ("wechat_channels", "douyin", "kuaishou"), None),
    ]


@pytest.mark.parametrize("what", ["ready", "busy", "failed"])
def test_what_serve_says_of_its_worker_is_told(run_cli: Cli, what: str) -> None:
    def serve(_host: str, _port: int, _told: object, worker_said: Callable[[str], None]) -> None:
        worker_said(what)

    run_cli.doors["serve_house"] = serve
    words = {
        "ready": "Plans are run here too",
        "busy": "Another process runs plans",
        "failed": "nobody runs plans",
    }
    assert words[what] in run_cli("serve").err


CALLS = [
    ("ledger --kind stock --after 3", "GET", "/_sandbox/ledger?kind=stock&since_seq=3", None),
    ("ledger", "GET", "/_sandbox/ledger", None),
    ("clock show", "GET", "/_sandbox/clock", None),
    ("clock advance 90", "POST", "/_sandbox/clock", {"advance_seconds": 90.0}),
    ("buyers start --rate 2.5", "POST", "/_sandbox/buyers/start", {"rate": 2.5}),
    ("buyers stop", "POST", "/_sandbox/buyers/stop", {}),
    ("buyers report", "GET", "/_sandbox/buyers", None),
]


@pytest.mark.parametrize(("line", "method", "path", "payload"), CALLS, ids=[call[0] for call in CALLS])
def test_the_sandbox_is_asked(run_cli: Cli, line: str, method: str, path: str, payload: object) -> None:
    asked: list[object] = []

    def call(*given: object) -> object:
        asked.append(given)
        return {"count": 0, "effects": []}

    run_cli.doors = {"sandbox_call": call}
    assert run_cli("sandbox", *line.split(), "--url", "http://s:1").code == 0
    assert asked == [("http://s:1", method, path, payload)]


def test_the_sandbox_ledger_is_a_table(run_cli: Cli) -> None:
    effect = {"seq": 1, "at": 1_795_226_400.0, "actor": "api", "kind": "listing.off", "product_id": "9"}
    effect |= {"before": 5, "after": 11}
    run_cli.doors = {"sandbox_call": lambda *_: {"count": 1, "effects": [effect]}}
    told = run_cli("sandbox", "ledger", "--lang", "zh").out
    assert "listing.off" in told
    assert "共 1 条，此处显示 1 条" in told


class StoppingClock(ManualClock):
    """Tells this process to stop at the worker's idle moment number `stop_at`."""

    stop_at = 0

    async def sleep(self, seconds: float) -> None:
        """Advance; count the worker's idle moments."""
        await super().sleep(seconds)
        if seconds == 0.5:
            self.stop_at -= 1
            if self.stop_at == 0:
                os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class Job:
    """A command line with a plan that was started, and a clock that will stop the worker."""

    cli: Cli
    clock: StoppingClock
    plan_id: str


@pytest.fixture
def job(sqlite_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Job]:
    """Return a started plan over four listings, waiting for a worker."""
    clock = StoppingClock(START)
    house = build(sqlite_database, clock, tmp_path / "home")
    cli = Cli(house, capsys)
    house.open_shop()
    cli("catalog", "sync")
    plan = cli.json("plan", "propose", "--reason", "season", "--all")["plan"]
    cli("plan", "check", plan["id"])
    cli("plan", "approve", plan["id"], "--fingerprint", plan["fingerprint"])
    house.services.plans.start(plan["id"], by="lin")
    yield Job(cli, clock, plan["id"])
    house.services.io.close()


def test_the_worker_tells_events_and_stops_on_a_signal(job: Job) -> None:
    before = signal.getsignal(signal.SIGTERM)
    job.clock.stop_at = 200
    told = job.cli("worker", "--json")
    assert told.code == 0
    assert told.json == {"events": [{"plan": job.plan_id, "state": "done"}]}
    assert "The worker has stopped." in told.err
    assert signal.getsignal(signal.SIGTERM) == before
    job.cli.house.lock.take()  # it is free
    job.cli.house.lock.close()


def test_a_worker_stopped_early_leaves_the_plan_running(job: Job) -> None:
    job.clock.stop_at = 1
    told = job.cli("worker")
    assert (told.code, told.out) == (0, "")
    assert job.cli.house.services.plans.get(job.plan_id).state == "running"
    job.clock.stop_at = 200
    assert job.cli("worker").out == f"{job.plan_id}: done\n"


def test_a_second_worker_is_refused(run_cli: Cli, house: House) -> None:
    house.lock.take()
    told = run_cli("worker", "--json")
    house.lock.close()
    assert (told.code, told.json["error"]["code"]) == (3, "durable.worker_busy")
