"""Verbs of access: users, roles, keys."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.access.roles import ROLES, Permission, Role, roles_with
from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, face_of
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.cli.secret_input import ask_secret
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import Department

if TYPE_CHECKING:
    from offshelf.access.keys import ApiKey
    from offshelf.access.users import User
    from offshelf.kit.redact import Secret

_User = Annotated[str, typer.Argument(metavar="USER")]
_Key = Annotated[str, typer.Argument(metavar="KEY")]
_By = Annotated[str | None, typer.Option("--by", metavar="NAME")]
_Departments = Annotated[
    list[Department] | None,
    typer.Option("--department", metavar="DEPARTMENT", parser=Choice(Department, "department")),
]
_Env = Annotated[str | None, typer.Option("--secret-env", metavar="VAR")]
_File = Annotated[Path | None, typer.Option("--secret-file", metavar="FILE")]


def app() -> typer.Typer:
    """Return the group."""
    made, users, keys = group(), group(), group()
    add(users, "add", add_user)
    add(users, "list", list_users)
    add(users, "move", move)
    add(users, "disable", disable)
    add(users, "rotate-secret", rotate)
    add(keys, "add", add_key)
    add(keys, "list", list_keys)
    add(keys, "revoke", revoke)
    made.add_typer(users, name="users")
    add(made, "roles", roles)
    made.add_typer(keys, name="keys")
    return made


def add_user(
    ctx: typer.Context,
    user: _User,
    role: Annotated[list[Role], typer.Option("--role", metavar="ROLE", parser=Choice(Role, "role"))],
    department: _Departments = None,
    secret_env: _Env = None,
    secret_file: _File = None,
    by: _By = None,
) -> int:
    """Register a user."""
    face = face_of(ctx)
    secret = _new_secret(face, secret_env, secret_file)
    first = not face.house().users.registered()
    made = face.house().users.add(user, role, secret, by=face.by(by), departments=department or ())

    def show(paper: Paper) -> None:
        paper.say("cli.access.added", name=made.name, roles=_roles(face, made))
        _say_departments(paper, face, made)
        if first:
            paper.say("cli.access.first", style="bold")
        paper.next_steps([f"offshelf access users rotate-secret {made.name} --as {made.name}"])

    face.tell({"user": _user(made), "first": first}, show)
    return 0


def _new_secret(face: Face, variable: str | None, file: Path | None) -> Secret:
    """Return a new passphrase; typed ones are typed twice."""
    secret = ask_secret(face, variable, file, "cli.ask.new_passphrase")
    if variable is None and file is None:
        again = getpass.getpass(face.words.say("cli.ask.again"), sys.stderr).strip()
        if again != secret.reveal():
            raise UsageError("access.secrets_differ")
    return secret


def list_users(ctx: typer.Context) -> int:
    """List users."""
    face = face_of(ctx)
    users = face.house().users.all()

    def show(paper: Paper) -> None:
        if not users:
            paper.say("cli.empty.users")
            paper.next_steps(["offshelf access users add NAME --role owner"])
            return
        paper.table(
            ("user", "roles", "departments", "user_state", "created", "by"),
            [
                (
                    one.name,
                    _roles(face, one),
                    _departments(face, one),
                    face.words.word("user_state", _state(face, one)),
                    local(one.added_at),
                    one.added_by,
                )
                for one in users
            ],
        )

    mode = "users" if users else "single_person"
    face.tell({"mode": mode, "users": [_user(one) for one in users]}, show)
    return 0


def move(ctx: typer.Context, user: _User, department: _Departments = None, by: _By = None) -> int:
    """Give a user these departments and no others."""
    face = face_of(ctx)
    moved = face.house().users.move(user, department or (), by=face.by(by))
    face.tell({"user": _user(moved)}, lambda paper: _say_departments(paper, face, moved))
    return 0


def _say_departments(paper: Paper, face: Face, user: User) -> None:
    """Tell which findings a user may waive, where one may waive at all."""
    if not user.may(Permission.WAIVE) or Role.OWNER in user.roles:
        return
    key = "departments" if user.departments else "no_department"
    paper.say(f"cli.access.{key}", name=user.name, departments=_departments(face, user))


def disable(ctx: typer.Context, user: _User, by: _By = None) -> int:
    """Disable a user."""
    face = face_of(ctx)
    ended = face.house().users.disable(user, by=face.by(by))
    face.tell({"user": _user(ended)}, lambda paper: paper.say("cli.access.disabled", name=ended.name))
    return 0


def rotate(
    ctx: typer.Context, user: _User, secret_env: _Env = None, secret_file: _File = None, by: _By = None
) -> int:
    """Store another passphrase of a user."""
    face = face_of(ctx)
    secret = _new_secret(face, secret_env, secret_file)
    changed = face.house().users.rotate(user, secret, by=face.by(by))
    face.tell({"user": _user(changed)}, lambda paper: paper.say("cli.access.rotated", name=changed.name))
    return 0


def roles(ctx: typer.Context) -> int:
    """Show the table of roles."""
    face = face_of(ctx)

    def show(paper: Paper) -> None:
        paper.table(
            ("permission", *(f"role_{role.value}" for role in ROLES)),
            [
                (
                    face.words.word("permission", permission.value),
                    *("✓" if role in roles_with(permission) else "" for role in ROLES),
                )
                for permission in Permission
            ],
        )

    face.tell({"roles": {role: sorted(ROLES[role]) for role in ROLES}}, show)
    return 0


def add_key(
    ctx: typer.Context,
    user: _User,
    scope: Annotated[
        list[Permission], typer.Option("--scope", metavar="SCOPE", parser=Choice(Permission, "permission"))
    ],
    label: Annotated[str, typer.Option("--label", metavar="TEXT")] = "",
    by: _By = None,
) -> int:
    """Make a key for the HTTP API."""
    face = face_of(ctx)
    made, secret = face.house().keys.add(user, label, scope, by=face.by(by))

    def show(paper: Paper) -> None:
        paper.say("cli.access.key_added", key=made.key_id, name=made.user)
        paper.say("cli.line", text=secret.reveal(), style="bold")
        paper.say("cli.access.key_once")

    face.tell({"key": _key(made), "secret": secret.reveal()}, show)
    return 0


def list_keys(ctx: typer.Context) -> int:
    """List keys."""
    face = face_of(ctx)
    keys = face.house().keys.all()

    def show(paper: Paper) -> None:
        if not keys:
            paper.say("cli.empty.keys")
            return
        words = face.words
        paper.table(
            ("key", "user", "label", "scopes", "created", "revoked"),
            [
                (
                    key.key_id,
                    key.user,
                    key.label,
                    ", ".join(words.word("permission", scope.value) for scope in key.scopes),
                    local(key.added_at),
                    local(key.revoked_at) if key.revoked_at else "",
                )
                for key in keys
            ],
        )

    face.tell({"keys": [_key(key) for key in keys]}, show)
    return 0


def revoke(ctx: typer.Context, key: _Key, by: _By = None) -> int:
    """Revoke a key."""
    face = face_of(ctx)
    ended = face.house().keys.revoke(key, by=face.by(by))
    face.tell({"key": _key(ended)}, lambda paper: paper.say("cli.access.key_revoked", key=ended.key_id))
    return 0


def _roles(face: Face, user: User) -> str:
    return ", ".join(face.words.word("role", role.value) for role in user.roles)


def _departments(face: Face, user: User) -> str:
    return ", ".join(face.words.word("department", one.value) for one in user.departments)


def _state(face: Face, user: User) -> str:
    if not user.active:
        return "disabled"
    locked = user.locked_until is not None and user.locked_until > face.doors.now()
    return "locked" if locked else "active"


def _user(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "id": user.user_id,
        "roles": user.roles,
        "departments": user.departments,
        "added_at": user.added_at,
        "added_by": user.added_by,
        "disabled_at": user.disabled_at,
        "locked_until": user.locked_until,
    }


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "user": key.user,
        "label": key.label,
        "scopes": key.scopes,
        "added_at": key.added_at,
        "added_by": key.added_by,
        "revoked_at": key.revoked_at,
    }
