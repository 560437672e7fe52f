"""What goes wrong at the edges: one clear sentence, the right exit code, and nothing lost or half written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from offshelf.access.shops import SLOT_SECRET
from offshelf.bootstrap.wire import initialise, open_house
from offshelf.kit.db import Database
from offshelf.kit.redact import Secret
from offshelf.settings import Settings
from support.processes import SHOP, Ready, effects, offshelf, open_shop, sandbox_process, settings_of

pytestmark = pytest.mark.processes


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """Return exit code and error code of a call with --json; its next step must be a sentence."""
    error = json.loads(done.stdout)["error"]
    assert error["message"]
    assert error["next"]
    return done.returncode, error["code"]


def house_in(folder: Path, url: str) -> Settings:
    settings = settings_of(folder / "home")
    initialise(settings)
    services = open_house(settings)
    open_shop(services, url)
    services.close()
    return settings


def entries(settings: Settings) -> int:
    services = open_house(settings)
    count = services.journal.verify().count
    services.close()
    return count


def test_a_wrong_secret_is_two_and_reads_nothing(tmp_path: Path) -> None:
    with sandbox_process(20) as url:
        settings = house_in(tmp_path, url)
        services = open_house(settings)
        with services.database.begin() as tx:
            services.shops.rotate(tx, SHOP, SLOT_SECRET, Secret("wrong"))
        services.close()
        assert told(offshelf(settings, "catalog", "sync", "--json")) == (2, "platforms.credentials_refused")


def test_no_network_is_five_and_a_run_changes_nothing(ready_200: Ready, tmp_path: Path) -> None:
    settings = ready_200.copy(tmp_path / "home", "http://127.0.0.1:9")
    done = offshelf(settings, "catalog", "sync", "--json")
    assert told(done) == (5, "platforms.unreachable")


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home")
    initialise(settings)
    database = Database(settings.database_url)
    with database.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = (settings.home / "offshelf.db").read_bytes()
    for verb in (("plan", "list"), ("init",)):
        assert told(offshelf(settings, *verb, "--json")) == (2, "database.newer")
    assert (settings.home / "offshelf.db").read_bytes() == before


def test_a_disk_without_room_stops_the_run_and_the_same_plan_goes_on_later(
    ready_200: Ready, tmp_path: Path
) -> None:
    with sandbox_process(200) as url:
        settings = ready_200.copy(tmp_path / "home", url)
        size = max(file.stat().st_size for file in settings.home.iterdir() if file.is_file())
        code = "import sys; from offshelf.bootstrap import main; sys.exit(main())"
        full = subprocess.run(
            [sys.executable, "-c", code, "plan", "run", ready_200.plan_id, "--execute", "--json"],
            env=os.environ | {"OFFSHELF_HOME": str(settings.home), "OFFSHELF_LANG": "en"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert told(full)[0] == 5
        assert told(full)[1] in {"database.disk_full", "database.disk_failing"}
        services = open_house(settings)
        assert services.journal.verify().ok
        services.close()
        assert offshelf(settings, "plan", "run", ready_200.plan_id, "--execute", "--json").returncode == 0
        off = [effect[1] for effect in effects(url) if effect[0] == "listing.off"]
        assert len(off) == len(set(off)) > 100
