"""The migrations give exactly the tables the stores declare, on both databases, and refuse what they cannot read."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from offshelf.access import _store as access_store
from offshelf.catalog import _store as catalog_store
from offshelf.catalog.browse import _store as browse_store
from offshelf.catalog.files import _store as files_store
from offshelf.catalog.licences import _store as licences_store
from offshelf.catalog.naming import _store as naming_store
from offshelf.catalog.places import _store as places_store
from offshelf.catalog.registers import _store as registers_store
from offshelf.delisting import _store as delisting_store
from offshelf.delisting.looking import _store as looking_store
from offshelf.delisting.looking.checked import _store as checked_store
from offshelf.delisting.looking.cut import _store as cut_store
from offshelf.delisting.product import _store as product_store
from offshelf.durable import _store as durable_store
from offshelf.journal import _store as journal_store
from offshelf.journal.browse import _store as journal_browse_store
from offshelf.journal.recent import _store as recent_store
from offshelf.kit.db import Database, metadata
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.migrations import HEAD, check, upgrade
from offshelf.monitoring import _store as monitoring_store
from offshelf.policy import _store as policy_store
from offshelf.tasks import _store as tasks_store
from offshelf.tasks.browse import _store as task_browse_store
from support.architecture import ROOT, SOURCE, none
from support.databases import START, Postgres, create_schema

STORES = (
    access_store,
    browse_store,
    looking_store,
    cut_store,
    checked_store,
    recent_store,
    catalog_store,
    delisting_store,
    durable_store,
    files_store,
    journal_browse_store,
    journal_store,
    licences_store,
    monitoring_store,
    naming_store,
    policy_store,
    places_store,
    product_store,
    registers_store,
    task_browse_store,
    tasks_store,
)
VERSIONS = SOURCE / "migrations" / "versions"
_NUMBERS = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return a database without any table."""
    if request.param == "sqlite":
        url, name = f"sqlite:///{tmp_path / 'empty.sqlite'}", ""
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name = f"empty{next(_NUMBERS)}"
        server._admin.execute(f"CREATE DATABASE {name}")
        url = server.url(name)
    database = Database(url)
    yield database
    database.close()
    if name:
        request.getfixturevalue("postgres").drop(name)


@pytest.fixture
def migrated(empty: Database) -> Database:
    """Return a database made by the migrations."""
    upgrade(empty)
    return empty


def shape(database: Database) -> dict[str, Any]:
    """Return tables, triggers and functions of a database as plain data."""
    questions = {
        "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' ORDER BY 1, 2",
        "postgresql": "SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
        "UNION SELECT 'function', proname, prosrc FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2",
    }
    with database.read() as tx:
        rows = tx.exec_driver_sql(questions[database.dialect]).all()
    return {f"{kind} {name}": text for kind, name, text in rows}


def keys(database: Database) -> dict[str, Any]:
    """Return primary keys and check constraints by table: what Alembic's comparison leaves out."""
    with database.read() as tx:
        look = sa.inspect(tx)
        return {
            name: (look.get_pk_constraint(name), look.get_check_constraints(name))
            for name in sorted(set(look.get_table_names()) - {"alembic_version"})
        }


def test_every_store_is_looked_at_here() -> None:
    here = {Path(store.__file__ or "").resolve() for store in STORES}
    assert here == set(SOURCE.rglob("_store.py"))


# SQLite tells nothing of indexes on expressions (codes in every spelling); PostgreSQL does, and they are compared there.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_migrations_give_what_the_stores_declare(migrated: Database) -> None:
    with migrated.begin() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_keys_and_checks_are_those_declared(migrated: Database) -> None:
    found = keys(migrated)
    with migrated.begin() as tx:
        tx.exec_driver_sql("DROP TABLE alembic_version")
        metadata.drop_all(tx)
        metadata.create_all(tx)
    assert found == keys(migrated)


def test_triggers_are_those_of_the_journal(migrated: Database) -> None:
    found = {name: text for name, text in shape(migrated).items() if name.startswith(("trigger", "function"))}
    with migrated.begin() as tx:
        metadata.drop_all(tx)
        for name in (name.split()[1] for name in found if name.startswith("function")):
            tx.exec_driver_sql(f"DROP FUNCTION {name}")
    create_schema(migrated)
    declared = {n: text for n, text in shape(migrated).items() if n.startswith(("trigger", "function"))}
    assert found
    assert found == declared


