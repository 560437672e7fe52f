"""Who may waive a finding: somebody of the departments its rule names, or an owner of the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from offshelf.access.actor import Person
from offshelf.access.roles import Permission, Role
from offshelf.access.users import User, Users
from offshelf.checks.model import WaiverRule
from offshelf.kit.db import Tx
from offshelf.kit.errors import BlockedError


def by_right_of(
    users: Users, person: Person, code: str, rules: Sequence[WaiverRule], tx: Tx
) -> dict[str, str]:
    """Return by what right a person waives a finding under some rules (at least one), for the journal, or refuse.

    An owner always may, and the journal says so where no department of theirs does. While the house has no users, names
    are believed and have no departments. Raises `BlockedError('plan.waiver_other_department')`, which says who may.
    """
    everybody = users.all(tx)
    user = next((one for one in everybody if one.user_id == person.user_id), None)
    if user is None:
        return {}
    closed = [rule for rule in rules if not rule.open_to(user.departments)]
    if not closed:
        mine = [one.value for one in rules[0].who if one in user.departments]
        return {"department": mine[0]} if mine else {}
    if Role.OWNER in user.roles:
        return {"role": Role.OWNER.value}
    raise BlockedError(
        "plan.waiver_other_department",
        finding=code,
        name=user.name,
        departments=", ".join(closed[0].who),
        people=", ".join(_open_to(everybody, rules)) or "–",
    )


def people_for(users: Users, rules: Sequence[WaiverRule]) -> tuple[str, ...]:
    """Return who may waive findings under some rules, by name; nobody where the house has no users."""
    return _open_to(users.all(), rules)


def _open_to(everybody: Iterable[User], rules: Sequence[WaiverRule]) -> tuple[str, ...]:
    return tuple(one.name for one in everybody if _may(one, rules))


def _may(user: User, rules: Sequence[WaiverRule]) -> bool:
    right = Role.OWNER in user.roles or all(rule.open_to(user.departments) for rule in rules)
    return user.may(Permission.WAIVE) and right
