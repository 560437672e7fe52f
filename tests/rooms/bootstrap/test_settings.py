"""Settings: what a process reads from its environment, and where its files lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.bootstrap.wire import initialise, open_house
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.settings import Settings, read


def of(home: Path, **more: str) -> Settings:
    return read({"OFFSHELF_HOME": str(home), **{f"OFFSHELF_{name}": value for name, value in more.items()}})


@pytest.mark.parametrize("level", ["LOUD", "10", "warn ing"])
def test_an_unknown_log_level_is_refused(tmp_path: Path, level: str) -> None:
    with pytest.raises(UsageError, match=r"settings\.bad_log_level"):
        of(tmp_path, LOG=level)


def test_a_log_level_is_read(tmp_path: Path) -> None:
    assert [of(tmp_path, LOG=said).log_level for said in ("info", "ERROR", "")] == [
        "INFO",
        "ERROR",
        "ERROR",
    ]


def test_the_files_lie_in_the_data_folder(tmp_path: Path) -> None:
    settings = of(tmp_path)
    assert settings.database_file == tmp_path / "offshelf.db"
    assert (settings.data_folder, settings.engine_url) == (tmp_path, f"sqlite:///{tmp_path}/engine.db")


def test_the_files_lie_beside_a_database_elsewhere(tmp_path: Path) -> None:
    settings = of(tmp_path / "home", DATABASE_URL=f"sqlite:///{tmp_path}/far/x.db?timeout=9")
    assert settings.database_file == tmp_path / "far" / "x.db"
    assert settings.engine_url == f"sqlite:///{tmp_path}/far/engine.db"


def test_postgresql_has_no_file(tmp_path: Path) -> None:
    settings = of(tmp_path, DATABASE_URL="postgresql://u@h/n")
    assert (settings.database_file, settings.data_folder) == (None, tmp_path)
    assert settings.engine_url == "postgresql+psycopg://u@h/n"


@pytest.mark.parametrize(
    "url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?uri=true", "mysql://h"]
)
def test_a_database_that_is_no_file_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match=r"settings\.bad_database_url"):
        of(tmp_path, DATABASE_URL=url)


def test_a_house_opens_on_a_database_elsewhere(tmp_path: Path) -> None:
    settings = of(tmp_path / "home", DATABASE_URL=f"sqlite:///{tmp_path}/far/x.db")
    assert initialise(settings)["database"] == str(tmp_path / "far" / "x.db")
    assert not (tmp_path / "home" / "offshelf.db").exists()
    services = open_house(settings)
    assert services.shops.all() == ()
    services.close()


def test_a_house_without_its_database_is_refused(tmp_path: Path) -> None:
    initialise(of(tmp_path))
    with pytest.raises(UsageError, match=r"database\.not_initialised"):
        open_house(of(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/far/x.db"))


def test_two_homes_on_one_file_share_one_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/far/x.db"
    houses = []
    for name in ("one", "two"):
        initialise(of(tmp_path / name, DATABASE_URL=url))
        houses.append(open_house(of(tmp_path / name, DATABASE_URL=url)))
    lock, other = (house.worker._lock for house in houses)
    lock.take()
    with pytest.raises(BlockedError, match=r"durable\.worker_busy"):
        other.take()
    lock.close()
    for house in houses:
        house.close()
