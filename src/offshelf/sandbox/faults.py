"""The fault plan: which calls and pushes go wrong, how, and by which seeded dice.

A plan is data: `{"seed": 1, "rules": [{"match": "/channels/ec/product/delisting", "kind": "drop_answer", "rate": 0.1}]}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from random import Random
from typing import Any

from offshelf.kit.errors import UsageError

# Kinds that answer (or not) before anything is done.
BEFORE_EFFECT = frozenset({"drop_request", "throttle", "system_busy", "html_error", "empty_200"})
# Kinds that make sense only for a call that changes something.
WRITES_ONLY = frozenset({"late_apply", "accept_and_ignore", "error_after_effect"})
# Kinds that make sense only for an answer that tells a status.
STATUS_ONLY = frozenset({"unknown_enum"})
CALL_KINDS = BEFORE_EFFECT | WRITES_ONLY | STATUS_ONLY | {"drop_answer"}
# Tokens and quotas go wrong only when named: a shop whose token cannot be had shows nothing else.
TOKEN_PATHS = ("/cgi-bin/", "/token/", "/oauth")
PUSH_KINDS = frozenset({"push_duplicated", "push_shuffled", "push_lost"})


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule.

    `match` is a path prefix, an event name for pushes, or `*`: every call that does business (tokens and quotas go
    wrong only when named). Of the matching calls the first `after` pass; then `rate` (0 to 1), `every`
    (each nth) or `first` (the first n) says which go wrong; none of them means all. `seconds` is how late a
    `late_apply` takes effect.
    """

    kind: str
    match: str = "*"
    rate: float | None = None
    every: int | None = None
    first: int | None = None
    after: int = 0
    seconds: float = 5.0

    def __post_init__(self) -> None:
        if self.kind not in CALL_KINDS | PUSH_KINDS:
            raise UsageError("sandbox.fault_kind", fault=self.kind)
        chosen = [value for value in (self.rate, self.every, self.first) if value is not None]
        if len(chosen) > 1 or self.after < 0 or self.seconds < 0 or any(value < 0 for value in chosen):
            raise UsageError("sandbox.fault_rule", fault=self.kind)
        if (self.rate is not None and self.rate > 1) or self.every == 0:
            raise UsageError("sandbox.fault_rule", fault=self.kind)


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Rules in order; the first that strikes decides. `seed` feeds the dice of `rate`."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0

    @classmethod
    def from_json(cls, document: object) -> FaultPlan:
        """Read a plan; raises UsageError `sandbox.fault_plan` for any unknown shape or field."""
        if not isinstance(document, Mapping) or set(document) - {"seed", "rules"}:
            raise UsageError("sandbox.fault_plan", why="seed, rules")
        rules = document.get("rules", [])
        seed = document.get("seed", 0)
        if not isinstance(rules, list) or not isinstance(seed, int):
            raise UsageError("sandbox.fault_plan", why="seed, rules")
        return cls(tuple(_rule(rule) for rule in rules), seed)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {"seed": self.seed, "rules": [asdict(rule) for rule in self.rules]}


def _rule(entry: object) -> FaultRule:
    if not isinstance(entry, Mapping):
        raise UsageError("sandbox.fault_plan", why="rules")
    known = {field.name for field in fields(FaultRule)}
    for name, value in entry.items():
        expected: type | tuple[type, ...] = str if name in {"kind", "match"} else (int, float, type(None))
        if name not in known or not isinstance(value, expected) or isinstance(value, bool):
            raise UsageError("sandbox.fault_plan", why=str(name))
    if "kind" not in entry:
        raise UsageError("sandbox.fault_plan", why="kind")
    return FaultRule(**entry)


def load_faults(path: Path) -> FaultPlan:
    """Read a plan from a JSON file; raises UsageError `sandbox.fault_plan`."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise UsageError("sandbox.fault_plan", why=path.name) from None
    return FaultPlan.from_json(document)


class FaultDice:
    """A plan in use: counts what matched and throws one seeded die per rule."""

    def __init__(self, plan: FaultPlan | None) -> None:
        self.plan = plan or FaultPlan()
        self._seen = [0] * len(self.plan.rules)
        self._dice = [Random(f"{self.plan.seed}:{place}") for place in range(len(self.plan.rules))]
        self.struck: dict[str, int] = {}

    def draw(self, subject: str, possible: frozenset[str]) -> FaultRule | None:
        """Return the rule that strikes this call or push, among the kinds `possible` for it."""
        for place, rule in enumerate(self.plan.rules):
            if rule.kind in possible and _matches(rule.match, subject) and self._strikes(place, rule):
                self.struck[rule.kind] = self.struck.get(rule.kind, 0) + 1
                return rule
        return None

    def _strikes(self, place: int, rule: FaultRule) -> bool:
        self._seen[place] += 1
        number = self._seen[place] - rule.after
        if number <= 0:
            return False
        if rule.rate is not None:
            return self._dice[place].random() < rule.rate
        if rule.every is not None:
            return number % rule.every == 0
        return rule.first is None or number <= rule.first


def _matches(match: str, subject: str) -> bool:
    if match == "*":
        return not subject.startswith(TOKEN_PATHS)
    return subject.startswith(match)
