"""`kill -9` at every point of a run: after a restart the same end, and nothing was done twice.

The points are enumerated, not sampled: each place where the executor commits or calls, at its first, a middle and a
late visit.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from offshelf.bootstrap.wire import open_house
from offshelf.vocabulary.plans import PlanState
from support.databases import Postgres
from support.processes import Ready, effects, moved, offshelf, prepare, sandbox_process, settings_of

POINTS = {
    "between_batches": (1, 4, 12),
    "before_intent": (1, 5, 11),
    "after_intent": (1, 5, 11),
    "after_call": (1, 140, 520),
    "before_commit": (1, 5, 11),
    "after_commit": (1, 5, 11),
}
CRASHES = [f"{point}:{visit}" for point, visits in POINTS.items() for visit in visits]


@pytest.fixture(scope="session")
def undisturbed(ready_200: Ready, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """Return the effects of the same plan run without a crash."""
    with sandbox_process(200) as url:
        settings = ready_200.copy(tmp_path_factory.mktemp("undisturbed") / "home", url)
        assert offshelf(settings, "plan", "run", ready_200.plan_id, "--execute", "--json").returncode == 0
        return effects(url)


@pytest.mark.processes
@pytest.mark.parametrize("crash", CRASHES)
def test_a_killed_run_ends_as_if_nothing_had_happened(
    crash: str, ready_200: Ready, undisturbed: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    with sandbox_process(200) as url:
        settings = ready_200.copy(tmp_path / "home", url)
        killed = offshelf(settings, "plan", "run", ready_200.plan_id, "--execute", "--json", crash_at=crash)
        assert killed.returncode == -9
        resumed = offshelf(settings, "plan", "run", ready_200.plan_id, "--execute", "--json")
        assert resumed.returncode == 0, resumed.stderr
        assert effects(url) == undisturbed
    services = open_house(settings)
    try:
        assert services.plans.get(ready_200.plan_id).state is PlanState.DONE
        result = services.results.of(ready_200.plan_id)
        assert result.verified_off == ready_200.listings
        assert result.journal_ok
        assert set(result.outcomes) - {"done", "already_so"} == {"refused", "waiting", "unknown", "open"}
        assert result.outcomes["done"] + result.outcomes["already_so"] == len(result.acts)
    finally:
        services.close()


@pytest.mark.processes
@pytest.mark.parametrize("crash", ["after_intent:5", "after_call:140", "before_commit:5"])
def test_a_killed_run_on_postgresql_ends_the_same(
    crash: str, postgres: Postgres, undisturbed: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    database_url = postgres.url(postgres.create_empty())
    ready = prepare(tmp_path / "home", 200, database_url)
    with sandbox_process(200) as url:
        settings = moved(settings_of(ready.home, database_url), url)
        killed = offshelf(settings, "plan", "run", ready.plan_id, "--execute", "--json", crash_at=crash)
        assert killed.returncode == -9
        resumed = offshelf(settings, "plan", "run", ready.plan_id, "--execute", "--json")
        assert resumed.returncode == 0, resumed.stderr
        assert effects(url) == undisturbed


@pytest.mark.processes
def test_the_undisturbed_run_does_each_thing_once(undisturbed: list[tuple[Any, ...]]) -> None:
    delisted = Counter(effect[1] for effect in undisturbed if effect[0] == "listing.off")
    drained = Counter(effect[1:3] for effect in undisturbed if effect[0].startswith("stock."))
    assert len(delisted) > 100
    assert set(delisted.values()) == {1}
    assert len(drained) > 300
    assert set(drained.values()) <= {1, 2}  # normal stock and a regional warehouse


@pytest.mark.processes
def test_a_second_run_of_a_running_plan_is_refused_and_changes_nothing(
    ready_200: Ready, tmp_path: Path
) -> None:
    with sandbox_process(200) as url:
        settings = ready_200.copy(tmp_path / "home", url)
        services = open_house(settings)
        from offshelf.durable.host import WorkerLock

        lock = WorkerLock(services.database, settings.home)
        lock.take()
        second = offshelf(settings, "plan", "run", ready_200.plan_id, "--execute", "--json")
        lock.close()
        services.close()
        assert second.returncode == 3
        assert json.loads(second.stdout)["error"]["code"] == "durable.worker_busy"
        assert effects(url) == []
