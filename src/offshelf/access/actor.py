"""Who asks: a name as it was typed, or somebody who has proven to be a user."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from offshelf.access.roles import Permission
from offshelf.kit.db import Tx

# (transaction, actor, verb, subject, body): rooms beside this one keep the journal.
Note = Callable[[Tx, str, str, str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who has proven who they are. `scopes` narrow what a key may do; None: everything the roles allow.

    Made by `Users.sign_in` and `Keys.bearer` only. What the user may do is read anew at every use, so that a user who is
    disabled meanwhile can do nothing any more.
    """

    name: str
    user_id: str
    scopes: frozenset[Permission] | None = None


# A name is what was typed, and counts as proof only while the house has no users.
Who = str | Actor

# This program itself: it proposes what a platform forced, and goes on with what people approved. No face can be it.
SYSTEM = Actor("offshelf", "")
SYSTEM_MAY = frozenset({Permission.PROPOSE, Permission.RUN})
# The key file of the data folder. It opens the HTTP API and names no person: it signs nothing once there are users.
HOUSE_KEY = Actor("house-key", "")
HOUSE_KEY_MAY = frozenset(Permission) - {Permission.APPROVE, Permission.WAIVE, Permission.ACCESS}
RESERVED = frozenset({SYSTEM.name, HOUSE_KEY.name})


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something, as it is written down; `user_id` empty: nobody proved it."""

    name: str
    user_id: str = ""


def person_key(name: str) -> str:
    """Return what two spellings of one name have in common: `Wang`, ` wang ` and `ｗａｎｇ` are one person."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
