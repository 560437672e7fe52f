"""Commands, ready to copy, for what stands in the way of a plan: what there is none of, and what may be waived. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any

from offshelf.catalog.registers.said import subjects_of_none
from offshelf.checks.rules import ONE_BY_ONE, waivable

_UNTOLD = "places.never_read"


def none_command(findings: Iterable[Mapping[str, Any]]) -> str:
    """Return the one command that states that there are no places of the kinds nobody ever read; empty: there are none.

    It is a statement of whoever types it: true only where somebody has looked.
    """
    kinds = {str(one["params"].get("kind", "")) for one in findings if one["code"] == _UNTOLD}
    said = [word for word in subjects_of_none() if word in kinds]
    return " ".join(["offshelf catalog declare", *(f"--none {word}" for word in said)]) if said else ""


def waive_commands(plan_id: str, findings: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return one command for each code that may be waived; for the first subject where each is a matter of its own."""
    found: dict[str, str] = {}
    for one in findings:
        code = str(one["code"])
        refused = waivable(code, 1, every_subject=True)
        if code in found or refused not in (None, ONE_BY_ONE):
            continue
        subject = f" --subject {quote(str(one['subject']))}" if refused else ""
        found[code] = f"offshelf plan waive {plan_id} {code}{subject} --why TEXT --until +24h"
    return tuple(found.values())
