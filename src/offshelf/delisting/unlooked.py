"""Which kinds of places nobody has looked at for a plan: from what the checks said of it, never by heart. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from offshelf.checks.specs import ALL
from offshelf.delisting.model import PlanResult
from offshelf.vocabulary.plans import PlanKind

_FAMILY = "places"
_REGISTERS = frozenset(spec.check_id for spec in ALL if spec.registers)


@dataclass(frozen=True, slots=True)
class Unlooked:
    """A kind of place in a shop ("*": on none) that was not read, not read lately, or is not told for sure."""

    kind: str
    shop_id: str


def unlooked(result: PlanResult) -> tuple[Unlooked, ...] | None:
    """Return what was not looked at, waived or softened; None where no check has judged the places of the plan.

    A relist takes nothing from any place, and has none to look at.
    """
    if result.plan.kind is not PlanKind.DELIST:
        return ()
    if not any(one.get("check") in _REGISTERS for one in result.findings):
        return None
    waived = (one for one in result.findings if one.get("blocking"))
    return tuple(sorted({found for one in (*waived, *result.owed) for found in _of(one)}, key=_order))


def _of(finding: dict[str, Any]) -> Iterable[Unlooked]:
    if str(finding["code"]).partition(".")[0] == _FAMILY and finding["verdict"] != "pass":
        params = finding.get("params") or {}
        yield Unlooked(str(params.get("kind", "")), str(params.get("shop", "*")))


def _order(one: Unlooked) -> tuple[str, str]:
    return one.kind, one.shop_id
