"""Who may waive a finding: somebody of the departments its rule names, or an owner of the house."""

from __future__ import annotations

from collections.abc import Iterable

from offshelf.access.actor import Person
from offshelf.access.roles import Permission, Role
from offshelf.access.users import User, Users
from offshelf.checks.model import CheckSpec
from offshelf.checks.rules import may_waive, waiver_rule
from offshelf.kit.db import Tx
from offshelf.kit.errors import BlockedError


def by_right_of(
    users: Users, person: Person, code: str, extra: Iterable[CheckSpec], tx: Tx
) -> dict[str, str]:
    """Return by what right a person waives a finding, for the journal, or refuse.

    An owner always may, and the journal says so where no department of theirs does. While the house has no users, names
    are believed and have no departments. Raises `BlockedError('plan.waiver_other_department')`, which says who may.
    """
    specs = tuple(extra)
    everybody = users.all(tx)
    user = next((one for one in everybody if one.user_id == person.user_id), None)
    if user is None:
        return {}
    if may_waive(code, user.departments, specs):
        mine = [one.value for one in waiver_rule(code, specs).who if one in user.departments]
        return {"department": mine[0]} if mine else {}
    if Role.OWNER in user.roles:
        return {"role": Role.OWNER.value}
    raise BlockedError(
        "plan.waiver_other_department",
        finding=code,
        name=user.name,
        departments=", ".join(waiver_rule(code, specs).who),
        people=", ".join(one.name for one in everybody if _may(one, code, specs)) or "–",
    )


def _may(user: User, code: str, extra: tuple[CheckSpec, ...]) -> bool:
    right = Role.OWNER in user.roles or may_waive(code, user.departments, extra)
    return user.may(Permission.WAIVE) and right