def test_head_is_the_newest_file() -> None:
    revisions = {}
    for file in sorted(VERSIONS.glob("*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(id="revision")], value=ast.Constant(value=revision)):
                    revisions[file.name] = revision
    assert all(name.startswith(f"{revision}_") for name, revision in revisions.items())
    assert max(revisions.values()) == HEAD


def test_a_second_upgrade_changes_nothing(migrated: Database) -> None:
    before = shape(migrated)
    upgrade(migrated)
    check(migrated)
    assert shape(migrated) == before


def test_an_empty_database_is_told_apart(empty: Database) -> None:
    with pytest.raises(UsageError) as caught:
        check(empty)
    assert caught.value.code == "database.not_initialised"
    assert shape(empty) == {}


@pytest.mark.parametrize("verb", [upgrade, check])
def test_a_newer_database_is_refused_and_left_alone(migrated: Database, verb: Any) -> None:
    with migrated.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before = shape(migrated)
    with pytest.raises(UsageError) as caught:
        verb(migrated)
    assert (caught.value.code, caught.value.params) == ("database.newer", {"found": "9999", "needed": HEAD})
    assert (shape(migrated), _revision(migrated)) == (before, "9999")


def test_an_older_database_is_refused_until_it_is_upgraded(migrated: Database) -> None:
    with migrated.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(BlockedError) as caught:
        check(migrated)
    assert (caught.value.code, _revision(migrated)) == ("database.older", "0000")


def test_words_of_before_are_taken_in_as_evidence_and_bare_ends_are_doubted(migrated: Database) -> None:
    step = runpy.run_path(str(VERSIONS / "0014_one_picture_one_thing.py"))
    with migrated.begin() as tx:
        tx.execute(sa.insert(registers_store.statement), [_said(0, "flagship"), _said(1, "outlet")])
        states = {("video", "file"): "unknown", ("video", "api"): "ended", ("script", "file"): "ended"}
        tx.execute(sa.insert(places_store.place), [_ended(kind, source) for kind, source in states])
        for _ in range(2):  # safe to repeat
            step["enter"](tx)
            step["doubt"](tx)
        (row,) = tx.execute(sa.select(tasks_store.evidence)).mappings()
        found = {
            (row["kind"], row["source"]): row["state"]
            for row in tx.execute(sa.select(places_store.place)).mappings()
        }
    assert (row["digest"], row["by"], row["at"], row["task_id"]) == ("ab" * 32, "lin", START, "")
    assert row["targets"] == ["statements/backup/flagship", "statements/backup/outlet"]
    assert found == states


def test_plans_that_joined_a_target_before_want_all_of_it(migrated: Database) -> None:
    step = runpy.run_path(str(VERSIONS / "0016_goods_of_each_plan.py"))
    joined = tasks_store.target_plan
    with migrated.begin() as tx:
        tx.execute(sa.insert(tasks_store.target), [_target("T-1-01", ["L1", "L2"]), _target("T-1-02", [])])
        rows = [{"target_id": target, "plan_id": "P", "items": None} for target in ("T-1-01", "T-1-02")]
        tx.execute(sa.insert(joined), rows)
        step["fill"](tx)
        found = {target: tasks_store.shares(tx, target) for target in ("T-1-01", "T-1-02")}
    assert found == {"T-1-01": {"P": ["L1", "L2"]}, "T-1-02": {"P": []}}


def _target(target_id: str, items: list[str]) -> dict[str, Any]:
    words = ("shop_id", "kind", "ref", "title", "url", "place", "act", "claimed_by", "finished_by", "how", "why",
             "earlier", "rechecked_by", "name_key", "like_key")  # fmt: skip
    return dict.fromkeys(words, "") | {
        "target_id": target_id, "task_id": "T-1", "number": 1, "listing_id": "L1", "items": items, "listed": False,
        "state": "open", "opened_at": START, "gone": False, "seen": {}, "recurrences": 0, "recheck": "none",
    }  # fmt: skip


def test_places_of_before_are_unsure_since_they_were_last_seen(migrated: Database) -> None:
    step = runpy.run_path(str(VERSIONS / "0018_since_when_a_place_is_unsure.py"))
    member = {"number": 0, "role": "goods", "listing_id": "L1", "code": "", "quantity": 1}
    with migrated.begin() as tx:
        rows = [_ended(kind, source) for kind in ("video", "replay", "live") for source in ("api", "file")]
        rows = [row | {"state": "ended" if row["kind"] == "live" else "unknown"} for row in rows]
        tx.execute(sa.insert(places_store.place), rows)
        held = [{"shop_id": "s", "kind": "replay", "ref": ref} | member for ref in ("api", "file")]
        tx.execute(sa.insert(places_store.place_member), held)
        for _ in range(2):  # safe to repeat
            step["fill"](tx)
        found = {
            (row["kind"], row["source"]): (row["unsure_since"], row["told"])
            for row in tx.execute(sa.select(places_store.place)).mappings()
        }
    assert found == {
        (kind, source): (START if kind == "video" else None, source == "api")
        for kind in ("video", "replay", "live")
        for source in ("api", "file")
    }


def _said(number: int, subject: str) -> dict[str, Any]:
    at = START + timedelta(hours=number)
    return {
        "digest": str(number), "kind": "backup", "subject": subject, "about": "", "at": at, "by": "lin",
        "detail": {}, "evidence": "ab" * 32, "recorded_at": at,
    }  # fmt: skip


def _ended(kind: str, source: str) -> dict[str, Any]:
    return {
        "shop_id": "s", "kind": kind, "ref": source, "title": "t", "state": "ended", "source": source, "holder": "",
        "detail": {}, "observed_at": START,
    }  # fmt: skip


def _revision(database: Database) -> str:
    with database.read() as tx:
        return str(tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


# A file on its way in lies in a nameless temporary database that vanishes with the process.
STAGED = "_private.create_all(self._tx)"


def test_nothing_but_migrations_makes_tables() -> None:
    makers = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCE.rglob("*.py")
        if "create_all" in path.read_text("utf-8").replace(STAGED, "")
    ]
    assert none(makers)
