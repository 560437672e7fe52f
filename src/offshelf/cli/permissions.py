"""Which permission each verb needs. Data only; a test compares it with the tree of verbs.

`None`: works on this machine and not on the house's data (or before there is any). `READ`: looks, and needs nobody.
A verb that stands in no row needs an owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offshelf.access.roles import Permission

P = Permission
VERBS: dict[str, Permission | None] = {
    "init": None,
    "demo": None,
    "doctor": None,
    "serve": None,  # callers prove themselves by their keys
    "worker": None,  # starts nothing that has not passed every gate
    "sandbox serve": None,
    "sandbox ledger": None,
    "sandbox clock show": None,
    "sandbox clock advance": None,
    "sandbox buyers start": None,
    "sandbox buyers stop": None,
    "sandbox buyers report": None,
    "shops add": P.SHOPS,
    "shops list": P.READ,
    "shops test": P.READ,
    "shops authorise": P.SHOPS,
    "shops rotate-secret": P.SHOPS,
    "shops remove": P.SHOPS,
    "catalog sync": P.SYNC,
    "catalog import": P.SYNC,
    "catalog list": P.READ,
    "catalog show": P.READ,
    "catalog places": P.READ,
    "catalog declare": P.DECLARE,
    "catalog licences": P.READ,
    "catalog snapshot": P.READ,
    "policy list": P.READ,
    "policy show": P.READ,
    "policy check": P.READ,
    "policy diff": P.READ,
    "plan preview": P.READ,
    "plan timeline": P.READ,
    "plan propose": P.PROPOSE,
    "plan list": P.READ,
    "plan show": P.READ,
    "plan check": P.SYNC,
    "plan waive": P.WAIVE,
    "plan approve": P.APPROVE,
    "plan confirm": P.RUN,
    "plan rehearse": P.READ,
    "plan run": P.RUN,
    "plan pause": P.PAUSE,
    "plan cancel": P.CANCEL,
    "plan verify": P.SYNC,
    "plan relist": P.PROPOSE,
    "plan certificate": P.READ,
    "plan report": P.READ,
    "tasks list": P.READ,
    "tasks show": P.READ,
    "tasks complete": P.TASKS,
    "tasks drop": P.TASKS,
    "tasks take": P.TASKS,
    "tasks confirm": P.TASKS,
    "tasks reject": P.TASKS,
    "tasks recheck": P.TASKS,
    "tasks sheet": P.READ,
    "monitor alerts": P.READ,
    "monitor drift": P.SYNC,
    "monitor events": P.READ,
    "journal list": P.READ,
    "journal verify": P.READ,
    "journal export": P.READ,
    "access users list": P.READ,
    "access users add": P.ACCESS,
    "access users move": P.ACCESS,
    "access users disable": P.ACCESS,
    "access users rotate-secret": P.READ,  # everybody their own; the house asks for more where it is another one's
    "access roles": P.READ,
    "access keys list": P.READ,
    "access keys add": P.ACCESS,
    "access keys revoke": P.ACCESS,
}
# Look at the permission only, but must know who it is.
SIGNED = frozenset({"access users rotate-secret"})


def permission_of(path: str, params: Mapping[str, Any]) -> Permission | None:
    """Return what a verb needs as it was called: a dry run only looks."""
    if path == "plan run" and not params.get("execute"):
        return Permission.READ
    return VERBS.get(path, Permission.ACCESS)
