"""Before a verb that changes something: who acts, and whether they may. One place for every verb."""

from __future__ import annotations

from typing import Any

from offshelf.access.roles import Permission
from offshelf.cli.face import Claim, Face
from offshelf.cli.permissions import SIGNED, permission_of
from offshelf.cli.secret_input import ask_secret
from offshelf.kit.errors import BlockedError, UsageError

AS = "--as"
PASSPHRASE_ENV = "--passphrase-env"  # noqa: S105 - the name of an option


def admit(ctx: Any) -> None:
    """Let a verb pass, or refuse it: with users in the house, what changes something needs one who may.

    Looking needs nobody: whoever can open the data folder can read it with any program.
    """
    face = ctx.find_object(Face)
    path = " ".join(ctx.command_path.split()[1:])
    permission = permission_of(path, ctx.params)
    if face is None or permission is None:
        return
    claim = face.claim
    looks = permission is Permission.READ and path not in SIGNED
    if claim.name is None and claim.variable is not None:
        raise UsageError("access.as_missing")
    if claim.name is not None:
        _sign_in(face, claim)
    elif looks or not face.house().users.registered():
        return
    if face.actor is None:
        raise BlockedError("access.sign_in_needed", permission=permission.value)
    face.house().users.admit(face.actor, permission)
    _name(ctx, face)


def _sign_in(face: Face, claim: Claim) -> None:
    if not claim.name:
        raise UsageError("access.as_missing")
    from offshelf.access.actor import person_key

    secret = ask_secret(face, claim.variable, None, "cli.ask.passphrase")
    by_key = face.house().keys.bearer(secret, {})
    if by_key is not None and person_key(by_key.name) == person_key(claim.name):
        face.actor = by_key  # a key of this very user, with what its scopes allow
        return
    face.actor = face.house().users.sign_in(claim.name, secret)


def _name(ctx: Any, face: Face) -> None:
    """Give the verb the name of who signed in; another name beside it is refused."""
    from offshelf.access.actor import person_key

    if face.actor is None or "by" not in ctx.params:
        return
    named = ctx.params["by"]
    if named is not None and person_key(named) != person_key(face.actor.name):
        raise UsageError("access.by_differs", name=face.actor.name, by=named)
    ctx.params["by"] = face.actor.name
