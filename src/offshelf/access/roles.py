"""Who may do what: permissions, and the table of roles. Data only; a new process joins this table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """One thing a person can be allowed to do. Faces map every verb that changes something to one of these."""

    READ = "read"  # look at anything, export what is shown
    SYNC = "sync"  # read shops and files into the catalog, check plans, verify, look for drift
    PROPOSE = "propose"  # make a plan or a new version of one
    WAIVE = "waive"  # let a finding stand, with a reason and an end
    APPROVE = "approve"  # sign a fingerprint
    RUN = "run"  # confirm and start an approved plan
    PAUSE = "pause"
    CANCEL = "cancel"
    TASKS = "tasks"  # end guided work with its evidence
    DECLARE = "declare"  # state what no interface tells: places, licences, policy values of the house
    DESK = "desk"  # answer buyers
    SHOPS = "shops"  # add shops, change their credentials, remove them
    ACCESS = "access"  # users, roles, keys


class Role(StrEnum):
    """What a person is in this house. One person may have several."""

    OWNER = "owner"
    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    DESK = "desk"


_WORK = (
    Permission.READ,
    Permission.SYNC,
    Permission.PROPOSE,
    Permission.RUN,
    Permission.PAUSE,
    Permission.CANCEL,
    Permission.TASKS,
    Permission.DECLARE,
)
# Whoever sees that something goes wrong may pause; nobody but an owner both runs and signs.
ROLES: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.OPERATOR: frozenset(_WORK),
    Role.APPROVER: frozenset(
        {Permission.READ, Permission.SYNC, Permission.WAIVE, Permission.APPROVE, Permission.PAUSE}
    ),
    Role.AUDITOR: frozenset({Permission.READ}),
    Role.DESK: frozenset({Permission.READ, Permission.DESK, Permission.TASKS, Permission.PAUSE}),
}


def allowed(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return everything these roles together may do."""
    return frozenset(permission for role in roles for permission in ROLES[role])


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """Return the roles that may do this, in the order of the table."""
    return tuple(role for role, permissions in ROLES.items() if permission in permissions)
