"""Every verb and every operation names its permission, and those that change something ask for one."""

from __future__ import annotations

from typing import Any

from offshelf.access.roles import ROLES, Permission, Role
from offshelf.api.app import PREFIX, create_app
from offshelf.api.permissions import ROUTES
from offshelf.cli.permissions import SIGNED, VERBS, permission_of
from offshelf.cli.tree import tree
from offshelf.kit.redact import Secret
from support.architecture import SOURCE, modules, none

# What only looks, though it may bring tasks and events up to what the catalog shows.
LOOKS = {
    "shops list", "shops test", "catalog list", "catalog show", "catalog places", "catalog licences", "catalog snapshot", "policy list", "policy show", "policy check", "policy diff",
    "plan preview", "plan timeline", "tasks sheet", "monitor alerts", "plan list", "plan show",
    "plan rehearse", "plan certificate", "plan report", "tasks list", "tasks show", "monitor events",
    "journal list", "journal verify", "journal export", "access users list", "access roles", "access keys list",
}  # fmt: skip
# What works on this machine, and not on the house's data.
LOCAL = ("init", "demo", "doctor", "serve", "worker", "sandbox")


def verbs(command: Any, before: str = "") -> list[str]:
    """Return the path of every verb."""
    found = []
    for name, child in command.commands.items():
        path = f"{before} {name}".strip()
        found += verbs(child, path) if hasattr(child, "commands") else [path]
    return found


def operations() -> set[tuple[str, str]]:
    """Return method and path of every operation behind the key."""
    app = create_app(lambda: None, key=lambda: Secret(""), language="zh")
    paths = app.openapi()["paths"]
    return {
        (method.upper(), path.removeprefix(PREFIX))
        for path, methods in paths.items()
        if path.startswith(PREFIX)
        for method in methods
    }


def test_every_verb_names_its_permission() -> None:
    assert none(set(verbs(tree())) ^ set(VERBS))


def test_every_operation_names_its_permission() -> None:
    assert none(f"{method} {path}" for method, path in operations() ^ set(ROUTES))


def test_only_what_looks_needs_nobody() -> None:
    looks = {path for path, permission in VERBS.items() if permission is Permission.READ}
    assert looks - SIGNED == LOOKS
    local = {path for path, permission in VERBS.items() if permission is None}
    assert {path.split()[0] for path in local} == set(LOCAL)


def test_every_operation_that_changes_something_needs_more_than_looking() -> None:
    assert {key for key, permission in ROUTES.items() if permission is Permission.READ} == {
        key for key in ROUTES if key[0] == "GET"
    }


def test_verb_and_operation_of_one_name_need_the_same() -> None:
    by_route = {
        path.rpartition("/")[2]: p
        for (method, path), p in ROUTES.items()
        if "{plan_id}/" in path and method == "POST"
    }
    by_verb = {path.split()[1]: p for path, p in VERBS.items() if path.startswith("plan ")}
    assert by_route.pop("start") is by_verb["run"]
    assert {name: by_verb[name] for name in by_route} == by_route


def test_what_stands_in_no_row_needs_an_owner() -> None:
    needed = permission_of("plan abolish", {})
    assert needed is not None
    assert [role for role, may in ROLES.items() if needed in may] == [Role.OWNER]


def test_a_dry_run_looks_and_a_run_does_not() -> None:
    assert permission_of("plan run", {"execute": False}) is Permission.READ
    assert permission_of("plan run", {"execute": True}) is Permission.RUN


def test_no_face_can_be_the_program_itself() -> None:
    """Only processes act as `SYSTEM`; a face that did would be past every question of who asks."""
    users = {module.where for module in modules() if "offshelf.access.actor.SYSTEM" in module.names.values()}
    faces = [
        where
        for where in users
        if where.startswith(f"{SOURCE.name}/cli") or "/cli/" in where or "/api/" in where
    ]
    assert none(faces)
    assert users
